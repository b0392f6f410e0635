import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSecrets } from '../../src/server/secrets.ts';

const LONG = 'correct-horse-battery-staple';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-secrets-'));
});
afterEach(() => rm(folder, { recursive: true }));

const file = async (content: string): Promise<string> => {
  const path = join(folder, 'secret');
  await writeFile(path, content);
  return path;
};
const texts = async (env: NodeJS.ProcessEnv): Promise<string[]> =>
  (await readSecrets(env)).map((secret) => secret.toString());

describe('the secrets of the webhook', () => {
  it('come from the environment or from files, the last line end aside', async () => {
    expect(await texts({ SLIPWAY_WEBHOOK_SECRET: LONG })).toEqual([LONG]);
    for (const end of ['', '\n', '\r\n'])
      expect(await texts({ SLIPWAY_WEBHOOK_SECRET_FILE: await file(`${LONG}${end}`) })).toEqual([LONG]);
    expect(await texts({ SLIPWAY_WEBHOOK_SECRET: ` ${LONG} ` })).toEqual([` ${LONG} `]);
  });

  it('are two while they are changed', async () => {
    expect(
      await texts({
        SLIPWAY_WEBHOOK_SECRET: LONG,
        SLIPWAY_WEBHOOK_SECRET_PREVIOUS_FILE: await file(`${LONG}-old`),
      }),
    ).toEqual([LONG, `${LONG}-old`]);
  });

  it.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['none', {}, /no webhook secret/],
    ['only an old one', { SLIPWAY_WEBHOOK_SECRET_PREVIOUS: LONG }, /no webhook secret/],
    ['an empty one', { SLIPWAY_WEBHOOK_SECRET: '' }, /holds 0 bytes/],
    ['a short one', { SLIPWAY_WEBHOOK_SECRET: 'x'.repeat(19) }, /holds 19 bytes/],
    [
      'a short old one',
      { SLIPWAY_WEBHOOK_SECRET: LONG, SLIPWAY_WEBHOOK_SECRET_PREVIOUS: 'x' },
      /PREVIOUS holds 1 bytes/,
    ],
    ['no file', { SLIPWAY_WEBHOOK_SECRET_FILE: '/nowhere/at/all' }, /FILE cannot be read: ENOENT/],
    [
      'one in two places',
      { SLIPWAY_WEBHOOK_SECRET: LONG, SLIPWAY_WEBHOOK_SECRET_FILE: '/x' },
      /which one is meant/,
    ],
  ])('%s: it does not begin', async (_what, env, message) => {
    await expect(readSecrets(env)).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringMatching(message),
    });
  });

  it('are never said in an error', async () => {
    const said = await readSecrets({ SLIPWAY_WEBHOOK_SECRET: 'hush-hush' }).catch(
      (error: Error) => `${error.message}${error.stack}`,
    );
    expect(said).not.toContain('hush-hush');
  });
});
