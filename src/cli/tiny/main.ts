/** Entry of `slipway-client`: runs the command, and maps whatever comes of it to an exit code. */
import { CommanderError } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { actionTerminal } from '../github-actions/action.ts';
import { reportError } from '../report-error.ts';
import { processTerminal, type Terminal } from '../terminal.ts';
import { createTinyProgram } from './program.ts';

/** `argv` as of process.argv: the first two are node and the program. */
export async function tinyMain(
  argv: readonly string[],
  terminal: Terminal = argv[2] === 'action' ? actionTerminal() : processTerminal(),
  cwd: string = process.cwd(),
): Promise<number> {
  let exitCode: number = EXIT.ok;
  const exit = (code: number): void => {
    exitCode = code;
  };
  try {
    await createTinyProgram({ terminal, cwd, exit }).parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportError(error, terminal);
  }
}
