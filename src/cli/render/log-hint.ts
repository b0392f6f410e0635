/** Where the whole of what a failed step has written can be read: its report has the last lines only. */
import { shellWord } from '../../client/shell-word.ts';
import type { Cause } from '../../release/verdict.ts';
import { oneLine } from './sanitize.ts';

const WRITES = /^(?:check|build|push):./;

/** @param release workflow id, or the environment */
export const logHint = (cause: Cause | null, release: string): string[] =>
  cause && WRITES.test(cause.step)
    ? [`its whole log: slipway logs ${oneLine(shellWord(release))} ${oneLine(shellWord(cause.step))}`]
    : [];
