/**
 * `slipway plan`: what a release of a commit would do, and whether it would be let begin.
 */
import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { addOutputOptions, type OutputOptions } from './output-options.ts';
import { DEFAULT_ENVIRONMENT } from './parse-options.ts';
import { addReleaseOptions, type ReleaseOptions } from './release-options.ts';

export interface PlanOptions extends ReleaseOptions, OutputOptions {}

const EXIT_CODES_HELP = `
Nothing is changed: not in ECS, not in the registry, not in the queue of the environment.

Exit codes: 0 the release would be let begin · 1 it could not be looked at · 2 usage or configuration
            5 a newer commit would supersede it · 6 it would be refused · 7 no connection, or no worker`;

const SAID = 'as if it was said to deploy';
const AS_OF_DEPLOY = { allowOlder: SAID, force: SAID, overrideFreeze: SAID };

export function addPlanCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('plan')
    .description('what a release of a commit would do, and whether it would be let begin; changes nothing')
    .argument('[environment]', 'where to', DEFAULT_ENVIRONMENT);
  addReleaseOptions(command, AS_OF_DEPLOY)
    .option('--app <name>', 'app; default: the one of ./slipway.yaml')
    .addHelpText('after', EXIT_CODES_HELP);
  addOutputOptions(command).action(async (environment: string, options: PlanOptions) => {
    const { plan } = await import('../plan.ts');
    context.exit(await plan(environment, options, context));
  });
}
