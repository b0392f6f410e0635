import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, startHarness, webDefinition } from './harness.ts';

const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf';
let folder: string;
let ecs: Harness;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-secrets-'));
  ecs = await startHarness(undefined, { secretsFile: join(folder, 'secrets.json') });
});
afterEach(async () => {
  await ecs.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(valueFrom: string): Promise<void> {
  const [container] = webDefinition.containerDefinitions ?? [];
  await ecs.register({ containerDefinitions: [{ ...container, secrets: [{ name: 'SECRET', valueFrom }] }] });
  await ecs.call('RunTask', { taskDefinition: 'web' });
}

describe('secrets', () => {
  it.each([
    ['a whole secret', arn, 'plain', 'plain'],
    ['a field of a secret', `${arn}:user::`, '{"user":"me"}', 'me'],
    ['a parameter by name', '/app/password', 'pw', 'pw'],
  ])('%s comes from the local file', async (_what, valueFrom, stored, expected) => {
    const key = valueFrom.startsWith(arn) ? arn : valueFrom;
    await writeFile(join(folder, 'secrets.json'), JSON.stringify({ [key]: stored }));
    await run(valueFrom);
    await ecs.until('it runs', async () => ecs.runtime.specs.length === 1);
    expect(ecs.runtime.specs[0]?.environment.SECRET).toBe(expected);
  });

  it.each([
    [
      arn,
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*failed to fetch secret arn:.*ResourceNotFoundException/,
    ],
    [
      '/app/none',
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*invalid parameters: \/app\/none$/,
    ],
  ])('%s that is missing stops the task as Fargate does', async (valueFrom, reason) => {
    await run(valueFrom);
    await ecs.until(
      'STOPPED',
      async () => (await ecs.tasks({ desiredStatus: 'STOPPED' }))[0]?.lastStatus === 'STOPPED',
    );
    expect(await ecs.tasks({ desiredStatus: 'STOPPED' })).toMatchObject([
      { stopCode: 'TaskFailedToStart', stoppedReason: expect.stringMatching(reason) },
    ]);
    expect(ecs.runtime.calls).toEqual([]);
  });
});
