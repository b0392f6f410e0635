/**
 * The one place where an error becomes what a person reads: what, evidence, what to do.
 */
import { SlipwayError } from '../errors.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { annotation, inGitHubActions } from './github-actions/workflow-commands.ts';
import { adviceLines } from './render/command-lines.ts';
import { inert, oneLine, safeLines } from './render/sanitize.ts';
import { colorsFor } from './render/style.ts';
import { fitted } from './render/wrap.ts';
import type { Terminal } from './terminal.ts';

/** @param suggestion what may have been meant, in a line */
export function reportError(error: unknown, terminal: Terminal, suggestion?: string): number {
  const colors = colorsFor(terminal.progressStyle);
  const say = (text: string): void => terminal.progress(fitted(text, terminal.progressStyle));
  const code = exitCodeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (inGitHubActions(terminal.env)) {
    const advice = error instanceof SlipwayError ? (error.advice ?? '') : '';
    terminal.progress(annotation({ level: 'error', title: 'Slipway', message: `${message}\n${advice}` }));
  }
  if (code === EXIT.internal) {
    say(`${colors.red('internal error:')} ${inert(safeLines(message).join('\n  '))}`);
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    if (terminal.env.SLIPWAY_DEBUG) for (const line of safeLines(stack)) say(`  ${line}`);
    else terminal.progress('  This is a bug of Slipway. SLIPWAY_DEBUG=1 shows where it happened.');
    return code;
  }
  say(`${colors.red('error:')} ${inert(safeLines(message).join('\n  '))}`);
  if (error instanceof SlipwayError) {
    const told = new Set(safeLines(message));
    for (const line of error.evidence.flatMap(safeLines).filter((each) => !told.has(each)))
      say(`  │ ${line}`);
    for (const advice of [error.advice, suggestion]) {
      if (!advice) continue;
      for (const line of adviceLines(oneLine(advice), terminal.progressStyle)) terminal.progress(inert(line));
    }
  }
  return code;
}
