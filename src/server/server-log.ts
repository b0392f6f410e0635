/** One line of JSON for each delivery. Neither bodies nor secrets; what is not ours is cut and stripped. */
import { type Logger, pino } from 'pino';

export type ServerLog = Pick<Logger, 'info' | 'warn' | 'error'>;

/** @param write takes whole lines */
export const createServerLog = (write: (line: string) => void): ServerLog =>
  pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });

/** Controls, and marks that reorder or hide text. */
const UNSAFE = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** Of text that somebody else has written. */
export const bounded = (text: string, longest = 200): string =>
  text.slice(0, longest).replaceAll(UNSAFE, '·');

/** What went wrong, in one line: the error and what it says to have been caused by. */
export const reasonOf = (error: unknown): string => bounded(messagesOf(error).join(': '), 500);

function messagesOf(error: unknown, depth = 3): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  return depth === 0 || error.cause === undefined
    ? [error.message]
    : [error.message, ...messagesOf(error.cause, depth - 1)];
}
