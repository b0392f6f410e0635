/** Finds the release that a rollback goes back to, and what it has brought: in the environment's ledger and the store. */
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ConfigurationError, UnsafePlanError } from '../errors.ts';
import {
  byEnd,
  isGood,
  type LedgerEntry,
  type LedgerLine,
  type RollbackTarget,
  rollbackTarget,
} from '../release/environment/ledger.ts';
import { type ReleaseRecord, recordedServices, specToGoBack } from '../release/environment/record.ts';
import type { EnvironmentStatus } from '../release/environment/status.ts';
import { environmentWorkflowId, STATUS_QUERY } from '../release/names.ts';
import { isSamePlace, placeText, whereaboutsOf } from '../release/whereabouts.ts';
import type { Store } from '../store/store.ts';
import type { ControlActivities } from './contracts/control.ts';
import type { EnvironmentActivities, Place } from './contracts/environment.ts';
import { entriesOf, findEntry } from './environment-memory.ts';
import { recordsIn } from './release-records.ts';

/** Where a rollback without a number goes, what serves, and the last releases. */
export type EnvironmentKnowledge = Pick<EnvironmentStatus, 'rollbackTarget' | 'serving' | 'ledger'>;

export interface RecallPorts {
  readonly store: Store;
  readonly recallEnvironment: EnvironmentActivities['recallEnvironment'];
  /** What the environment itself says: it knows what the store may not have yet. Undefined: it does not run. */
  readonly askEnvironment: (place: Place) => Promise<EnvironmentKnowledge | undefined>;
  /** The app's name, also where none was given. Errors: `ConfigurationError`. */
  readonly appNamed: (app: string | undefined) => string;
}

export const createRecallRelease =
  ({ store, recallEnvironment, askEnvironment, appNamed }: RecallPorts): ControlActivities['recallRelease'] =>
  async ({ app, environment, to }) => {
    const place = { app: appNamed(app), environment };
    const known = await askEnvironment(place);
    const number = to === undefined ? await lastGood(place) : versionOf(await named(place, to));
    const record = await recordsIn(store).read(place, number);
    if (record) {
      const now = await servingRecord(place);
      if (now) refuseElsewhere(place, record, now);
      // What is kept is no part of a version: with the old words the tags would leave what is kept today.
      const keep = now?.plan.keep;
      return { number, spec: { ...specToGoBack(record), ...(keep && { keep }) }, images: record.images };
    }
    throw new UnsafePlanError(`what release ${number} of ${environment} has brought was not kept`, {
      advice: 'choose another one (slipway history), or deploy its commit: slipway deploy --allow-older',
    });

    async function lastGood(at: Place): Promise<number> {
      const recalled = known ?? (await recallEnvironment(at));
      const near = 'rollbackTarget' in recalled ? recalled.rollbackTarget : rollbackTarget(recalled);
      const target = near.kind === 'found' ? near : await furtherBack(store, at, recalled.serving);
      if (target.kind === 'found') return target.number;
      throw new UnsafePlanError(`there is nothing to go back to in ${environment}: ${target.why}`);
    }

    async function servingRecord(at: Place): Promise<ReleaseRecord | undefined> {
      const serving = (known ?? (await recallEnvironment(at))).serving?.number;
      return serving === undefined ? undefined : recordsIn(store).read(at, serving);
    }

    /** The environment may have moved since: to go back there would change what is its no more. */
    function refuseElsewhere(at: Place, { number: target, plan }: ReleaseRecord, now: ReleaseRecord): void {
      if (isSamePlace(plan, now.plan)) return;
      throw new UnsafePlanError(
        `release ${target} was brought to ${placeText(plan)}, and ${at.environment} is in ${placeText(now.plan)} since`,
        { advice: 'deploy its commit instead: slipway deploy --allow-older' },
      );
    }

    async function named(at: Place, wanted: number | string): Promise<LedgerLine> {
      const isWanted = (line: LedgerLine): boolean => isMeant(line, wanted);
      const entry = newest(known?.ledger.filter(isWanted) ?? []) ?? (await findEntry(store, at, isWanted));
      if (entry) return entry;
      const what = typeof wanted === 'number' ? `release ${wanted}` : `release of commit ${wanted}`;
      throw new ConfigurationError(`${environment} of ${at.app} knows no ${what} that succeeded there`, {
        advice: `what it knows: slipway history ${environment}`,
      });
    }
  };

/**
 * The ledger that an environment carries may be full of releases that have changed nothing – refused while frozen,
 * superseded: the store knows what was before them.
 */
const furtherBack = async (
  store: Store,
  place: Place,
  serving: EnvironmentKnowledge['serving'],
): Promise<RollbackTarget> => {
  const turns: LedgerEntry[] = [];
  if (serving !== null) {
    for await (const entry of entriesOf(store, place)) {
      if (entry.turnAtMs !== null) turns.push(entry);
      const isEarlier = entry.number < serving.origin && entry.commit.sha !== serving.commit.sha;
      if (isEarlier && isGood(entry)) break;
    }
  }
  return rollbackTarget({ serving, ledger: turns.toSorted(byEnd), needsRepair: null });
};

/** A rollback stands for the version that it brought back: that is what is kept, and what comes before it. */
const versionOf = ({ number, rollbackTo }: LedgerLine): number => rollbackTo ?? number;

export const createRecallServices =
  ({ store }: Pick<RecallPorts, 'store'>): ControlActivities['recallServices'] =>
  async ({ number, ...place }) => {
    const record = await recordsIn(store).read(place, number);
    return record ? { ...whereaboutsOf(record.plan), services: recordedServices(record) } : null;
  };

const isMeant = (line: LedgerLine, wanted: number | string): boolean =>
  isGood(line) && (typeof wanted === 'number' ? line.number === wanted : line.commit.sha.startsWith(wanted));

const newest = (lines: readonly LedgerLine[]): LedgerLine | undefined =>
  lines.toSorted((one, other) => other.number - one.number)[0];

/** Inside an activity: asks the Temporal that the worker is connected to. */
export const askInTemporal = async ({
  app,
  environment,
}: Place): Promise<EnvironmentKnowledge | undefined> => {
  const { client } = Context.current();
  try {
    const handle = client.workflow.getHandle(environmentWorkflowId(app, environment));
    return await handle.query<EnvironmentStatus>(STATUS_QUERY);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
};
