/** What people send to freeze an environment, read with care: Temporal's UI and CLI accept any JSON. */
import type { Freeze } from './freeze.ts';

export type FreezeReading =
  | { readonly freeze: Freeze; readonly problem: null }
  | { readonly freeze: null; readonly problem: string };

const EXAMPLE = '{"reason":"black friday","who":"ada","until":"2026-11-30T08:00Z"}';
const LONGEST_TEXT = 500;

/** A time needs its zone: a time of day alone would mean another moment on each machine. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/;

/** A bare text is the reason. */
export const readFreeze = (input: unknown, nowMs: number): FreezeReading => {
  const given = typeof input === 'string' ? { reason: input } : input;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return bad('a reason is missing');
  const { reason, who, until } = given as Readonly<Record<string, unknown>>;
  if (typeof reason !== 'string' || reason.trim() === '') return bad('a reason is missing');
  const untilMs = readMoment(until);
  if (Number.isNaN(untilMs)) return bad('"until" must be a moment with its zone');
  if (untilMs !== null && untilMs <= nowMs)
    return bad(`"until" has passed (${new Date(untilMs).toISOString()})`);
  const owner = typeof who === 'string' && who.trim() !== '' ? cut(who) : 'somebody';
  return { freeze: { reason: cut(reason), owner, sinceMs: nowMs, untilMs }, problem: null };
};

/** Epoch milliseconds; null: no end; NaN: it cannot be understood. */
export const readMoment = (until: unknown): number | null => {
  if (until === undefined || until === null) return null;
  return typeof until === 'string' && MOMENT.test(until) ? Date.parse(until) : Number.NaN;
};

const bad = (what: string): FreezeReading => ({ freeze: null, problem: `${what}; expected e.g. ${EXAMPLE}` });

const cut = (text: string): string => text.trim().slice(0, LONGEST_TEXT);
