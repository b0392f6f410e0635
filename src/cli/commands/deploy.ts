/**
 * `slipway deploy`: bring one commit to one environment, and watch it.
 */
import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { DEFAULT_ENVIRONMENT } from './parse-options.ts';
import { addReleaseOptions, type ReleaseOptions } from './release-options.ts';
import { addWatchOptions, type WatchOptions } from './watch-options.ts';

export interface DeployOptions extends WatchOptions, ReleaseOptions {
  readonly detach?: boolean;
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
    .argument('[environment]', 'where to', DEFAULT_ENVIRONMENT);
  addReleaseOptions(command).option('--detach', 'start it and return; the release goes on');
  addWatchOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (environment: string, options: DeployOptions) => {
      const { deploy } = await import('../deploy.ts');
      context.exit(await deploy(environment, options, context));
    });
}
