/** Where the whole of what a failed step has written can be read: its report has the last lines only. */
import { shellWord } from '../../client/shell-word.ts';
import type { ReleaseReport } from '../../release/verdict.ts';
import { oneLine } from './sanitize.ts';

const WRITES = /^(?:check|build|push):./;

/** @param workflowId where it is known */
export function logHint(
  { cause, environment, number }: Pick<ReleaseReport, 'cause' | 'environment' | 'number'>,
  workflowId: string | undefined,
): string[] {
  if (!cause || !WRITES.test(cause.step)) return [];
  const earlier = number === null ? '' : ` --release ${number}`;
  const release = workflowId === undefined ? `${shellWord(environment)}${earlier}` : shellWord(workflowId);
  return [`its whole log: slipway logs ${oneLine(release)} ${oneLine(shellWord(cause.step))}`];
}
