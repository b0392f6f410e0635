/**
 * Work of `slipway local reset`: asks, resets, and says what is gone.
 */
import { relative, resolve } from 'node:path';
import { type Content, cloudContents } from '../local/stack/cloud-contents.ts';
import { reset } from '../local/stack/reset.ts';
import type { FolderOption } from './commands/local.ts';
import { canAsk, confirm } from './confirm.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { progressLine } from './local.ts';
import type { CommandContext } from './program.ts';

export async function localReset(
  options: FolderOption & { readonly yes?: boolean },
  { cwd, terminal }: CommandContext,
): Promise<ExitCode> {
  const folder = resolve(cwd, options.folder);
  const contents = await cloudContents(folder);
  if (contents.length > 0 && !options.yes && canAsk()) {
    const question = `Remove ${listed(contents)}, and all their containers, from the local AWS in ${shown(folder, cwd)}?`;
    if (!(await confirm(question))) {
      terminal.progress('nothing was changed');
      return EXIT.failed;
    }
  }
  const startedAtMs = Date.now();
  const result = await reset({
    folder,
    env: terminal.env,
    onProgress: (event) => terminal.progress(progressLine(event, Date.now() - startedAtMs)),
  });
  if (!result.existed) {
    terminal.progress(`nothing to reset: there is no local instance in ${folder}`);
    return EXIT.ok;
  }
  const removed = [...result.removed, { what: 'container', count: result.containers }];
  const gone = removed.filter(({ count }) => count > 0);
  terminal.result(gone.length === 0 ? 'the local AWS was empty' : `removed ${listed(gone)}`);
  terminal.progress(
    result.running
      ? 'it runs, empty, with the addresses and credentials that it had'
      : 'it does not run; the next `slipway local up` has the addresses and credentials that it had',
  );
  return EXIT.ok;
}

const shown = (folder: string, cwd: string): string => relative(cwd, folder) || folder;

/** `2 services, 1 repository` */
const listed = (contents: readonly Content[]): string =>
  contents.map(({ what, count }) => `${count} ${count === 1 ? what : plural(what)}`).join(', ');

const plural = (word: string): string => `${word}s`.replace(/ys$/, 'ies');
