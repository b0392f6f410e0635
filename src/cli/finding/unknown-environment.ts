/**
 * A mistyped environment is found before anything is started, where the slipway.yaml here has one of nearly that name.
 * One that it does not have at all may be another commit's: that is for the plan to say.
 */
import type { Command } from 'commander';
import { shellWord } from '../../client/shell-word.ts';
import { didYouMean } from '../../config/did-you-mean.ts';
import { ConfigurationError } from '../../errors.ts';
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
  const path = commandPath(command);
  const near = didYouMean(typed, names.environments);
  const has =
    near === undefined ? `It has ${names.environments.join(', ')}` : `Did you mean ${near}? ${path} ${near}`;
  if (near === undefined && (!NO_PLAN.has(command.name()) || names.environments.length === 0)) return;
  throw new ConfigurationError(`there is no environment ${JSON.stringify(typed)} in ${names.file}`, {
    advice: `${has} – if another commit has it: ${path} ${shellWord(typed)} --app <name>`,
  });
}

/** For an error that says that there is no such release: the environment that may have been meant. */
export async function suggestEnvironment(command: Command, folder: string): Promise<string | undefined> {
  const typed = typedFor(command, ENVIRONMENT_OR_ID) ?? typedFor(command, ENVIRONMENT);
  if (typed === undefined || typed.includes('/')) return undefined;
  const names = await namesHere(folder);
  if (names === undefined || names.environments.includes(typed)) return undefined;
  const near = didYouMean(typed, names.environments);
  return near === undefined ? undefined : `Did you mean ${near}? ${commandPath(command)} ${near}`;
}

/** What was typed, as against a default. */
function typedFor(command: Command, name: string): string | undefined {
  const index = command.registeredArguments.findIndex((argument) => argument.name() === name);
  const { args } = command;
  // `show 7` leaves its environment out.
  if (index === -1 || (command.name() === 'show' && args.length < 2)) return undefined;
  return args[index];
}

function commandPath(command: Command): string {
  const names: string[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) names.unshift(each.name());
  return names.join(' ');
}
