/**
 * The webhook's secrets: out of files or the environment, never of arguments, which every user of a machine may read.
 * Two of them, so that one can take the other's place without a lost delivery.
 */
import { readFile } from 'node:fs/promises';
import { ConfigurationError } from '../errors.ts';

/** `openssl rand -hex 32` is 64 long. */
const SHORTEST = 20;

const NAME = 'SLIPWAY_WEBHOOK_SECRET';

/** The one that is meant to be used first. Errors: `ConfigurationError`. */
export async function readSecrets(env: NodeJS.ProcessEnv): Promise<readonly Buffer[]> {
  const current = await readSecret(env, NAME);
  if (current === undefined) {
    throw new ConfigurationError('there is no webhook secret: without one anybody could start a release', {
      advice: `Make one (openssl rand -hex 32 > secret), name the file in ${NAME}_FILE, and give GitHub the same one.`,
    });
  }
  const previous = await readSecret(env, `${NAME}_PREVIOUS`);
  return previous === undefined ? [current] : [current, previous];
}

async function readSecret(env: NodeJS.ProcessEnv, name: string): Promise<Buffer | undefined> {
  const [value, file] = [env[name], env[`${name}_FILE`]];
  if (value !== undefined && file !== undefined) {
    throw new ConfigurationError(`both ${name} and ${name}_FILE are set: which one is meant?`);
  }
  if (file !== undefined) return checked(await contentOf(file, name), `the file of ${name}_FILE`);
  return value === undefined ? undefined : checked(value, name);
}

const contentOf = async (file: string, name: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(`${name}_FILE cannot be read: ${code}`, { cause: error });
  }
};

/** Editors and `echo` end a file with a line end, which is not part of it. */
function checked(text: string, where: string): Buffer {
  const secret = Buffer.from(text.replace(/\r?\n$/, ''));
  if (secret.length >= SHORTEST) return secret;
  throw new ConfigurationError(`${where} holds ${secret.length} bytes: a secret that can be guessed`, {
    advice: `At least ${SHORTEST} are asked for: openssl rand -hex 32`,
  });
}
