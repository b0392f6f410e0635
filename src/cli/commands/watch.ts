/**
 * `slipway watch`: come back to a release, running or ended.
 */
import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { DEFAULT_ENVIRONMENT } from './parse-options.ts';
import { addWatchOptions, type WatchOptions } from './watch-options.ts';

export function addWatchCommand(program: Command, context: CommandContext): void {
  addWatchOptions(program.command('watch'))
    .description('watch a release: the newest of an environment, or one by its workflow id')
    .argument('[release]', 'environment, or workflow id', DEFAULT_ENVIRONMENT)
    .action(async (release: string, options: WatchOptions) => {
      const { watch } = await import('../watch.ts');
      context.exit(await watch(release, options, context));
    });
}
