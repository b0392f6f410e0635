/**
 * `slipway deploy`: bring one commit to one environment, and watch it.
 */
import { type Command, Option } from 'commander';
import type { CommandContext } from '../program.ts';
import { parseSeconds } from './parse-options.ts';

export interface DeployOptions {
  readonly sha: string;
  readonly app?: string;
  readonly detach?: boolean;
  readonly output: 'text' | 'json';
  readonly timeout?: number;
}

export function addDeployCommand(program: Command, context: CommandContext): void {
  program
    .command('deploy')
    .description(
      'bring a commit to an environment: test, build, push, deploy, wait until stable, health check',
    )
    .argument('[environment]', 'where to', 'production')
    .option('--sha <ref>', 'commit, branch or tag', 'HEAD')
    .option('--app <name>', 'app; default: the one of ./slipway.yaml')
    .option('--detach', 'start it and return; the release goes on')
    .option(
      '--timeout <seconds>',
      'stop watching after this long (exit 124); the release goes on',
      parseSeconds,
    )
    .addOption(new Option('--output <format>', 'what stdout gets').choices(['text', 'json']).default('text'))
    .addHelpText('after', EXIT_CODES_HELP)
    .action(async (environment: string, options: DeployOptions) => {
      const { deploy } = await import('../deploy.ts');
      context.exit(await deploy(environment, options, context));
    });
}

export const EXIT_CODES_HELP = `
Progress goes to stderr, the report to stdout. Ctrl+C lets go of the release; it goes on.

Exit codes: 0 succeeded · 1 failed, nothing changed · 2 usage · 3 rolled back · 4 rollback failed
            5 aborted or superseded · 6 refused · 7 no connection · 70 internal error · 124 watch timed out`;
