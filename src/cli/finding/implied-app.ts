/** Which app a command without `--app` is about, where the reader stands. */
import type { Command } from 'commander';
import { findAppName } from './app-name.ts';

/** Null: none; or the reader has named one, and has to name it again. */
export async function impliedApp(command: Command, folder: string): Promise<string | null> {
  const hasApp = command.options.some(({ long }) => long === '--app');
  if (!hasApp || command.getOptionValueSource('app') === 'cli') return null;
  return (await findAppName(folder).catch(() => undefined)) ?? null;
}
