/** What a new task definition starts from: the service's live one, or the one that the repository brought along. */
import type { TaskDefinition } from '@aws-sdk/client-ecs';
import type { FoundTaskDefinition } from '../aws/ecs.ts';
import type { DeployPorts } from './deploy-ports.ts';

export type DescribeTaskDefinition = DeployPorts['ecs']['describeTaskDefinition'];

export const baseTaskDefinition = async (
  ports: Pick<DeployPorts, 'texts'> & {
    readonly ecs: { readonly describeTaskDefinition: DescribeTaskDefinition };
  },
  bodyHash: string | undefined,
  liveArn: string,
): Promise<FoundTaskDefinition> => {
  if (bodyHash === undefined) return ports.ecs.describeTaskDefinition(liveArn);
  // Validated when the source was read; the SDK checks its fields again when it is registered.
  const body = JSON.parse(await ports.texts.readText(bodyHash)) as TaskDefinition & {
    readonly tags?: FoundTaskDefinition['tags'];
  };
  const { tags, ...taskDefinition } = body;
  return { taskDefinition, tags: tags ?? [] };
};
