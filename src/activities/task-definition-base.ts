/**
 * What a new task definition starts from: the service's live one, the one that the repository brought along, or the one
 * that an earlier release has registered.
 */
import type { TaskDefinition } from '@aws-sdk/client-ecs';
import type { FoundTaskDefinition } from '../aws/ecs.ts';
import type { ServicePlan } from '../release/plan.ts';
import type { DeployPorts } from './deploy-ports.ts';

export type DescribeTaskDefinition = DeployPorts['ecs']['describeTaskDefinition'];

type Wanted = Pick<ServicePlan, 'taskDefinitionBody' | 'taskDefinition'>;

export const baseTaskDefinition = async (
  ports: Pick<DeployPorts, 'texts'> & {
    readonly ecs: { readonly describeTaskDefinition: DescribeTaskDefinition };
  },
  { taskDefinitionBody: bodyHash, taskDefinition: recorded }: Wanted,
  liveArn: string,
): Promise<FoundTaskDefinition> => {
  if (bodyHash === undefined) return ports.ecs.describeTaskDefinition(recorded ?? liveArn);
  // Validated when the source was read; the SDK checks its fields again when it is registered.
  const body = JSON.parse(await ports.texts.readText(bodyHash)) as TaskDefinition & {
    readonly tags?: FoundTaskDefinition['tags'];
  };
  const { tags, ...taskDefinition } = body;
  return { taskDefinition, tags: tags ?? [] };
};
