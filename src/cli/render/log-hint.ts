/** Where the whole of what a failed step has written can be read: its report has the last lines only. */
import { slipwayCommand } from '../../release/shell-word.ts';
import type { ReleaseReport } from '../../release/verdict.ts';
import { environmentCommand, type Reader } from './command.ts';
import { oneLine } from './sanitize.ts';

const WRITES = /^(?:check|build|push):./;

type Hinted = Pick<ReleaseReport, 'verdict' | 'cause' | 'app' | 'environment' | 'number'>;

/** @param workflowId where it is known */
export function logHint(
  { verdict, cause, number, ...place }: Hinted,
  workflowId: string | undefined,
  reader: Reader,
): string[] {
  // The step of one that was superseded did nothing wrong.
  if (!cause || !WRITES.test(cause.step) || verdict === 'superseded') return [];
  const options = number === null ? [] : [`--release ${number}`];
  const command =
    workflowId === undefined
      ? environmentCommand('logs', place, reader, { rest: [cause.step], options })
      : slipwayCommand('logs', [workflowId, cause.step]);
  return [`its whole log: ${oneLine(command)}`];
}
