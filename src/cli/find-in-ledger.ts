/**
 * One release of an environment's past, as people name it: its number, or its commit. Of a commit that was released
 * several times the last one is meant.
 */
import {
  type EnvironmentName,
  environmentStatus,
  type ReleaseClient,
  ReleaseNotFoundError,
  releaseInLedger,
  shellWord,
} from '../client/index.ts';
import type { LedgerEntry } from '../release/environment/ledger.ts';
import { isNamed, type ReleaseName } from '../release/environment/ledger-question.ts';
import type { ReleaseReport } from '../release/verdict.ts';

export interface FoundInLedger {
  readonly entry: LedgerEntry;
  /** Null where it was not asked for, or was not kept. */
  readonly report: ReleaseReport | null;
}

/**
 * The environment itself knows the last ones, also those that the store has not taken yet.
 * @param report whether the whole report is wanted: only the store has it
 * @throws ReleaseNotFoundError, NoControlWorkerError
 */
export async function findInLedger(
  client: ReleaseClient,
  name: EnvironmentName,
  release: number | string,
  report = false,
): Promise<FoundInLedger> {
  const named: ReleaseName = typeof release === 'number' ? { number: release } : { commit: release };
  const known = newestNamed(await lastEntries(client, name), named);
  if (known && !report) return { entry: known, report: null };
  const found = await releaseInLedger(client, name, known ? { number: known.number } : named, report);
  const entry = found.entry ?? known;
  if (entry) return { entry, report: found.report };
  const what = typeof release === 'number' ? `release ${release}` : `release of commit ${release}`;
  const unread =
    found.damaged.length === 0 ? '' : `; the store cannot read release ${found.damaged.join(', ')}`;
  throw new ReleaseNotFoundError(`${name.environment} of ${name.app} remembers no ${what}${unread}`, {
    advice: `What it remembers: slipway history ${shellWord(name.environment)} --all`,
  });
}

/** None where the environment does not run. */
async function lastEntries(client: ReleaseClient, name: EnvironmentName): Promise<readonly LedgerEntry[]> {
  try {
    return (await environmentStatus(client, name)).ledger;
  } catch (error) {
    if (error instanceof ReleaseNotFoundError) return [];
    throw error;
  }
}

const newestNamed = (entries: readonly LedgerEntry[], release: ReleaseName): LedgerEntry | undefined =>
  entries.filter((entry) => isNamed(entry, release)).toSorted((one, other) => other.number - one.number)[0];
