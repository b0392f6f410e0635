/**
 * What people said to a release, and what it answered.
 */
import type { OperatorRecord } from '../../release/verdict.ts';
import { oneLine } from './sanitize.ts';

/** `⚑ ada: pause (lunch) – it stops before the next change`; all of it but the action is text from outside. */
export const operatorLine = ({ who, action, reason, accepted, answer }: OperatorRecord): string => {
  const why = reason === '' ? '' : ` (${oneLine(reason)})`;
  return `⚑ ${oneLine(who)}: ${action}${why} – ${accepted ? '' : 'not taken: '}${oneLine(answer)}`;
};
