/**
 * What the app is probably called.
 */
import { basename } from 'node:path';
import { ConfigurationError } from '../../errors.ts';
import { originUrl } from '../finding/git.ts';
import { plain } from './image-names.ts';

/** @throws ConfigurationError where nothing gives it a name */
export async function guessApp(
  top: string,
  isGit: boolean,
): Promise<{ readonly app: string; readonly appGuess: string }> {
  const remote = isGit ? await originUrl(top) : undefined;
  const last =
    remote
      ?.replace(/[/\\]+$/, '')
      .split(/[/:\\]/)
      .at(-1)
      ?.replace(/\.git$/, '') ?? '';
  const sources = [
    { name: plain(last), from: 'the git remote' },
    { name: plain(basename(top)), from: 'the folder' },
  ];
  const chosen = sources.find(({ name }) => name !== '');
  if (chosen === undefined) {
    throw new ConfigurationError('what is the app called? Neither a git remote nor the folder says it', {
      advice: 'Name it with --app.',
    });
  }
  return { app: chosen.name, appGuess: `the name of ${chosen.from}` };
}
