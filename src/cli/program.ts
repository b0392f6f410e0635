/**
 * The commands of `slipway`. Their modules are light; what does the work is imported when a command runs,
 * so that `--help` and mistakes are answered at once.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addChecksCommand } from './commands/checks.ts';
import { addCompletionCommands } from './commands/completion.ts';
import { addDeployCommand } from './commands/deploy.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addEnvironmentCommands } from './commands/environment.ts';
import { addGcCommand } from './commands/gc.ts';
import { addHelpCommands } from './commands/help.ts';
import { addInitCommand } from './commands/init.ts';
import { addLocalCommands } from './commands/local.ts';
import { addLogsCommand } from './commands/logs.ts';
import { addOperateCommands } from './commands/operate.ts';
import { addPlanCommand } from './commands/plan.ts';
import { addRollbackCommand } from './commands/rollback.ts';
import { addServeCommand } from './commands/serve.ts';
import { addWatchCommand } from './commands/watch.ts';
import { addWhyCommand } from './commands/why.ts';
import { addWorkerCommands } from './commands/worker.ts';
import type { RenderOptions } from './render/style.ts';
import { fitted } from './render/wrap.ts';
import type { Terminal } from './terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  readonly cwd: string;
  /** How the command ended; 0 unless it says otherwise. */
  readonly exit: (code: number) => void;
}

/** Read where the terminal is made (main.ts); here it is only known, before and after the command's name. */
export const NO_COLOR_FLAG = '--no-color';

export function createProgram(context: CommandContext): Command {
  const program = new Command('slipway')
    .description(
      'Durable deployments to Amazon ECS: test, build, push, deploy, wait until stable, health check.',
    )
    .exitOverride()
    .addHelpText('after', EXAMPLES)
    .configureOutput({
      writeOut: (text) => context.terminal.result(helpText(text, context.terminal.resultStyle)),
      writeErr: (text) => context.terminal.progress(fitted(text.trimEnd(), context.terminal.progressStyle)),
      getOutHelpWidth: () => Math.min(context.terminal.resultStyle.width, 100),
    })
    .version(version())
    .option(NO_COLOR_FLAG, 'no colours, as with NO_COLOR=1');
  program.commandsGroup('Start and watch releases:');
  addPlanCommand(program, context);
  addDeployCommand(program, context);
  addChecksCommand(program, context);
  addWatchCommand(program, context);
  addWhyCommand(program, context);
  addLogsCommand(program, context);
  program.commandsGroup('Steer them:');
  addOperateCommands(program, context);
  addRollbackCommand(program, context);
  program.commandsGroup('Environments:');
  addEnvironmentCommands(program, context);
  addGcCommand(program, context);
  program.commandsGroup('Set up and run:');
  addInitCommand(program, context);
  addDoctorCommand(program, context);
  addLocalCommands(program, context);
  addWorkerCommands(program, context);
  addServeCommand(program, context);
  addCompletionCommands(program, context);
  addHelpCommands(program);
  pointToHelp(program);
  return program;
}

const EXAMPLES = `
Examples:
  slipway init                    write slipway.yaml, once
  slipway deploy                  HEAD of this repository, to production
  slipway why production          how the last release ended that did not succeed
  slipway rollback production     back to the release before`;

/** The lines of a paragraph, broken where the terminal ends and not where they were written. */
const helpText = (text: string, options: RenderOptions): string =>
  options.wrap ? fitted(text.replaceAll(/(?<=^\S.{89,})\n(?=\S)/gm, ' '), options) : text;

/** After a mistake: the help of the command that it was made in. */
function pointToHelp(command: Command, path: string = command.name()): void {
  command.showHelpAfterError(`(${path} --help shows what there is)`);
  for (const each of command.commands) pointToHelp(each, `${path} ${each.name()}`);
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
