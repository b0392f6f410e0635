/**
 * `slipway gc`: task definitions that nothing refers to any more.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { MOST_KEPT } from '../../release/requests/gc-request.ts';
import type { CommandContext } from '../program.ts';
import { addOutputOptions, type OutputOptions } from './output-options.ts';
import { parseDuration } from './parse-options.ts';

export interface GcOptions extends OutputOptions {
  readonly app?: string;
  readonly keep?: number;
  /** Milliseconds. */
  readonly minAge?: number;
  readonly dryRun?: boolean;
}

const HELP = `
What stays: all that a service or a task of the cluster has, what the last good releases and releases under way need,
what is younger than a day, and everything that this environment's releases have not registered themselves.
What is deregistered can be brought back: what runs of it runs on, and a rollback to it registers a copy.

Exit codes: 0 · 1 it failed · 2 usage · 6 a release has the turn, or took it meanwhile · 7 nobody answers`;

export function addGcCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('gc')
    .description('deregister task definitions of an environment that nothing refers to')
    .argument('<environment>')
    .option(
      '--keep <n>',
      'good releases before the one that serves; default: keep.releases of slipway.yaml',
      parseKeep,
    )
    .option('--min-age <duration>', 'younger ones stay: 90m, 48h; default: 24h', parseDuration)
    .option('--dry-run', 'only tell what would be deregistered')
    .option('--app <name>', 'app; default: the one of ./slipway.yaml')
    .addHelpText('after', HELP);
  addOutputOptions(command).action(async (environment: string, options: GcOptions) => {
    const { gc } = await import('../gc.ts');
    context.exit(await gc(environment, options, context));
  });
}

function parseKeep(text: string): number {
  const keep = Number(text);
  if (!/^\d+$/.test(text) || keep > MOST_KEPT) {
    throw new InvalidArgumentError(`Expected a number of releases: 0 to ${MOST_KEPT}.`);
  }
  return keep;
}
