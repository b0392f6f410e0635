/** Holds the services that a release has left against what ECS says now. Reads only. */
import type { TaskDefinition } from '@aws-sdk/client-ecs';
import { differencesOf } from '../aws/task-definition-diff.ts';
import { RefusedByServiceError } from '../errors.ts';
import { type RecordedService, type ServiceStanding, standingOf } from '../release/environment/drift.ts';
import type { ServiceView } from '../release/judging/observation.ts';
import type { DeployActivities } from './contracts/deploy.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { CALLS_AT_ONCE, inParallel, patientReads } from './in-parallel.ts';
import type { DescribeTaskDefinition } from './task-definition-base.ts';

export const createCompareServices =
  ({ ecs, sleep }: Pick<DeployPorts, 'ecs' | 'sleep'>): DeployActivities['compareServices'] =>
  async ({ cluster, services }) => {
    const reads = patientReads(ecs, sleep);
    const names = services.map(({ service }) => service);
    const views = await reads.describeServices(cluster, names);
    return { services: await compareServices(views, services, reads.describeTaskDefinition) };
  };

export const compareServices = async (
  views: ReadonlyMap<string, ServiceView>,
  recorded: readonly RecordedService[],
  describe: DescribeTaskDefinition,
): Promise<readonly ServiceStanding[]> => {
  return inParallel(recorded, CALLS_AT_ONCE, async (one) => {
    const standing = standingOf(one, views.get(one.service));
    const { state, live } = standing;
    const differences =
      state === 'changed' && live !== null ? await whatDiffers(one.taskDefinition, live) : [];
    return { ...standing, differences };
  });

  async function whatDiffers(before: string, after: string): Promise<readonly string[]> {
    const [one, other] = await Promise.all([read(before), read(after)]);
    if (typeof one === 'string') return [one];
    if (typeof other === 'string') return [other];
    const lines = differencesOf(one, other);
    return lines.length > 0 ? lines : ['both say the same'];
  }

  /** A task definition may have been deleted. */
  async function read(arn: string): Promise<TaskDefinition | string> {
    try {
      return (await describe(arn)).taskDefinition;
    } catch (error) {
      if (error instanceof RefusedByServiceError) return error.message;
      throw error;
    }
  }
};
