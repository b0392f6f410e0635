/**
 * `slipway logs`: what a step has written, and what the containers of a service write.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../program.ts';
import { addOutputOptions, type OutputOptions } from './output-options.ts';
import { DEFAULT_ENVIRONMENT, parseDuration, parseRelease } from './parse-options.ts';

export interface LogsOptions extends OutputOptions {
  readonly app?: string;
  readonly step?: string;
  readonly service?: string;
  /** Number or commit. */
  readonly release?: number | string;
  readonly follow?: boolean;
  readonly tail?: number | 'all';
  /** Milliseconds. */
  readonly since?: number;
  readonly timestamps?: boolean;
}

const HELP = `
Without a step or a service: which there are. A step's log can be read while it runs; with --follow it ends with the
step. That of a service goes on until Ctrl+C, through every rollout.

  slipway logs production build:api          the last lines of a build
  slipway logs production api --follow       what the service's containers write, task by task
  slipway logs production --release 12 check:unit

Log lines go to stdout, everything else to stderr. Ctrl+C ends a --follow with 130; the release goes on.

Exit codes: 0, whatever became of the step · 1 it cannot be read · 2 there is no such log · 7 nobody answers
            130 --follow was ended`;

export function addLogsCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('logs')
    .description('what a step has written, or what the containers of a service write')
    .argument(
      '[release]',
      `environment, or workflow id; default: the newest release of ${DEFAULT_ENVIRONMENT}`,
    )
    .argument('[what]', 'a step (build:api), or a service (api)')
    .addOption(new Option('--step <step>', 'a step, whatever else has that name').conflicts('service'))
    .option('--service <service>', 'a service, whatever else has that name')
    .option(
      '--release <release>',
      'an earlier one of the environment: its number, or its commit',
      parseRelease,
    )
    .option('-f, --follow', 'go on with what is written from now on')
    .option(
      '--tail <lines>',
      'the last so many lines, or all; default: 500 of a step, 100 of each task',
      parseTail,
    )
    .option('--since <duration>', 'of a service: what is not older than 90s, 10m, 1h30m', parseDuration)
    .option('--timestamps', 'of a service: the time before each line')
    .option('--app <name>', 'app; default: the one of ./slipway.yaml')
    .addHelpText('after', HELP);
  addOutputOptions(command, {
    also: 'ndjson',
    what: 'what stdout gets; of log lines, json is one object a line, as ndjson is',
  }).action(async (first: string | undefined, second: string | undefined, options: LogsOptions) => {
    const { logs } = await import('../logs.ts');
    context.exit(await logs(first, second, options, context));
  });
}

function parseTail(text: string): number | 'all' {
  if (text === 'all') return text;
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('Expected a number of lines, or all.');
  return Number(text);
}
