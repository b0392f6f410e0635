/**
 * Entry of the CLI: runs the command, and maps whatever comes of it to an exit code.
 */
import { type Command, CommanderError } from 'commander';
import { EXIT } from './exit-codes.ts';
import { createProgram, NO_COLOR_FLAG } from './program.ts';
import { reportError } from './report-error.ts';
import { forReader, processTerminal, type Terminal } from './terminal.ts';

/** `argv` as of process.argv: the first two are node and the program. */
export async function main(
  argv: readonly string[],
  terminal: Terminal = processTerminal(environmentFor(argv)),
  cwd: string = process.cwd(),
): Promise<number> {
  let exitCode: number = EXIT.ok;
  const context = {
    terminal,
    cwd,
    exit: (code: number): void => {
      exitCode = code;
    },
  };
  const program = createProgram(context);
  let running: Command | undefined;
  program.hook('preAction', async (_program, command) => {
    running = command;
    const { assertEnvironmentNotMistyped } = await import('./finding/unknown-environment.ts');
    const { impliedApp } = await import('./finding/implied-app.ts');
    await assertEnvironmentNotMistyped(command, cwd);
    context.terminal = forReader(terminal, await impliedApp(command, cwd));
  });
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    // Commander has said it already: help and version end well, anything else is a usage error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportError(error, terminal, await suggestionFor(error, running, cwd));
  }
}

/** Known before the command is: what is wrong with it is said without colour, too. */
const environmentFor = (argv: readonly string[]): NodeJS.ProcessEnv =>
  argv.includes(NO_COLOR_FLAG) ? { ...process.env, NO_COLOR: '1' } : process.env;

/** A release that is not there may be a mistyped environment. */
async function suggestionFor(
  error: unknown,
  command: Command | undefined,
  cwd: string,
): Promise<string | undefined> {
  if (command === undefined || !(error instanceof Error) || error.name !== 'ReleaseNotFound')
    return undefined;
  const { suggestEnvironment } = await import('./finding/unknown-environment.ts');
  return suggestEnvironment(command, cwd);
}
