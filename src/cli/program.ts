/**
 * The commands of `slipway`. Their modules are light; what does the work is imported when a command runs,
 * so that `--help` and mistakes are answered at once.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addDeployCommand } from './commands/deploy.ts';
import { addEnvironmentCommands } from './commands/environment.ts';
import { addGcCommand } from './commands/gc.ts';
import { addLocalCommands } from './commands/local.ts';
import { addOperateCommands } from './commands/operate.ts';
import { addPlanCommand } from './commands/plan.ts';
import { addRollbackCommand } from './commands/rollback.ts';
import { addWatchCommand } from './commands/watch.ts';
import { addWhyCommand } from './commands/why.ts';
import { addWorkerCommands } from './commands/worker.ts';
import type { Terminal } from './terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  readonly cwd: string;
  /** How the command ended; 0 unless it says otherwise. */
  readonly exit: (code: number) => void;
}

export function createProgram(context: CommandContext): Command {
  const program = new Command('slipway')
    .description(
      'Durable deployments to Amazon ECS: test, build, push, deploy, wait until stable, health check.',
    )
    .exitOverride()
    .showHelpAfterError('(slipway --help shows what there is)')
    .configureOutput({
      writeOut: (text) => context.terminal.result(text),
      writeErr: (text) => context.terminal.progress(text.trimEnd()),
      getOutHelpWidth: () => Math.min(context.terminal.resultStyle.width, 100),
    })
    .version(version());
  addPlanCommand(program, context);
  addDeployCommand(program, context);
  addWatchCommand(program, context);
  addWhyCommand(program, context);
  addOperateCommands(program, context);
  addRollbackCommand(program, context);
  addEnvironmentCommands(program, context);
  addGcCommand(program, context);
  addLocalCommands(program, context);
  addWorkerCommands(program, context);
  return program;
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
