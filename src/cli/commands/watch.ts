/**
 * `slipway watch`: come back to a release, running or ended.
 */
import { type Command, Option } from 'commander';
import type { CommandContext } from '../program.ts';
import { EXIT_CODES_HELP } from './deploy.ts';
import { parseSeconds } from './parse-options.ts';

export interface WatchCommandOptions {
  readonly app?: string;
  readonly output: 'text' | 'json';
  readonly timeout?: number;
}

export function addWatchCommand(program: Command, context: CommandContext): void {
  program
    .command('watch')
    .description('watch a release: the newest of an environment, or one by its workflow id')
    .argument('<release>', 'environment, or workflow id')
    .option('--app <name>', 'app; default: the one of ./slipway.yaml')
    .option(
      '--timeout <seconds>',
      'stop watching after this long (exit 124); the release goes on',
      parseSeconds,
    )
    .addOption(new Option('--output <format>', 'what stdout gets').choices(['text', 'json']).default('text'))
    .addHelpText('after', EXIT_CODES_HELP)
    .action(async (release: string, options: WatchCommandOptions) => {
      const { watch } = await import('../watch.ts');
      context.exit(await watch(release, options, context));
    });
}
