/**
 * The one place where an error becomes what a person reads: what, evidence, what to do.
 */
import { SlipwayError } from '../errors.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { annotation, inGitHubActions } from './github-actions/workflow-commands.ts';
import { inert, oneLine, safeLines } from './render/sanitize.ts';
import { colorsFor } from './render/style.ts';
import type { Terminal } from './terminal.ts';

/** @param suggestion what may have been meant, in a line */
export function reportError(error: unknown, terminal: Terminal, suggestion?: string): number {
  const colors = colorsFor(terminal.progressStyle);
  const code = exitCodeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (inGitHubActions(terminal.env)) {
    const advice = error instanceof SlipwayError ? (error.advice ?? '') : '';
    terminal.progress(annotation({ level: 'error', title: 'Slipway', message: `${message}\n${advice}` }));
  }
  if (code === EXIT.internal) {
    terminal.progress(`${colors.red('internal error:')} ${inert(safeLines(message).join('\n  '))}`);
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    if (terminal.env.SLIPWAY_DEBUG)
      for (const line of safeLines(stack)) terminal.progress(inert(`  ${line}`));
    else terminal.progress('  This is a bug of Slipway. SLIPWAY_DEBUG=1 shows where it happened.');
    return code;
  }
  terminal.progress(`${colors.red('error:')} ${inert(safeLines(message).join('\n  '))}`);
  if (error instanceof SlipwayError) {
    const said = new Set(safeLines(message));
    const more = error.evidence.flatMap(safeLines).filter((line) => !said.has(line));
    for (const line of more) terminal.progress(`  │ ${line}`);
    for (const line of [error.advice, suggestion]) if (line) terminal.progress(inert(`  ${oneLine(line)}`));
  }
  return code;
}
