/**
 * `slipway status`, `history`, `show`, `freeze`, `unfreeze`: an environment, beyond a single release.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readTarget } from '../../release/requests/rollback-request.ts';
import type { CommandContext } from '../program.ts';
import { addOutputOptions, type OutputOptions } from './output-options.ts';
import { DEFAULT_ENVIRONMENT, parseDuration, parseMoment } from './parse-options.ts';

export interface AboutOptions extends OutputOptions {
  readonly app?: string;
}

export interface StatusOptions extends AboutOptions {
  /** False: `--no-ecs`. */
  readonly ecs: boolean;
}

export interface HistoryOptions extends AboutOptions {
  readonly all?: boolean;
  readonly limit?: number;
  readonly before?: number;
}

type ShowArguments = [
  first: string | undefined,
  second: string | undefined,
  options: AboutOptions,
  command: Command,
];

export interface FreezeOptions extends AboutOptions {
  readonly reason: string;
  readonly who?: string;
  readonly until?: string;
  /** Milliseconds. */
  readonly for?: number;
}

const READS = '\nExit codes: 0 · 2 no such environment, or no such release there · 7 nobody answers';

const STEERS = '\nExit codes: 0 · 2 usage, or no such environment · 6 it says no, and why · 7 nobody answers';

export function addEnvironmentCommands(program: Command, context: CommandContext): void {
  about(program.command('status'), 'who has the turn, who waits, what serves, what has drifted')
    .option('--no-ecs', 'do not ask ECS how the services stand')
    .addHelpText('after', READS)
    .action(async (environment: string, options: StatusOptions) => {
      const { status } = await import('../environment.ts');
      context.exit(await status(environment, options, context));
    });
  about(program.command('history'), 'the releases of an environment: the last 50, or as many as you like')
    .option('--limit <n>', 'so many, by their numbers, the newest first', parseNumber)
    .option('--before <number>', 'those before that release; 50 unless you say how many', parseNumber)
    .option('--all', 'every one there ever was')
    .addHelpText('after', READS)
    .action(async (environment: string, options: HistoryOptions) => {
      const { history } = await import('../environment.ts');
      context.exit(await history(environment, options, context));
    });
  addOutputOptions(program.command('show'))
    .description('one release of an environment, of whatever time')
    .usage('[options] [environment] <release>')
    .argument('[environment]', `default: ${DEFAULT_ENVIRONMENT}`)
    .argument('[release]', 'its number, or (7 to 40 digits of) its commit')
    .option('--app <name>', 'app; default: the one of ./slipway.yaml')
    .addHelpText('after', READS)
    .action(async (...[first, second, options, command]: ShowArguments) => {
      const isAlone = second === undefined;
      const named = isAlone ? first : second;
      const release = readTarget(named);
      if (release === undefined) {
        return command.error(
          named === undefined
            ? "error: missing required argument 'release'"
            : `error: '${named}' is no release. Expected its number, or 7 to 40 digits of its commit.`,
        );
      }
      const { show } = await import('../environment.ts');
      const environment = isAlone || first === undefined ? DEFAULT_ENVIRONMENT : first;
      context.exit(await show(environment, release, options, context));
    });
  addOutputOptions(program.command('freeze'))
    .description('let nothing be deployed to an environment, but rollbacks')
    .argument('<environment>')
    .requiredOption('--reason <text>', 'why: everyone reads it who is refused')
    .option(
      '--until <time>',
      'its end, with a zone: 2026-11-30T08:00+01:00; default: slipway unfreeze',
      parseMoment,
    )
    .addOption(
      new Option('--for <duration>', 'or so long from now: 90m, 12h, up to a week')
        .argParser(parseDuration)
        .conflicts('until'),
    )
    .option('--who <name>', 'who says so; default: you')
    .option('--app <name>', 'app; default: the one of ./slipway.yaml')
    .addHelpText('after', `\nA release that has the turn already goes on.\n${STEERS}`)
    .action(async (environment: string, options: FreezeOptions) => {
      const { freeze } = await import('../environment.ts');
      context.exit(await freeze(environment, options, context));
    });
  addOutputOptions(program.command('unfreeze'))
    .description('end a freeze; those of slipway.yaml go on')
    .argument('<environment>')
    .option('--app <name>', 'app; default: the one of ./slipway.yaml')
    .addHelpText('after', STEERS)
    .action(async (environment: string, options: AboutOptions) => {
      const { unfreeze } = await import('../environment.ts');
      context.exit(await unfreeze(environment, options, context));
    });
}

const about = (command: Command, description: string): Command =>
  addOutputOptions(
    command
      .description(description)
      .argument('[environment]', 'which', DEFAULT_ENVIRONMENT)
      .option('--app <name>', 'app; default: the one of ./slipway.yaml'),
  );

function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a number: 1, 2, …');
  return Number(text);
}
