/**
 * `slipway checks`: the tests of one commit, and nothing else.
 */
import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { addOutputOptions, type OutputOptions } from './output-options.ts';
import { parseCount, parseSeconds } from './parse-options.ts';

export interface ChecksOptions extends OutputOptions {
  readonly sha: string;
  readonly pullRequest?: number;
  readonly app?: string;
  readonly detach?: boolean;
  readonly timeout?: number;
}

const HELP = `
They run on the checks workers, as in a release, but all of them, whichever fails first: no build, no push, nothing of
AWS. Of a pull request only the checks of its slipway.yaml count. A pull request of a fork runs somebody else's code on
your checks workers: read it first.

Exit codes: 0 passed · 1 failed · 2 usage · 5 cancelled · 7 no connection · 70 internal error · 124 watch timed out`;

export function addChecksCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('checks')
    .description('run the checks of a commit, of a pull request perhaps, without a release')
    .option(
      '--sha <ref>',
      'commit, branch or tag; of a pull request: the full SHA of its last commit',
      'HEAD',
    )
    .option('--pull-request <number>', 'where the commit is; also one of a fork', parseCount)
    .option('--app <name>', 'app; default: the one of ./slipway.yaml')
    .option('--detach', 'start them and return')
    .option('--timeout <seconds>', 'stop watching after this long (exit 124); they go on', parseSeconds)
    .addHelpText('after', HELP);
  addOutputOptions(command).action(async (options: ChecksOptions) => {
    const { checks } = await import('../checks.ts');
    context.exit(await checks(options, context));
  });
}
