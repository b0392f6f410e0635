/** Options and help of the commands that follow a release until it ends. */
import type { Command } from 'commander';
import { addOutputOptions, type OutputOptions } from './output-options.ts';
import { parseSeconds } from './parse-options.ts';

export interface WatchOptions extends OutputOptions {
  readonly app?: string;
  /** False: `--no-live`. */
  readonly live?: boolean | undefined;
  readonly timeout?: number;
}

export const addWatchOptions = (command: Command): Command =>
  addOutputOptions(command, { also: 'ndjson' })
    .option('--app <name>', 'app; default: the one of ./slipway.yaml')
    .option(
      '--timeout <seconds>',
      'stop watching after this long (exit 124); the release goes on',
      parseSeconds,
    )
    .option('--no-live', 'lines instead of a view that is redrawn, also on a terminal')
    .addHelpText('after', EXIT_CODES_HELP);

const EXIT_CODES_HELP = `
Progress goes to stderr, the report to stdout; with ndjson events as they come, the report last.
Ctrl+C lets go of the release; it goes on.

Exit codes: 0 succeeded · 1 failed, no service updated · 2 usage · 3 rolled back
            4 a person is needed: rollback failed or stuck, or ended without a verdict (terminated)
            5 aborted or superseded · 6 refused · 7 no connection · 70 internal error · 124 watch timed out`;
