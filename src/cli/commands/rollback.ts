/**
 * `slipway rollback`: a release that changes things is told to put them back; where none does, an earlier one is
 * brought again.
 */
import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { parseRelease } from './parse-options.ts';
import { addWatchOptions, type WatchOptions } from './watch-options.ts';

export interface RollbackOptions extends WatchOptions {
  readonly to?: number | string;
  readonly reason?: string;
  readonly who?: string;
  readonly detach?: boolean;
}

const HELP = `
A release that holds the environment's turn puts back every service that it has touched, and answers at once.
Where none holds it, the last release that succeeded before the one that serves is brought again – or that of
--to – with its own images and task definitions: no build, no tests; the same wait, health check and verdict.

Examples:
  slipway rollback production --reason "500s since the release"
  slipway rollback production --to 12`;

export function addRollbackCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('rollback')
    .description('back to the version before, or to any release')
    .argument('<environment>', 'environment, or the workflow id of a running release')
    .option('--to <release>', 'its number, or (7 to 40 digits of) its commit', parseRelease)
    .option('--reason <text>', 'why; kept in the report')
    .option('--who <name>', 'who says so; default: you')
    .option('--detach', 'start it and return; the release goes on')
    .addHelpText('after', HELP);
  addWatchOptions(command).action(async (name: string, options: RollbackOptions) => {
    const { rollback } = await import('../rollback.ts');
    context.exit(await rollback(name, options, context));
  });
}
