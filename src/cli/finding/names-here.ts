/**
 * The names that the slipway.yaml of this folder, or of one above it, has: for completion and for suggestions. Read without
 * judgement, as a file that is wrong is the plan's to report.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CONFIG_FILE } from './app-name.ts';

export interface NamesHere {
  readonly file: string;
  readonly environments: readonly string[];
  readonly services: readonly string[];
}

const LONGEST_TEXT = 1024 * 1024;

/** Names that no shell and no terminal reads anything into: the rules of src/config/fields.ts. */
const isName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(name);

export async function namesHere(folder: string): Promise<NamesHere | undefined> {
  const file = join(folder, CONFIG_FILE);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    const parent = dirname(folder);
    return parent === folder ? undefined : namesHere(parent);
  }
  const { parse } = await import('yaml');
  try {
    const content = text.length > LONGEST_TEXT ? undefined : (parse(text, { merge: true }) as unknown);
    return { file, environments: keysOf(content, 'environments'), services: keysOf(content, 'services') };
  } catch {
    return undefined;
  }
}

function keysOf(content: unknown, section: 'environments' | 'services'): readonly string[] {
  const value =
    typeof content === 'object' && content !== null
      ? (content as Readonly<Record<string, unknown>>)[section]
      : undefined;
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMapping ? Object.keys(value).filter(isName) : [];
}
