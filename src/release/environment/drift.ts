/** What the ledger says of the services of an environment beside what ECS says: what somebody else has changed since. */
import { primaryOf, type ServiceView } from '../judging/observation.ts';
import { describeServing } from '../judging/serving.ts';
import { shortArn } from '../short-arn.ts';

/** A service as the last success has left it. */
export interface RecordedService {
  /** In `slipway.yaml`. */
  readonly name: string;
  /** Of the ECS service. */
  readonly service: string;
  /** ARN. */
  readonly taskDefinition: string;
}

/**
 * `as-recorded`: its deployment of the recorded task definition is complete. `unsettled`: it has that task definition,
 * but its tasks are not all there. `changed`: it has another one. `gone`: ECS has no such active service.
 */
export type StandingState = 'as-recorded' | 'unsettled' | 'changed' | 'gone';

export interface ServiceStanding extends RecordedService {
  readonly state: StandingState;
  /** ARN of the one that ECS brings now; null: it is gone. */
  readonly live: string | null;
  /** What runs now, in one line. */
  readonly now: string;
  /** Scaled to zero, and so with nothing to ask for its health. */
  readonly empty: boolean;
  /** Of one that was changed: in what, one line each. */
  readonly differences: readonly string[];
}

/** How the services of an environment stand, and the release that the ledger says to serve. */
export interface Standing {
  readonly number: number;
  /** That this release has brought; 40 hex digits. */
  readonly sha: string;
  readonly services: readonly ServiceStanding[];
}

/** What a release would bring is there: what that is, by service. */
export interface InPlace {
  /** The release that has brought it. */
  readonly number: number;
  readonly services: readonly Pick<ServiceStanding, 'name' | 'service' | 'taskDefinition' | 'empty'>[];
}

/** @param wanted names of the services that are to run the commit */
export const inPlaceOf = (
  standing: Standing | null,
  sha: string,
  wanted: readonly string[],
): InPlace | null => {
  if (standing?.sha !== sha) return null;
  const services = wanted.flatMap((name) =>
    standing.services
      .filter((service) => service.name === name && service.state === 'as-recorded')
      .map(({ service, taskDefinition, empty }) => ({ name, service, taskDefinition, empty })),
  );
  return services.length === wanted.length ? { number: standing.number, services } : null;
};

/** Without the differences: those need both task definitions. */
export const standingOf = (
  recorded: RecordedService,
  view: ServiceView | undefined,
): Omit<ServiceStanding, 'differences'> => {
  const common = { ...recorded, now: describeServing(view) };
  if (view?.status !== 'ACTIVE') return { ...common, state: 'gone', live: null, empty: false };
  const empty = view.desired === 0 && view.running === 0;
  return { ...common, state: stateOf(recorded, view), live: view.taskDefinition, empty };
};

const stateOf = ({ taskDefinition }: RecordedService, view: ServiceView): StandingState => {
  if (view.taskDefinition !== taskDefinition) return 'changed';
  const primary = primaryOf(view);
  const isAlone = view.deployments.length === 1;
  // Behind a Classic Load Balancer ECS gives no rollout state: counts are all there is.
  const isComplete = primary?.rolloutState === 'COMPLETED' || primary?.rolloutState === null;
  return isAlone && isComplete && view.running >= view.desired ? 'as-recorded' : 'unsettled';
};

/** Where the next task definition of a service comes from decides what becomes of somebody's changes. */
const WHAT_BECOMES = {
  live: 'its images are overwritten, the rest is kept as it is',
  repository: 'all of it is overwritten with what the repository says',
  recorded: 'all of it is overwritten with what that release had',
} as const;

/** What a plan says of a service that somebody else has changed, before it overwrites that. */
export const driftWarning = (
  { name, live, taskDefinition, differences }: ServiceStanding,
  number: number,
  base: keyof typeof WHAT_BECOMES,
): string => {
  const what = differences.length > 0 ? ` (${differences.join('; ')})` : '';
  const then = WHAT_BECOMES[base];
  return `${name} was changed by somebody else since release ${number}: it has ${shortArn(live ?? 'none')} instead of ${shortArn(taskDefinition)}${what}; ${then}`;
};
