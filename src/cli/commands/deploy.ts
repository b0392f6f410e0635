/**
 * `slipway deploy`: bring one commit to one environment, and watch it.
 */
import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { DEFAULT_ENVIRONMENT } from './parse-options.ts';
import { addWatchOptions, type WatchOptions } from './watch-options.ts';

export interface DeployOptions extends WatchOptions {
  readonly sha: string;
  readonly detach?: boolean;
  readonly allowOlder?: boolean;
  readonly force?: boolean;
  readonly overrideFreeze?: string;
}

const EXAMPLES = `
Examples:
  slipway deploy                              HEAD, to production
  slipway deploy staging --sha v1.4.0
  slipway deploy --detach --output json       from CI; come back with: slipway watch production`;

export function addDeployCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('deploy')
    .description(
      'bring a commit to an environment: test, build, push, deploy, wait until stable, health check',
    )
    .argument('[environment]', 'where to', DEFAULT_ENVIRONMENT)
    .option('--sha <ref>', 'commit, branch or tag', 'HEAD')
    .option('--allow-older', 'also where a newer commit serves')
    .option(
      '--force',
      'also where this commit serves already; otherwise its health is checked, and that is all',
    )
    .option('--override-freeze <reason>', 'also where the environment is frozen; kept in its history')
    .option('--detach', 'start it and return; the release goes on');
  addWatchOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (environment: string, options: DeployOptions) => {
      const { deploy } = await import('../deploy.ts');
      context.exit(await deploy(environment, options, context));
    });
}
