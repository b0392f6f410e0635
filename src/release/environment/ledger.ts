/**
 * The environment's memory of its releases. It carries a line of each of the last ones from run to run, and answers
 * with them at once; the whole entry of every one lies in the store, and so does its report.
 */
import type { PromotedFrom, ReleaseReport, Verdict } from '../verdict.ts';
import type { CommitLine, EnvironmentState, Joined, Serving } from './state.ts';
import { type Pause, pausesOf, type Stage, stagesOf } from './times.ts';

export const LEDGER_LENGTH = 50;

/** Bounds of one entry, so that it stays below 64 KiB, and fifty lines do as well. */
const LONGEST_TEXT = 200;
const MOST_ITEMS = 100;
const MOST_NOTES = 10;
const MOST_PAUSES = 5;

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
  /** Number of the release that had brought the same before; null: it has done the work itself. */
  readonly broughtBy: number | null;
  /** As in the report. */
  readonly promotedFrom?: PromotedFrom;
  /** It has put right what one before it had left broken off, or found that there was nothing to put right. */
  readonly repaired: boolean;
  /** What operators said that was accepted. */
  readonly notes: readonly LedgerNote[];
  /** Who let it go on where that was asked for; a claim for the record, not an identity. */
  readonly approvedBy: string | null;
  readonly pauses: readonly Pause[];
  readonly stages: readonly Stage[];
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
  /** Number of the release that took its place; null: none did. */
  readonly supersededBy: number | null;
}

/** What of an entry is for those who look at one release is left out of its line. */
export type LedgerLine = Omit<LedgerEntry, 'images' | 'services' | 'notes' | 'pauses' | 'stages'>;

export const lineOf = (entry: LedgerEntry): LedgerLine => {
  const {
    images: _images,
    services: _services,
    notes: _notes,
    pauses: _pauses,
    stages: _stages,
    ...line
  } = entry;
  return line;
};

/** The one that ended last first. */
export const byEnd = (one: LedgerLine, other: LedgerLine): number =>
  other.endedAtMs - one.endedAtMs || other.number - one.number;

/** Whether its version has served: one that only found its version there has brought nothing. */
export const isGood = ({ verdict, turnAtMs }: LedgerLine): boolean =>
  verdict === 'succeeded' && turnAtMs !== null;

/** An entry as it was kept; one of an earlier Slipway lacks what came later. Undefined: it is none. */
export const readEntry = (document: unknown): LedgerEntry | undefined => {
  const kept = document as Partial<LedgerEntry> | null | undefined;
  if (typeof kept?.number !== 'number' || typeof kept.verdict !== 'string') return undefined;
  return { ...UNKNOWN_THEN, ...kept } as LedgerEntry;
};

const UNKNOWN_THEN = {
  broughtBy: null,
  approvedBy: null,
  pauses: [],
  stages: [],
  supersededBy: null,
} as const;

/** Errors: none; whatever is too long is cut. */
export const outcomeOf = (report: ReleaseReport): Outcome => ({
  verdict: report.verdict,
  cause: report.cause && { kind: report.cause.kind, summary: cut(report.cause.summary) },
  images: report.images.slice(0, MOST_ITEMS).map(({ name, digest }) => ({ name, digest })),
  services: report.services
    .slice(0, MOST_ITEMS)
    .map(({ name, taskDefinition, baseline }) => ({ name, taskDefinition, baseline })),
  broughtBy: report.broughtBy,
  ...(report.promotedFrom && { promotedFrom: report.promotedFrom }),
  repaired: report.steps.some(({ kind, state }) => kind === 'register' && state === 'succeeded'),
  notes: report.operators
    .filter(({ accepted }) => accepted)
    .slice(-MOST_NOTES)
    .map(({ action, who, reason, atMs }) => ({ action, who: cut(who), reason: cut(reason), atMs })),
  approvedBy: approverOf(report),
  pauses: pausesOf(report)
    .slice(-MOST_PAUSES)
    .map((pause) => ({ ...pause, who: cut(pause.who), reason: cut(pause.reason) })),
  stages: stagesOf(report),
  endedAtMs: report.endedAtMs,
});

export const brokenOff = (nowMs: number): Outcome => ({
  verdict: 'broken-off',
  cause: { kind: 'broken-off', summary: 'it ended without a report: terminated, or timed out by Temporal' },
  images: [],
  services: [],
  broughtBy: null,
  repaired: false,
  notes: [],
  approvedBy: null,
  pauses: [],
  stages: [],
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
  supersededBy: release.told?.kind === 'superseded' ? release.told.by : null,
});

const approverOf = ({ operators }: ReleaseReport): string | null => {
  const approval = operators.findLast(({ action, accepted }) => action === 'approve' && accepted);
  return approval === undefined ? null : cut(approval.who);
};

export type RollbackTarget =
  | { readonly kind: 'found'; readonly number: number }
  | { readonly kind: 'none'; readonly why: string };

/** What decides where a rollback goes. */
type Grounds = Pick<EnvironmentState, 'ledger' | 'needsRepair'> & {
  readonly serving: (Omit<Serving, 'commit'> & { readonly commit: Pick<CommitLine, 'sha'> }) | null;
};

/**
 * The release that a rollback without a number goes to: the last one that succeeded before what serves now. Where a turn
 * has left the environment in disorder, and none has succeeded since, that is the one that served before it.
 *
 * @param ledger newest end first
 */
export const rollbackTarget = ({ serving, ledger, needsRepair }: Grounds): RollbackTarget => {
  if (serving === null) return { kind: 'none', why: 'no release has succeeded here yet' };
  const lastTurns = ledger.filter(({ turnAtMs }) => turnAtMs !== null);
  // What has failed since, or was put back, was put back to what it had found.
  const left = lastTurns.find(({ verdict }) => verdict === 'succeeded' || verdict === 'rollback-failed');
  const isInDisorder = needsRepair !== null || left?.verdict === 'rollback-failed';
  if (isInDisorder) return { kind: 'found', number: serving.origin };
  const earlier = lastTurns
    .filter(({ number, verdict }) => verdict === 'succeeded' && number < serving.origin)
    .toSorted((one, other) => other.number - one.number);
  // Of the same commit only where there is no other: it may have had other task definitions.
  const before = earlier.find(({ commit }) => commit.sha !== serving.commit.sha) ?? earlier[0];
  // A rollback stands for the version that it brought back: what it had replaced is not gone back to.
  if (before) return { kind: 'found', number: before.rollbackTo ?? before.number };
  return {
    kind: 'none',
    why: `none is known that succeeded before release ${serving.origin}`,
  };
};

/** As much of a text as is kept. */
export const cut = (text: string): string =>
  text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`;
