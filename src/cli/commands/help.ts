/**
 * `slipway help …`: the help of a command, of a command of a command too; Commander's own one takes a single word, and
 * one that it does not know for no mistake.
 */
import type { Command } from 'commander';
import { didYouMean } from '../../config/did-you-mean.ts';
import { oneLine } from '../render/sanitize.ts';

export function addHelpCommands(program: Command): void {
  for (const command of program.commands) if (command.commands.length > 0) addHelpCommands(command);
  program
    .helpCommand(false)
    .command('help')
    .description('the help of a command')
    .argument('[command...]')
    .usage('[command]')
    .action((words: readonly string[]) => commandNamed(program, words).help());
}

function commandNamed(top: Command, words: readonly string[]): Command {
  let found = top;
  for (const word of words) {
    const next = found.commands.find((each) => each.name() === word);
    if (next === undefined) return unknown(found, word);
    found = next;
  }
  return found;
}

function unknown(command: Command, word: string): never {
  const names = command
    .createHelp()
    .visibleCommands(command)
    .map((each) => each.name());
  const near = didYouMean(word, names);
  return command.error(
    `error: unknown command '${oneLine(word)}'${near === undefined ? '' : `\n(Did you mean ${near}?)`}`,
    { code: 'commander.unknownCommand' },
  );
}
