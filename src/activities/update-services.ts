/**
 * Moves a wave of services to absolute task definitions. Asks first and skips what is there already, so that a
 * retry after a lost answer starts no second deployment (UpdateService has no client token, facts 3.1).
 */
import { activityInfo, heartbeat } from '@temporalio/activity';
import { RefusedByServiceError } from '../errors.ts';
import { primaryOf, type ServiceView } from '../release/observation.ts';
import type { DeployActivities, Rollout, ServiceUpdate, UpdateServicesInput } from './contract.ts';
import type { DeployPorts } from './deploy-ports.ts';

/** Heartbeat details: a retry leaves alone what is done, even if somebody else has changed it since. */
interface UpdateProgress {
  readonly updating: string;
  readonly done: readonly Rollout[];
}

export const createUpdateServices =
  (ports: Pick<DeployPorts, 'ecs' | 'now'>): DeployActivities['updateServices'] =>
  async ({ cluster, updates }: UpdateServicesInput): Promise<readonly Rollout[]> => {
    const before = activityInfo().heartbeatDetails as UpdateProgress | undefined;
    const done = new Map(before?.done.map((rollout) => [rollout.name, rollout]));
    const open = updates.filter((update) => !done.has(update.name));
    const views = await ports.ecs.describeServices(
      cluster,
      open.map((update) => update.service),
    );
    // All of the wave or nothing: a service that is gone is found before the first one is changed.
    for (const { service } of open) activeView(service, views.get(service));
    for (const update of open) {
      heartbeat({ updating: update.name, done: [...done.values()] } satisfies UpdateProgress);
      const view = activeView(update.service, views.get(update.service));
      done.set(update.name, await updateOne(ports, cluster, update, view));
    }
    return updates.flatMap(({ name }) => done.get(name) ?? []);
  };

const activeView = (service: string, view: ServiceView | undefined): ServiceView => {
  if (view?.status === 'ACTIVE') return view;
  throw new RefusedByServiceError(`service ${service} ${view ? `is ${view.status}` : 'is gone'}`);
};

const updateOne = async (
  ports: Pick<DeployPorts, 'ecs' | 'now'>,
  cluster: string,
  update: ServiceUpdate,
  view: ServiceView,
): Promise<Rollout> => {
  const { name, service } = update;
  const startedAtMs = ports.now();
  const after = isThere(update, view)
    ? view
    : await ports.ecs.updateService(cluster, service, update.taskDefinition, hasFailedThere(update, view));
  const primary = primaryOf(after);
  if (!primary) throw new RefusedByServiceError(`ECS shows no primary deployment for service ${service}`);
  return {
    name,
    service,
    taskDefinition: after.taskDefinition,
    deploymentId: primary.id,
    started: primary.id !== primaryOf(view)?.id,
    startedAtMs,
  };
};

/** A deployment that failed is no place to stay: the absolute target gets a new one. */
const isThere = ({ taskDefinition, acceptable }: ServiceUpdate, view: ServiceView): boolean =>
  [taskDefinition, ...acceptable].includes(view.taskDefinition) && primaryOf(view)?.rolloutState !== 'FAILED';

/** ECS gave up on the target itself; without force it would see nothing to do. */
const hasFailedThere = ({ taskDefinition }: ServiceUpdate, view: ServiceView): boolean =>
  view.taskDefinition === taskDefinition && primaryOf(view)?.rolloutState === 'FAILED';
