/**
 * One release of an environment's past, as people name it: its number, or its commit. Of a commit that was released
 * several times the last one is meant.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EnvironmentName,
  environmentStatus,
  type ReleaseClient,
  ReleaseNotFoundError,
  releaseInLedger,
} from '../../client/index.ts';
import type { LedgerEntry, LedgerLine } from '../../release/environment/ledger.ts';
import { isNamed, type ReleaseName } from '../../release/environment/ledger-question.ts';
import type { ReleaseReport } from '../../release/verdict.ts';
import { environmentCommand, type Reader } from '../render/command.ts';

/** The store takes a release within a moment of its end. */
const WAITS = 10;
const WAIT_MS = 200;

export interface FoundInLedger {
  readonly entry: LedgerEntry;
  /** Null where it was not asked for, or was not kept. */
  readonly report: ReleaseReport | null;
}

/**
 * The environment itself knows which the last ones are, also those that the store has not taken yet.
 * @param options `report`: whether the whole report is wanted: only the store has it; `reader`: of what went wrong
 * @throws ReleaseNotFoundError, NoControlWorkerError
 */
export async function findInLedger(
  client: ReleaseClient,
  name: EnvironmentName,
  release: number | string,
  { report = false, reader = {} }: { readonly report?: boolean; readonly reader?: Reader } = {},
): Promise<FoundInLedger> {
  const named: ReleaseName = typeof release === 'number' ? { number: release } : { commit: release };
  const known = newestNamed(await lastLines(client, name), named);
  const wanted = known ? { number: known.number } : named;
  let found = await releaseInLedger(client, name, wanted, report);
  // It has ended a moment ago.
  for (let wait = 1; known && !found.entry && found.damaged.length === 0 && wait <= WAITS; wait += 1) {
    await sleep(WAIT_MS);
    found = await releaseInLedger(client, name, wanted, report);
  }
  const { entry } = found;
  if (entry) return { entry, report: found.report };
  const what = typeof release === 'number' ? `release ${release}` : `release of commit ${release}`;
  const unread =
    found.damaged.length === 0 ? '' : `; the store cannot read release ${found.damaged.join(', ')}`;
  throw new ReleaseNotFoundError(`${name.environment} of ${name.app} remembers no ${what}${unread}`, {
    advice: `What it remembers: ${environmentCommand('history', name, reader, { options: ['--all'] })}`,
  });
}

/** None where the environment does not run. */
async function lastLines(client: ReleaseClient, name: EnvironmentName): Promise<readonly LedgerLine[]> {
  try {
    return (await environmentStatus(client, name)).ledger;
  } catch (error) {
    if (error instanceof ReleaseNotFoundError) return [];
    throw error;
  }
}

const newestNamed = (lines: readonly LedgerLine[], release: ReleaseName): LedgerLine | undefined =>
  lines.filter((line) => isNamed(line, release)).toSorted((one, other) => other.number - one.number)[0];
