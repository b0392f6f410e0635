/**
 * Moves a wave of services to absolute task definitions. Asks first and skips what is there already, so that a
 * retry after a lost answer starts no second deployment (UpdateService has no client token, facts 3.1).
 */
import { heartbeat } from '@temporalio/activity';
import { RefusedByServiceError } from '../errors.ts';
import { primaryOf, type ServiceView } from '../release/observation.ts';
import type { DeployActivities, Rollout, ServiceUpdate, UpdateServicesInput } from './contract.ts';
import type { DeployPorts } from './deploy-ports.ts';

export const createUpdateServices =
  (ports: Pick<DeployPorts, 'ecs' | 'now'>): DeployActivities['updateServices'] =>
  async ({ cluster, updates }: UpdateServicesInput): Promise<readonly Rollout[]> => {
    const views = await ports.ecs.describeServices(
      cluster,
      updates.map((update) => update.service),
    );
    const rollouts: Rollout[] = [];
    for (const update of updates) {
      heartbeat({ updating: update.name });
      rollouts.push(await updateOne(ports, cluster, update, views.get(update.service)));
    }
    return rollouts;
  };

const updateOne = async (
  ports: Pick<DeployPorts, 'ecs' | 'now'>,
  cluster: string,
  update: ServiceUpdate,
  view: ServiceView | undefined,
): Promise<Rollout> => {
  if (view?.status !== 'ACTIVE') {
    throw new RefusedByServiceError(`service ${update.service} ${view ? `is ${view.status}` : 'is gone'}`);
  }
  const { name, service } = update;
  const startedAtMs = ports.now();
  const there = [update.taskDefinition, ...update.acceptable].includes(view.taskDefinition);
  const after = there ? view : await ports.ecs.updateService(cluster, service, update.taskDefinition);
  return {
    name,
    service,
    taskDefinition: after.taskDefinition,
    deploymentId: primaryOf(after)?.id ?? '',
    started: primaryOf(after)?.id !== primaryOf(view)?.id,
    startedAtMs,
  };
};
