/**
 * What the task definitions of an environment are still needed for, by all that the store knows: the last good releases,
 * those whose end nobody knows yet, and the marks of releases under way. The turn is read first: whoever takes the next
 * one, and so may need what is not in here, is noticed by its number before anything is changed.
 */
import { heartbeat } from '@temporalio/activity';
import { ConfigurationError } from '../errors.ts';
import { goodNumbers, KEPT_RELEASES } from '../release/environment/good-releases.ts';
import type { ReleaseRecord } from '../release/environment/record.ts';
import { whereaboutsOf } from '../release/whereabouts.ts';
import type { Store } from '../store/store.ts';
import type {
  ControlActivities,
  RecallReferencesInput,
  References,
  ReleaseMark,
} from './contracts/control.ts';
import type { EnvironmentActivities, Place } from './contracts/environment.ts';
import type { GarbageScope, NeededRevision } from './contracts/gc.ts';
import { entryNumbers, soundEntriesOf } from './environment-memory.ts';
import { newestGood } from './recall-good-releases.ts';
import { allOpenMarks } from './release-marks.ts';
import { recordedNumbers, recordsIn } from './release-records.ts';
import { whileBeating } from './while-beating.ts';

export interface ReferencePorts {
  readonly store: Store;
  readonly recallEnvironment: EnvironmentActivities['recallEnvironment'];
  /** The app's name, also where none was given. Errors: `ConfigurationError`. */
  readonly appNamed: (app: string | undefined) => string;
}

export const createRecallReferences =
  (ports: ReferencePorts): ControlActivities['recallReferences'] =>
  (input) =>
    // A long memory is read document by document.
    whileBeating(
      () => heartbeat(),
      () => recall(ports, input),
    );

const recall = async (
  { store, recallEnvironment, appNamed }: ReferencePorts,
  { app, environment, keep: wanted }: RecallReferencesInput,
): Promise<References> => {
  const place = { app: appNamed(app), environment };
  const { turn, lastFence } = await recallEnvironment(place);
  const holder = turn && { number: turn.number, releaseId: turn.releaseId };
  const newest = await newestRecord(store, place);
  const keep = wanted ?? newest?.plan.keep?.releases ?? KEPT_RELEASES;
  if (!newest) return { ...place, keep, holder, scope: null, needed: [] };
  if (lastFence === 0) {
    throw new ConfigurationError(`the store does not know who had the turn of ${environment} last`, {
      advice: 'release something: the next release takes a turn that is known',
    });
  }
  // What serves, and so many before it.
  const numbers = goodNumbers(await newestGood(soundEntriesOf(store, place), keep + 1), keep + 1);
  const good = await recordsOf(store, place, numbers);
  const unfinished = await recordsOf(store, place, await withoutEntry(store, place));
  return {
    ...place,
    keep,
    holder,
    scope: scopeOf(place, lastFence, newest, [newest, ...good, ...unfinished]),
    needed: [
      ...good.flatMap((record) =>
        neededBy(record, record.number === numbers[0] ? ', which serves' : ', to which a rollback may go'),
      ),
      ...unfinished.flatMap((record) => neededBy(record, ', whose end is not known')),
      // A family may serve several environments, and what one of them goes back to may be registered by another.
      ...(await allOpenMarks(store)).flatMap(neededByMark),
    ],
  };
};

const newestRecord = async (store: Store, place: Place): Promise<ReleaseRecord | undefined> => {
  const number = (await recordedNumbers(store, place)).at(-1);
  return number === undefined ? undefined : recordsIn(store).read(place, number);
};

const recordsOf = async (
  store: Store,
  place: Place,
  numbers: readonly number[],
): Promise<readonly ReleaseRecord[]> => {
  const records = await Promise.all(numbers.map((number) => recordsIn(store).read(place, number)));
  return records.filter((record) => record !== undefined);
};

/** Their workflow runs, or has just ended, or its end did not reach the store. */
const withoutEntry = async (store: Store, place: Place): Promise<readonly number[]> => {
  const ended = await entryNumbers(store, place);
  return (await recordedNumbers(store, place)).filter((number) => !ended.has(number));
};

const scopeOf = (
  { app, environment }: Place,
  fence: number,
  { plan }: ReleaseRecord,
  known: readonly ReleaseRecord[],
): GarbageScope => ({
  turn: { app, environment, fence },
  ...whereaboutsOf(plan),
  services: plan.services.map(({ name, service }) => ({ name, service })),
  families: [
    ...new Set(known.flatMap(({ taskDefinitions }) => Object.values(taskDefinitions).map(familyOf))),
  ],
});

/** `…:task-definition/api:7` → `api`. */
const familyOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1).replace(/:\d+$/, '');

const neededBy = ({ number, taskDefinitions }: ReleaseRecord, what: string): readonly NeededRevision[] =>
  Object.values(taskDefinitions).map((taskDefinition) => ({
    taskDefinition,
    why: `release ${number}${what}`,
  }));

/** Of one that runs, or that somebody has to put right. */
const neededByMark = ({ releaseId, waves, migration }: ReleaseMark): readonly NeededRevision[] => {
  const targets = waves.flatMap((wave) => wave.targets);
  const arns = targets.flatMap(({ found, baseline, taskDefinition }) => [
    found,
    baseline.taskDefinition,
    baseline.restoreTo,
    taskDefinition,
  ]);
  return [...arns, migration?.taskDefinition ?? null]
    .filter((arn) => arn !== null)
    .map((taskDefinition) => ({ taskDefinition, why: `the mark of ${releaseId}` }));
};
