/** The checks of one commit without a release: what was asked for, and how they ended. */
import type { Commit } from './plan.ts';
import { readTexts } from './requests/read-texts.ts';
import type { Cause, StepStatus } from './verdict.ts';

/** Input of the `checks` workflow. */
export interface ChecksRequest {
  readonly app?: string;
  /** 40 hex digits where a pull request is named; else as in `ReleaseRequest`. */
  readonly sha: string;
  /** Its commits are fetched from there, and a newer push ends this run. */
  readonly pullRequest?: number;
  readonly startedBy?: string;
}

/** `cancelled`: by a person, or by a newer push to the same pull request. */
export type ChecksVerdict = 'passed' | 'failed' | 'cancelled';

export interface CheckOutcome {
  readonly name: string;
  /** Untrusted text, redacted. */
  readonly lastLine: string;
  readonly cause: Cause | null;
}

export interface ChecksReport {
  readonly verdict: ChecksVerdict;
  readonly app: string;
  readonly commit: Commit | null;
  readonly pullRequest: number | null;
  readonly startedBy: string | null;
  /** Of the first that failed. */
  readonly cause: Cause | null;
  readonly steps: readonly StepStatus[];
  /** Those that failed, with the end of what they wrote. */
  readonly checks: readonly CheckOutcome[];
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Answer of the `status` query. */
export interface ChecksStatus extends Omit<ChecksReport, 'verdict' | 'endedAtMs'> {
  readonly verdict: ChecksVerdict | null;
  readonly endedAtMs: number | null;
}

export type ChecksRequestReading =
  | { readonly request: ChecksRequest; readonly problem: null }
  | { readonly request: null; readonly problem: string };

export const FULL_SHA = /^[0-9a-f]{40}$/;

/** Temporal's UI and CLI accept any JSON. */
export const readChecksRequest = (input: unknown): ChecksRequestReading => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return bad('expected an object');
  const given = input as Readonly<Record<string, unknown>>;
  const { texts, problem } = readTexts(given, ['sha', 'app', 'startedBy'], ['sha']);
  if (problem !== null) return bad(problem);
  const { sha = '', ...rest } = texts;
  const pullRequest = given.pullRequest ?? undefined;
  if (pullRequest === undefined) return { request: { sha, ...rest }, problem: null };
  if (!isPullRequest(pullRequest)) return bad('"pullRequest" must be the number of a pull request');
  if (!FULL_SHA.test(sha)) return bad('"sha" of a pull request must be a full one (40 hex digits)');
  return { request: { sha, ...rest, pullRequest }, problem: null };
};

export const isPullRequest = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0;

const bad = (what: string): ChecksRequestReading => ({
  request: null,
  problem: `the input of the checks: ${what}; expected at least {"sha":"<commit>"}`,
});

const VERDICTS: readonly unknown[] = ['passed', 'failed', 'cancelled'] satisfies readonly ChecksVerdict[];

/** The report of a run that has ended: its result, or the first detail of its failure; undefined where there is none. */
export const readChecksReport = (value: unknown): ChecksReport | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { verdict, steps } = value as Partial<ChecksReport>;
  return VERDICTS.includes(verdict) && Array.isArray(steps) ? (value as ChecksReport) : undefined;
};
