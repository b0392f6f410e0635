/**
 * Lines that GitHub's runner takes as commands (actions/runner, ActionCommand.cs). Only this file makes them; whatever
 * else is printed goes through `inert` or stands between stop-commands.
 */
import { randomUUID } from 'node:crypto';
import { cut, oneLine } from '../render/sanitize.ts';

export type AnnotationLevel = 'error' | 'warning' | 'notice';

export interface Annotation {
  readonly level: AnnotationLevel;
  readonly title: string;
  readonly message: string;
}

/** GitHub shows the first lines of it, and no more than ten of a level for each step. */
const LONGEST_MESSAGE = 2_000;
const LONGEST_TITLE = 200;

export const inGitHubActions = (env: NodeJS.ProcessEnv): boolean => env.GITHUB_ACTIONS === 'true';

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** Of a message each line is made safe by itself, so that it keeps its lines. */
export const annotation = ({ level, title, message }: Annotation): string => {
  const lines = message.split('\n').map(oneLine).filter(Boolean).join('\n');
  return `::${level} title=${escapeProperty(cut(oneLine(title), LONGEST_TITLE))}::${escapeData(cut(lines, LONGEST_MESSAGE))}`;
};

export const groupStart = (title: string): string => `::group::${escapeData(oneLine(title))}`;
export const GROUP_END = '::endgroup::';

/**
 * From now on the runner prints `***` for it, line by line, as it compares line by line. For the log itself only: where
 * our output may end up in a file, this would be what gives it away.
 */
export const masks = (secret: string): string[] =>
  secret
    .split(/\r\n|[\r\n]/)
    .filter((line) => line.trim().length >= SHORTEST_SECRET)
    .map((line) => `::add-mask::${escapeData(line)}`);

/** What is shorter occurs by chance, and half of the log would be stars. */
const SHORTEST_SECRET = 6;

/** Between these nothing is a command, whatever it says: the token is not to be guessed. */
export const withoutCommands = (text: string, token: string = randomUUID()): string =>
  `::stop-commands::${token}\n${text.trimEnd()}\n::${token}::`;
