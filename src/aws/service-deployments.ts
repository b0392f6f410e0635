/** Finds ECS's own account of one deployment: the service deployment whose target it is. */
import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  type ServiceDeploymentBrief,
} from '@aws-sdk/client-ecs';
import { RefusedByServiceError } from '../errors.ts';
import type { ServiceDeploymentView } from '../release/judging/observation.ts';
import { abortable } from './abortable.ts';
import { toServiceDeploymentView } from './ecs-views.ts';
import { callAws } from './errors.ts';

export interface DeploymentIdentity {
  readonly deploymentId: string;
  readonly taskDefinition: string;
  readonly createdAtMs: number;
}

const DAY_MS = 24 * 3_600_000;
/** ECS keeps 90 days, and refuses a filter that reaches further back (facts/ecs-deployers.md 2, row 15). */
const HISTORY_MS = 80 * DAY_MS;
/** The time may be that of this machine's clock. */
const CLOCKS_MS = 5 * 60_000;
/** Two deployments of one task definition are told apart by their times, which lie within a second of each other. */
const SAME_TIME_MS = 60_000;
/** DescribeServiceRevisions takes 20. */
const REVISIONS_PER_CALL = 20;

/**
 * Null where ECS has none (yet, or any more), where the service cannot have any, and where this worker may not
 * read them: an older role must not stop a release. Throws what is worth another try.
 */
export const findServiceDeployment = async (
  client: ECSClient,
  cluster: string,
  service: string,
  identity: DeploymentIdentity,
  nowMs: number,
): Promise<ServiceDeploymentView | null> => {
  if (identity.createdAtMs < nowMs - HISTORY_MS) return null;
  return unlessRefused(async () => {
    const after = new Date(identity.createdAtMs - CLOCKS_MS);
    const { serviceDeployments = [] } = await callAws('ecs:ListServiceDeployments', () =>
      client.send(
        new ListServiceDeploymentsCommand({ cluster, service, createdAt: { after }, maxResults: 100 }),
        abortable(),
      ),
    );
    const arn =
      byNumber(serviceDeployments, identity) ?? (await byContent(client, serviceDeployments, identity));
    if (arn === undefined) return null;
    const answer = await callAws('ecs:DescribeServiceDeployments', () =>
      client.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }), abortable()),
    );
    const [found] = answer.serviceDeployments ?? [];
    return found ? toServiceDeploymentView(found) : null;
  });
};

/** Null where this worker may not read ECS's history, or the endpoint has none; throws what is worth another try. */
export const unlessRefused = async <T>(read: () => Promise<T>): Promise<T | null> => {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RefusedByServiceError || isUnknownOperation(error)) return null;
    throw error;
  }
};

/** Deployment `ecs-svc/123` has the revision `…/123`: seen, though not documented, so it is not relied upon alone. */
const byNumber = (
  runs: readonly ServiceDeploymentBrief[],
  { deploymentId }: DeploymentIdentity,
): string | undefined => {
  const number = deploymentId.split('/').at(-1);
  return runs.find(({ targetServiceRevisionArn }) => targetServiceRevisionArn?.split('/').at(-1) === number)
    ?.serviceDeploymentArn;
};

/** The one of our task definition that was made when our deployment was. */
const byContent = async (
  client: ECSClient,
  runs: readonly ServiceDeploymentBrief[],
  { taskDefinition, createdAtMs }: DeploymentIdentity,
): Promise<string | undefined> => {
  const distance = ({ createdAt }: ServiceDeploymentBrief): number =>
    Math.abs((createdAt?.getTime() ?? 0) - createdAtMs);
  const near = runs
    .filter((run) => distance(run) <= SAME_TIME_MS)
    .sort((one, other) => distance(one) - distance(other));
  const arns = near.flatMap(({ targetServiceRevisionArn }) => targetServiceRevisionArn ?? []);
  if (arns.length === 0) return undefined;
  const { serviceRevisions = [] } = await callAws('ecs:DescribeServiceRevisions', () =>
    client.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: arns.slice(0, REVISIONS_PER_CALL) }),
      abortable(),
    ),
  );
  const ours = new Set(
    serviceRevisions
      .filter((revision) => revision.taskDefinition === taskDefinition)
      .map(({ serviceRevisionArn }) => serviceRevisionArn),
  );
  return near.find(({ targetServiceRevisionArn }) => ours.has(targetServiceRevisionArn))
    ?.serviceDeploymentArn;
};

/** What only resembles ECS says so with a 501, which would be tried again for ever. */
const isUnknownOperation = (error: unknown): boolean => {
  const cause = (error as { readonly cause?: { readonly $metadata?: { readonly httpStatusCode?: number } } })
    .cause;
  return cause?.$metadata?.httpStatusCode === 501;
};
