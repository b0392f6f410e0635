/** What completed last in a service, by ECS's history: where a rollback of ECS's own goes. */
import {
  DescribeServiceRevisionsCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  type ServiceDeploymentBrief,
} from '@aws-sdk/client-ecs';
import type { LastCompleted } from '../release/judging/observation.ts';
import { abortable } from './abortable.ts';
import { toDigests } from './ecs-views.ts';
import { callAws } from './errors.ts';
import { unlessRefused } from './service-deployments.ts';

/** Of 100 deployments each; their order is not promised. */
const PAGES = 10;

export const findLastCompleted = async (
  client: ECSClient,
  cluster: string,
  service: string,
): Promise<LastCompleted> => {
  const found = await unlessRefused(async (): Promise<LastCompleted> => {
    const runs = await successfulRuns(client, cluster, service);
    const [newest] = runs.toSorted((one, other) => madeAtMs(other) - madeAtMs(one));
    const arn = newest?.targetServiceRevisionArn;
    if (arn === undefined) return { kind: 'none' };
    const { serviceRevisions = [] } = await callAws('ecs:DescribeServiceRevisions', () =>
      client.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: [arn] }), abortable()),
    );
    const { taskDefinition, containerImages = [] } = serviceRevisions[0] ?? {};
    return taskDefinition === undefined
      ? { kind: 'unknown' }
      : { kind: 'completed', taskDefinition, digests: toDigests(containerImages) };
  });
  return found ?? { kind: 'unknown' };
};

const successfulRuns = async (
  client: ECSClient,
  cluster: string,
  service: string,
): Promise<readonly ServiceDeploymentBrief[]> => {
  const found: ServiceDeploymentBrief[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await callAws('ecs:ListServiceDeployments', () =>
      client.send(
        new ListServiceDeploymentsCommand({
          cluster,
          service,
          status: ['SUCCESSFUL'],
          maxResults: 100,
          nextToken,
        }),
        abortable(),
      ),
    );
    found.push(...(answer.serviceDeployments ?? []));
    nextToken = answer.nextToken;
    if (!nextToken) break;
  }
  return found;
};

const madeAtMs = ({ createdAt }: ServiceDeploymentBrief): number => createdAt?.getTime() ?? 0;
