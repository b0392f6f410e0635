/**
 * The name of the app that the current folder (or one above it) belongs to, out of its slipway.yaml.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { ConfigurationError } from '../../errors.ts';

export const CONFIG_FILE = 'slipway.yaml';

/** Undefined where there is no slipway.yaml. @throws ConfigurationError where it names no app */
export async function findAppName(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, CONFIG_FILE), 'utf8').catch(() => undefined);
  if (text !== undefined) return appNameIn(text, join(folder, CONFIG_FILE));
  const parent = dirname(folder);
  return parent === folder ? undefined : findAppName(parent);
}

/** Only the name is read here; the plan validates the rest, at the commit that is deployed. */
export function appNameIn(text: string, file: string): string {
  let config: unknown;
  try {
    config = parse(text);
  } catch (error) {
    throw new ConfigurationError(`${file} is not YAML: ${(error as Error).message}`, { cause: error });
  }
  const app = typeof config === 'object' && config !== null && 'app' in config ? config.app : undefined;
  if (typeof app === 'string' && app !== '') return app;
  throw new ConfigurationError(`${file} does not name the app`, { advice: 'Add a line `app: <name>`.' });
}

/** @throws ConfigurationError where neither the option nor a slipway.yaml names it */
export async function requireAppName(option: string | undefined, folder: string): Promise<string> {
  const app = option ?? (await findAppName(folder));
  if (app !== undefined) return app;
  throw new ConfigurationError(`which app? There is no ${CONFIG_FILE} here`, {
    advice:
      'Run the command in the app’s repository, or name it with --app. New here? slipway init writes one.',
  });
}
