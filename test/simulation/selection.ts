/**
 * The seeds that `script/test` runs: as few of many as have every kind of trouble among them. `script/simulate` runs
 * them all.
 */
import { type Day, dayOf } from './days/day.ts';
import { type Scenario, type ServiceScenario, scenarioOf } from './scenario.ts';

export const range = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => from + index);

/**
 * Some of `all`, in their order, that have each kind at least so many times – or as often as there is. Whoever brings
 * the most that is still missing is taken next: not the smallest selection, but always the same one.
 */
export const selectionOf = <T>(
  all: readonly T[],
  kindsOf: (one: T) => readonly string[],
  atLeast: number,
): readonly T[] => {
  const open = new Map(all.map((one) => [one, new Set(kindsOf(one))]));
  const missing = new Map<string, number>();
  for (const kinds of open.values())
    for (const kind of kinds) missing.set(kind, Math.min(atLeast, (missing.get(kind) ?? 0) + 1));
  const taken = new Set<T>();
  const worth = (kinds: ReadonlySet<string>): number =>
    [...kinds].filter((kind) => (missing.get(kind) ?? 0) > 0).length;
  while ([...missing.values()].some((count) => count > 0)) {
    const [best] = [...open].toSorted(([, one], [, other]) => worth(other) - worth(one));
    if (!best) break;
    const [one, kinds] = best;
    taken.add(one);
    open.delete(one);
    for (const kind of kinds) missing.set(kind, (missing.get(kind) ?? 0) - 1);
  }
  return all.filter((one) => taken.has(one));
};

/** What may happen in a release, a few words each: faults with the call that they meet, messages with their way. */
export const kindsOfTrouble = (scenario: Scenario): readonly string[] => [
  ...scenario.services.flatMap(kindsOfService),
  `${scenario.services.length} services in ${scenario.waves.length} waves`,
  ...scenario.faults.flatMap(({ operation, kind, times }) => [
    `${operation}: ${kind}`,
    `${kind} ${times > 1 ? 'for a while' : 'once'}`,
  ]),
  ...scenario.messages.flatMap(({ action, via, at, copies, forMs }) => [
    `${action} by ${via}`,
    `${action} ${at.kind}`,
    `said at ${at.kind === 'activity' ? at.name : at.kind}`,
    `said ${copies} times`,
    ...(action === 'pause' ? [forMs === null ? 'pause' : 'pause for a while'] : []),
  ]),
  ...scenario.restarts.flatMap(({ worker, at }) => [
    `${worker} restarts`,
    ...(at.kind === 'activity' ? [`a restart at ${at.name}`] : []),
  ]),
  `approval: ${scenario.approval}`,
  `migration: ${JSON.stringify(scenario.migration)}`,
  `bake: ${scenario.bake}`,
  `build fails: ${scenario.buildFails}`,
  `paused: ${scenario.answers.paused}`,
  `decision: ${scenario.answers.decision}`,
  `stuck: ${scenario.answers.stuck}`,
  ...(scenario.brokenOff?.kind === 'activity' ? [`broken off at ${scenario.brokenOff.name}`] : []),
];

const kindsOfService = (service: ServiceScenario): readonly string[] => [
  `${service.quality}, breaker ${service.breaker}`,
  `${service.desired} tasks wanted`,
  `at least ${service.minimumHealthyPercent} %`,
  ...(service.firstEver ? [`first ever, ${service.quality}`] : []),
  ...(service.byTag ? ['by tag'] : []),
  ...(service.hasHealth ? [] : ['without a health check']),
];

/** What may happen in a day, a few words each. */
export const kindsOfDay = (day: Day): readonly string[] => [
  day.policy,
  `waves: ${day.waves.length}`,
  `runs of ${day.runLength}`,
  ...(day.freeze ? ['a freeze'] : []),
  ...day.faults.flatMap(({ operation, kind }) => [kind, `trouble with ${operation}`]),
  ...day.restarts.map(({ worker }) => `${worker} restarts`),
  ...day.releases.flatMap(({ quality, harm, brings, to }) => [
    quality,
    ...(harm ? [harm.how, `harm at ${harm.at.name}`] : []),
    ...(brings ? [] : [`${day.policy}, ${to === null ? 'back' : 'back to one'}`]),
  ]),
];

/** Of the 300 seeds that `script/simulate` runs. */
export const SELECTED_SEEDS: readonly number[] = selectionOf(
  range(0, 300).map(scenarioOf),
  kindsOfTrouble,
  2,
).map(({ seed }) => seed);

/** Of the 60 days that `script/simulate --days 60` runs. */
export const SELECTED_DAYS: readonly number[] = selectionOf(range(0, 60).map(dayOf), kindsOfDay, 2).map(
  ({ seed }) => seed,
);
