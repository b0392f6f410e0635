/** What starters hand to the `rollback` workflow, read with the same care as a ReleaseRequest. */
import { readTexts } from './read-texts.ts';

export interface RollbackRequest {
  readonly environment: string;
  readonly app?: string;
  /**
   * The release to go back to: its number, or (the first 7 to 40 digits of) the commit that it brought. Absent: the last
   * one that succeeded before the one that serves.
   */
  readonly to?: number | string;
  /** Who asked, and why: claims for the record. */
  readonly startedBy?: string;
  readonly reason?: string;
}

export type RollbackReading =
  | { readonly request: RollbackRequest; readonly problem: null }
  | { readonly request: null; readonly problem: string };

const EXAMPLE = '{"environment":"production"} or {"environment":"production","to":12}';
const TEXTS = ['environment', 'app', 'startedBy', 'reason'] as const;
const COMMIT = /^[0-9a-f]{7,40}$/;
const NUMBER = /^[1-9]\d{0,8}$/;

export const readRollbackRequest = (input: unknown): RollbackReading => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return bad('expected an object');
  const given = input as Readonly<Record<string, unknown>>;
  const { texts, problem } = readTexts(given, TEXTS, ['environment']);
  if (problem !== null) return bad(problem);
  const { environment = '', ...rest } = texts;
  const wanted = given.to ?? undefined;
  if (wanted === undefined) return { request: { environment, ...rest }, problem: null };
  const to = readTarget(wanted);
  if (to === undefined) return bad('"to" must be the number of a release, or 7 to 40 digits of a commit');
  return { request: { environment, ...rest, to }, problem: null };
};

/** A number in a text is one: seven digits and more could be both, and releases are not that many. */
export const readTarget = (wanted: unknown): number | string | undefined => {
  const text = typeof wanted === 'number' ? String(wanted) : wanted;
  if (typeof text !== 'string') return undefined;
  if (NUMBER.test(text) && text.length < 7) return Number(text);
  if (COMMIT.test(text)) return text;
  return undefined;
};

const bad = (what: string): RollbackReading => ({
  request: null,
  problem: `the input of the rollback: ${what}; expected e.g. ${EXAMPLE}`,
});
