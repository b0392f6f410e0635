/**
 * Entry of the CLI: runs the command, and maps whatever comes of it to an exit code.
 */
import { CommanderError } from 'commander';
import { EXIT } from './exit-codes.ts';
import { createProgram, NO_COLOR_FLAG } from './program.ts';
import { reportError } from './report-error.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/** `argv` as of process.argv: the first two are node and the program. */
export async function main(
  argv: readonly string[],
  terminal: Terminal = processTerminal(environmentFor(argv)),
  cwd: string = process.cwd(),
): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram({
    terminal,
    cwd,
    exit: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    // Commander has said it already: help and version end well, anything else is a usage error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportError(error, terminal);
  }
}

/** Known before the command is: what is wrong with it is said without colour, too. */
const environmentFor = (argv: readonly string[]): NodeJS.ProcessEnv =>
  argv.includes(NO_COLOR_FLAG) ? { ...process.env, NO_COLOR: '1' } : process.env;
