/**
 * A mistyped environment is found before anything is started, where the slipway.yaml here has one of nearly that name.
 * One that it does not have at all may be another commit's: that is for the plan to say.
 */
import type { Command } from 'commander';
import { didYouMean } from '../../config/did-you-mean.ts';
import { ConfigurationError } from '../../errors.ts';
import { shellWord } from '../../release/shell-word.ts';
import { findAppName } from './app-name.ts';
import { namesHere } from './names-here.ts';

/** Arguments of these names stand for an environment; those of the second also for a workflow id, which may be anything. */
const ENVIRONMENT = 'environment';
const ENVIRONMENT_OR_ID = 'release';

/**
 * Of these no plan finds out that there is no such environment: a freeze would hold nothing, and whoever froze `prod` would
 * believe that `production` is frozen.
 */
const NO_PLAN: ReadonlySet<string> = new Set(['freeze', 'unfreeze']);

/** @throws ConfigurationError that names the near one */
export async function assertEnvironmentNotMistyped(command: Command, folder: string): Promise<void> {
  // Of an app that somebody names, this folder need not know anything.
  if (command.getOptionValueSource('app') === 'cli') return;
  const typed = typedFor(command, ENVIRONMENT);
  if (typed === undefined || typed.includes('/')) return;
  const names = await namesHere(folder);
  if (names === undefined || names.environments.includes(typed)) return;
  const near = didYouMean(typed, names.environments);
  const has =
    near === undefined
      ? `It has ${names.environments.join(', ')}`
      : `Did you mean ${near}? ${again(command, typed, near)}`;
  if (near === undefined && (!NO_PLAN.has(command.name()) || names.environments.length === 0)) return;
  throw new ConfigurationError(`there is no environment ${JSON.stringify(typed)} in ${names.file}`, {
    advice: `${has} – if another commit has it: ${again(command, typed, typed)} --app ${await appHere(folder)}`,
  });
}

/** For an error that says that there is no such release: the environment that may have been meant. */
export async function suggestEnvironment(command: Command, folder: string): Promise<string | undefined> {
  const typed = typedFor(command, ENVIRONMENT_OR_ID) ?? typedFor(command, ENVIRONMENT);
  if (typed === undefined || typed.includes('/')) return undefined;
  const names = await namesHere(folder);
  if (names === undefined || names.environments.includes(typed)) return undefined;
  const near = didYouMean(typed, names.environments);
  return near === undefined ? undefined : `Did you mean ${near}? ${again(command, typed, near)}`;
}

/** What was typed, as against a default. */
function typedFor(command: Command, name: string): string | undefined {
  const index = command.registeredArguments.findIndex((argument) => argument.name() === name);
  const { args } = command;
  // `show 7` leaves its environment out.
  if (index === -1 || (command.name() === 'show' && args.length < 2)) return undefined;
  return args[index];
}

/** What was typed, with another word for the mistyped one: to be pasted. */
function again(command: Command, typed: string, meant: string): string {
  let top: Command & { readonly rawArgs?: readonly string[] } = command;
  while (top.parent !== null) top = top.parent;
  const words = (top.rawArgs ?? []).slice(2);
  const index = words.indexOf(typed, words.indexOf(command.name()) + 1);
  return [top.name(), ...words.with(index, meant)].map(shellWord).join(' ');
}

/** With the app named, what the slipway.yaml here has does not count. */
const appHere = async (folder: string): Promise<string> => {
  const app = await findAppName(folder).catch(() => undefined);
  return app === undefined ? '<name>' : shellWord(app);
};
