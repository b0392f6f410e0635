/**
 * `slipway pause`, `resume`, `abort`, … : what people can say to a running release, one row each; `rollback` may start one
 * and has a file of its own.
 */
import type { Command } from 'commander';
import type { OperatorAction } from '../../release/operator.ts';
import type { CommandContext } from '../program.ts';
import { addOutputOptions, type OutputOptions } from './output-options.ts';
import { parseDuration } from './parse-options.ts';

export interface OperateOptions extends OutputOptions {
  readonly app?: string;
  readonly reason?: string;
  readonly who?: string;
  /** Milliseconds. */
  readonly for?: number;
}

interface Row {
  readonly action: OperatorAction;
  readonly description: string;
  readonly more?: (command: Command) => Command;
}

const ROWS: readonly Row[] = [
  {
    action: 'pause',
    description: 'hold a release before its next change; a rolling update that has begun goes on',
    more: (command) =>
      command.option('--for <duration>', 'go on by itself after so long: 90s, 10m, 1h30m', parseDuration),
  },
  { action: 'resume', description: 'let a paused release go on' },
  {
    action: 'abort',
    description: 'end a release: before the first change nothing happens, after it it rolls back',
  },
  { action: 'approve', description: 'say yes to a release that waits for an approval' },
  { action: 'deny', description: 'say no to a release that waits for an approval' },
  { action: 'retry', description: 'of a stuck rollback: try again now' },
  {
    action: 'skip',
    description: 'of a stuck rollback: leave one service as it is',
    more: (command) => command.argument('<service>', 'as slipway.yaml calls it'),
  },
  {
    action: 'give-up',
    description: 'of a stuck rollback: leave what is stuck now as it is',
  },
];

const HELP = `
The release answers at once. Exit codes: 0 it takes it · 2 which release? · 6 it says no, and why · 7 nobody answers`;

export function addOperateCommands(program: Command, context: CommandContext): void {
  for (const { action, description, more = (command: Command) => command } of ROWS) {
    const command = program
      .command(action)
      .description(description)
      .argument('<release>', 'environment (its only running release), or workflow id');
    addOutputOptions(more(command))
      .option('--app <name>', 'app; default: the one of ./slipway.yaml')
      .option('--reason <text>', 'why; kept in the report')
      .option('--who <name>', 'who says so; default: you')
      .addHelpText('after', HELP)
      .action(async (release: string, ...rest: unknown[]) => {
        const { operateRelease } = await import('../operate.ts');
        // Commander hands over the further arguments, then the options, then the command.
        const service = action === 'skip' ? String(rest[0]) : undefined;
        const options = rest.at(-2) as OperateOptions;
        context.exit(await operateRelease(action, release, { ...options, service }, context));
      });
  }
}
