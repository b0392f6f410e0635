/**
 * The environment's memory of its last releases: small enough to be carried from run to run and to be answered at
 * once. The whole report of each lies in the store.
 */
import type { PromotedFrom, ReleaseReport, Verdict } from '../verdict.ts';
import type { EnvironmentState, Joined } from './state.ts';

export const LEDGER_LENGTH = 50;

/** Bounds of one entry: fifty of them, with forty services each, stay well below a payload's limit. */
const LONGEST_TEXT = 200;
const MOST_ITEMS = 40;
const MOST_NOTES = 10;

/** How a release ended; `broken-off`: without a word (terminated), so that somebody has to look after it. */
export type Ending = Verdict | 'broken-off';

export interface LedgerNote {
  readonly action: string;
  readonly who: string;
  readonly reason: string;
  readonly atMs: number;
}

/** What an entry takes from a report. */
export interface Outcome {
  readonly verdict: Ending;
  readonly cause: { readonly kind: string; readonly summary: string } | null;
  readonly images: readonly { readonly name: string; readonly digest: string }[];
  readonly services: readonly {
    readonly name: string;
    readonly taskDefinition: string | null;
    readonly baseline: string | null;
  }[];
  /** As in the report. */
  readonly promotedFrom?: PromotedFrom;
  /** It has put right what one before it had left broken off, or found that there was nothing to put right. */
  readonly repaired: boolean;
  /** What operators said that was accepted. */
  readonly notes: readonly LedgerNote[];
  readonly endedAtMs: number;
}

export interface LedgerEntry extends Outcome {
  readonly number: number;
  readonly releaseId: string;
  readonly commit: { readonly sha: string; readonly subject: string };
  readonly rollbackTo: number | null;
  readonly startedBy: string | null;
  readonly overrideFreeze: string | null;
  readonly startedAtMs: number;
  /** When it got the turn; null: it never did, and so has changed nothing. */
  readonly turnAtMs: number | null;
}

/** Errors: none; whatever is too long is cut. */
export const outcomeOf = (report: ReleaseReport): Outcome => ({
  verdict: report.verdict,
  cause: report.cause && { kind: report.cause.kind, summary: cut(report.cause.summary) },
  images: report.images.slice(0, MOST_ITEMS).map(({ name, digest }) => ({ name, digest })),
  services: report.services
    .slice(0, MOST_ITEMS)
    .map(({ name, taskDefinition, baseline }) => ({ name, taskDefinition, baseline })),
  ...(report.promotedFrom && { promotedFrom: report.promotedFrom }),
  repaired: report.steps.some(({ kind, state }) => kind === 'register' && state === 'succeeded'),
  notes: report.operators
    .filter(({ accepted }) => accepted)
    .slice(-MOST_NOTES)
    .map(({ action, who, reason, atMs }) => ({ action, who: cut(who), reason: cut(reason), atMs })),
  endedAtMs: report.endedAtMs,
});

export const brokenOff = (nowMs: number): Outcome => ({
  verdict: 'broken-off',
  cause: { kind: 'broken-off', summary: 'it ended without a report: terminated, or timed out by Temporal' },
  images: [],
  services: [],
  repaired: false,
  notes: [],
  endedAtMs: nowMs,
});

export const entryOf = (release: Joined, turnAtMs: number | null, outcome: Outcome): LedgerEntry => ({
  ...outcome,
  number: release.number,
  releaseId: release.releaseId,
  commit: { sha: release.commit.sha, subject: cut(release.commit.subject) },
  rollbackTo: release.rollbackTo,
  startedBy: release.startedBy === null ? null : cut(release.startedBy),
  overrideFreeze: release.overrideFreeze === null ? null : cut(release.overrideFreeze),
  startedAtMs: release.startedAtMs,
  turnAtMs,
});

export type RollbackTarget =
  | { readonly kind: 'found'; readonly number: number }
  | { readonly kind: 'none'; readonly why: string };

/**
 * The release that a rollback without a number goes to: the last one that succeeded before what serves now. Where the
 * last turn left the environment in disorder, that is the one that served before it.
 */
export const rollbackTarget = ({
  serving,
  ledger,
  needsRepair,
}: Pick<EnvironmentState, 'serving' | 'ledger' | 'needsRepair'>): RollbackTarget => {
  if (serving === null) return { kind: 'none', why: 'no release has succeeded here yet' };
  const last = ledger.find(({ turnAtMs }) => turnAtMs !== null);
  const isInDisorder = needsRepair !== null || last?.verdict === 'rollback-failed';
  if (isInDisorder) return { kind: 'found', number: serving.origin };
  const [before] = ledger
    .filter(
      ({ number, verdict, turnAtMs, commit }) =>
        verdict === 'succeeded' &&
        turnAtMs !== null &&
        number < serving.origin &&
        commit.sha !== serving.commit.sha,
    )
    .toSorted((one, other) => other.number - one.number);
  // A rollback stands for the version that it brought back: what it had replaced is not gone back to.
  if (before) return { kind: 'found', number: before.rollbackTo ?? before.number };
  return {
    kind: 'none',
    why: `the last ${LEDGER_LENGTH} releases know of none that succeeded before release ${serving.origin}`,
  };
};

const cut = (text: string): string =>
  text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`;
