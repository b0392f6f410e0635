/**
 * Moves services to absolute task definitions. Each is looked at directly before its own UpdateService: what is
 * there already is skipped, so that a retry after a lost answer starts no second deployment (UpdateService has no
 * client token, facts 3.1), and what somebody else has changed is left alone. What remains is a window of one call:
 * UpdateService takes no condition, so a change between the look and the call cannot be seen by it.
 */
import { activityInfo, heartbeat } from '@temporalio/activity';
import { RefusedByServiceError, SlipwayError, TransientError } from '../errors.ts';
import { primaryOf, type ServiceView } from '../release/judging/observation.ts';
import { type Direction, decideUpdate, type UpdateDecision } from '../release/judging/update-decision.ts';
import type { Unheld } from './contracts/deploy.ts';
import type {
  Rollout,
  ServiceUpdate,
  UpdateProblem,
  UpdateServicesInput,
  UpdateServicesResult,
} from './contracts/rollout.ts';
import type { DeployPorts } from './deploy-ports.ts';

/** Heartbeat details: a retry leaves alone what is done, even if somebody else has changed it since. */
interface UpdateProgress {
  readonly updating: string;
  readonly done: readonly Rollout[];
}

type Ports = Pick<DeployPorts, 'ecs' | 'now'>;

export const createUpdateServices =
  (ports: Ports): Unheld['updateServices'] =>
  (input) => {
    const before = activityInfo().heartbeatDetails as UpdateProgress | undefined;
    const done = new Map(before?.done.map((rollout) => [rollout.name, rollout]));
    return input.allOrNothing ? updateAll(ports, input, done) : updateEach(ports, input, done);
  };

/** A wave that goes forward: where one cannot be moved none is, and after a refusal in the middle no other is. */
const updateAll = async (
  ports: Ports,
  { cluster, updates }: UpdateServicesInput,
  done: Map<string, Rollout>,
): Promise<UpdateServicesResult> => {
  const open = updates.filter(({ name }) => !done.has(name));
  const ended = (problems: readonly UpdateProblem[]) => resultOf(updates, done, problems);
  const views = await unlessRefused(() =>
    ports.ecs.describeServices(
      cluster,
      open.map(({ service }) => service),
    ),
  );
  if (views instanceof RefusedByServiceError) {
    return ended(open.map((update) => refusedProblem(update, views)));
  }
  const problems = open.flatMap(
    (update) => problemIn(update, decideUpdate(update, views.get(update.service), 'forward')) ?? [],
  );
  if (problems.length > 0) return ended(problems);
  for (const update of open) {
    const result = await updateOne(ports, cluster, update, 'forward', done);
    if ('kind' in result) return ended([result]);
    done.set(update.name, result);
  }
  return ended([]);
};

/** A rollback: each for itself. What could not be asked for is tried again, by Temporal, after the others had their turn. */
const updateEach = async (
  ports: Ports,
  { cluster, updates }: UpdateServicesInput,
  done: Map<string, Rollout>,
): Promise<UpdateServicesResult> => {
  const problems: UpdateProblem[] = [];
  let again: SlipwayError | undefined;
  for (const update of updates.filter(({ name }) => !done.has(name))) {
    try {
      const result = await updateOne(ports, cluster, update, 'back', done);
      if ('kind' in result) problems.push(result);
      else done.set(update.name, result);
    } catch (error) {
      if (!(error instanceof SlipwayError && error.retryable)) throw error;
      again ??= error;
    }
  }
  if (again) {
    heartbeat({ updating: '', done: [...done.values()] } satisfies UpdateProgress);
    throw again;
  }
  return resultOf(updates, done, problems);
};

/** One service: the look, the decision, the call – in this order with nothing between. */
const updateOne = async (
  ports: Ports,
  cluster: string,
  update: ServiceUpdate,
  direction: Direction,
  done: ReadonlyMap<string, Rollout>,
): Promise<Rollout | UpdateProblem> => {
  const { name, service, taskDefinition } = update;
  heartbeat({ updating: name, done: [...done.values()] } satisfies UpdateProgress);
  const views = await unlessRefused(() => ports.ecs.describeServices(cluster, [service]));
  if (views instanceof RefusedByServiceError) return refusedProblem(update, views);
  const decision = decideUpdate(update, views.get(service), direction);
  switch (decision.kind) {
    case 'foreign':
    case 'gone':
      return toProblem(update, decision);
    case 'there':
      return direction === 'back' && primaryOf(decision.view)?.rolloutState === 'COMPLETED'
        ? confirm(ports, cluster, update, decision.view)
        : rolloutOf(ports, update, decision.view, decision.view);
    case 'update':
    case 'force': {
      const force = decision.kind === 'force';
      const after = await unlessRefused(() =>
        ports.ecs.updateService(cluster, service, taskDefinition, force),
      );
      return after instanceof RefusedByServiceError
        ? refusedProblem(update, after)
        : rolloutOf(ports, update, decision.view, after);
    }
  }
};

/**
 * Reads may be some seconds behind: right after our own update a service may still look untouched, and a rollback
 * that believed it would be none. An UpdateService with what the service has already starts nothing (facts 3.1), and
 * its answer is not behind; a deployment that came of it proves that the read was.
 */
const confirm = async (
  ports: Ports,
  cluster: string,
  update: ServiceUpdate,
  view: ServiceView,
): Promise<Rollout | UpdateProblem> => {
  const { service, taskDefinition } = update;
  const again = (arn: string) => unlessRefused(() => ports.ecs.updateService(cluster, service, arn));
  const answer = await again(view.taskDefinition);
  // Who may not update it has not updated it before either.
  if (answer instanceof RefusedByServiceError) return rolloutOf(ports, update, view, view);
  const wasBehind = primaryOf(answer)?.id !== primaryOf(view)?.id;
  if (!wasBehind || view.taskDefinition === taskDefinition) return rolloutOf(ports, update, view, answer);
  const after = await again(taskDefinition);
  return after instanceof RefusedByServiceError
    ? refusedProblem(update, after)
    : rolloutOf(ports, update, view, after);
};

/** A refusal is an answer about this service: nothing was changed by the call. */
const unlessRefused = async <T>(call: () => Promise<T>): Promise<T | RefusedByServiceError> => {
  try {
    return await call();
  } catch (error) {
    if (error instanceof RefusedByServiceError) return error;
    throw error;
  }
};

const refusedProblem = ({ name }: ServiceUpdate, refusal: RefusedByServiceError): UpdateProblem => ({
  name,
  kind: 'refused',
  summary: refusal.message,
  evidence: [...refusal.evidence, ...(refusal.advice === undefined ? [] : [refusal.advice])],
});

const rolloutOf = (ports: Ports, update: ServiceUpdate, before: ServiceView, after: ServiceView): Rollout => {
  const { name, service } = update;
  const primary = primaryOf(after);
  // Only right after an update of ours: a read that is behind, so it is looked at again.
  if (!primary) throw new TransientError(`ECS shows no primary deployment for service ${service}`);
  const { attempt, scheduledTimestampMs } = activityInfo();
  // What has come since the first attempt began was started by it, its answer lost on the way; so was a deployment
  // of what the service could not have had before.
  const isFromBefore =
    attempt > 1 &&
    after.taskDefinition === update.taskDefinition &&
    (primary.createdAtMs >= scheduledTimestampMs || !update.from.includes(update.taskDefinition));
  return {
    name,
    service,
    taskDefinition: after.taskDefinition,
    deploymentId: primary.id,
    started: isFromBefore || primary.id !== primaryOf(before)?.id,
    startedAtMs: ports.now(),
  };
};

type Trouble = Extract<UpdateDecision, { readonly kind: 'foreign' | 'gone' }>;

const problemIn = (update: ServiceUpdate, decision: UpdateDecision): UpdateProblem | undefined =>
  decision.kind === 'foreign' || decision.kind === 'gone' ? toProblem(update, decision) : undefined;

const toProblem = ({ name }: ServiceUpdate, trouble: Trouble): UpdateProblem =>
  trouble.kind === 'foreign'
    ? { name, kind: 'foreign-change', summary: trouble.summary, evidence: trouble.evidence }
    : { name, kind: 'refused', summary: trouble.summary, evidence: [] };

const resultOf = (
  updates: readonly ServiceUpdate[],
  done: ReadonlyMap<string, Rollout>,
  problems: readonly UpdateProblem[],
): UpdateServicesResult => {
  const rollouts = updates.flatMap(({ name }) => done.get(name) ?? []);
  // An earlier attempt may have changed something, and died before it could tell.
  const untouched = activityInfo().attempt === 1 && rollouts.every(({ started }) => !started);
  return { rollouts, problems, untouched };
};
