/**
 * What may come next on a command line, from the program itself: commands, options, choices, and names of slipway.yaml.
 * Pure, but for what it is handed.
 */
import type { Argument, Command, Option } from 'commander';
import type { NamesHere } from '../finding/names-here.ts';

export interface Candidate {
  readonly word: string;
  readonly description: string;
}

/**
 * @param words after `slipway`; the last one is being typed, and may be ''
 * @returns none where the shell should offer files
 */
export function complete(
  program: Command,
  words: readonly string[],
  names: Pick<NamesHere, 'environments' | 'services'> | undefined,
): readonly Candidate[] {
  const before = joinValues(words.slice(0, -1));
  const typed = words.at(-1) ?? '';
  const { command, operands, waiting, isAfterDashes } = walk(program, before);
  if (waiting !== undefined) return startingWith(typed, valuesOf(waiting));
  if (isAfterDashes) return startingWith(typed, argumentValues(command, operands, names));
  const [, flag = '', value] = /^(--[^=]+)=(.*)$/.exec(typed) ?? [];
  if (value !== undefined) {
    const option = findOption(command, flag);
    const values = option === undefined ? [] : valuesOf(option);
    return startingWith(value, values).map((each) => ({ ...each, word: `${flag}=${each.word}` }));
  }
  if (typed.startsWith('-')) return startingWith(typed, optionsOf(command));
  return startingWith(typed, [...commandsOf(command, operands), ...argumentValues(command, operands, names)]);
}

/** bash hands over `--output=js` in three words. */
function joinValues(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const word of words) {
    const last = joined.at(-1);
    const belongs = last !== undefined && (word === '=' || last.endsWith('='));
    if (belongs && last.startsWith('--')) joined[joined.length - 1] = last + word;
    else joined.push(word);
  }
  return joined;
}

interface Place {
  readonly command: Command;
  readonly operands: number;
  /** Option whose value comes next. */
  readonly waiting: Option | undefined;
  readonly isAfterDashes: boolean;
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  let operands = 0;
  let waiting: Option | undefined;
  let isAfterDashes = false;
  for (const word of words) {
    if (waiting !== undefined) waiting = undefined;
    else if (word === '--') isAfterDashes = true;
    else if (!isAfterDashes && word.startsWith('-')) {
      const option =
        word.includes('=') && !word.endsWith('=') ? undefined : findOption(command, word.replace(/=$/, ''));
      if (option?.required) waiting = option;
    } else {
      const next = operands === 0 ? command.commands.find((each) => each.name() === word) : undefined;
      if (next === undefined) operands += 1;
      else command = next;
    }
  }
  return { command, operands, waiting, isAfterDashes };
}

const findOption = (command: Command, flag: string): Option | undefined =>
  command.options.find(({ long, short }) => long === flag || short === flag);

const visible = (command: Command): ReturnType<Command['createHelp']> => command.createHelp();

const commandsOf = (command: Command, operands: number): readonly Candidate[] =>
  operands > 0
    ? []
    : visible(command)
        .visibleCommands(command)
        .map((each) => ({ word: each.name(), description: each.description() }));

const optionsOf = (command: Command): readonly Candidate[] =>
  visible(command)
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ word: long ?? short ?? '', description }));

const valuesOf = ({ argChoices = [] }: Option): readonly Candidate[] =>
  argChoices.map((word) => ({ word, description: '' }));

/** Of arguments that are called so in the commands. */
const FROM_NAMES: Readonly<Record<string, readonly ['environments' | 'services', string]>> = {
  environment: ['environments', 'environment'],
  release: ['environments', 'environment'],
  service: ['services', 'service'],
  // Of logs: a step or a service; steps are known to the release only.
  what: ['services', 'service'],
};

function argumentValues(
  command: Command,
  operands: number,
  names: Pick<NamesHere, 'environments' | 'services'> | undefined,
): readonly Candidate[] {
  const argument: Argument | undefined = command.registeredArguments[operands];
  if (argument === undefined) return [];
  if (argument.argChoices !== undefined) {
    return argument.argChoices.map((word) => ({ word, description: '' }));
  }
  const [section, description] = FROM_NAMES[argument.name()] ?? [];
  if (section === undefined || description === undefined) return [];
  return (names?.[section] ?? []).map((word) => ({ word, description }));
}

const startingWith = (typed: string, candidates: readonly Candidate[]): readonly Candidate[] =>
  candidates.filter(({ word }) => word !== '' && word.startsWith(typed));
