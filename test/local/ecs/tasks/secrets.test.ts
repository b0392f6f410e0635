import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, startHarness, webDefinition } from '../harness.ts';

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

const parameter = 'arn:aws:ssm:us-east-1:000000000000:parameter';
const short = arn.slice(0, -7);

describe('secrets', () => {
  it.each([
    ['a whole secret', arn, { [arn]: 'plain' }, 'plain'],
    ['a secret whose ARN leaves out the random characters', short, { [arn]: 'plain' }, 'plain'],
    ['a secret that is stored without them', arn, { [short]: 'plain' }, 'plain'],
    ['a field of a secret', `${arn}:user::`, { [arn]: '{"user":"me"}' }, 'me'],
    ['a field of a secret that is stored as an object', `${arn}:port::`, { [arn]: { port: 5432 } }, '5432'],
    ['the current version', `${arn}::AWSCURRENT:`, { [arn]: 'new' }, 'new'],
    [
      'an earlier version',
      `${arn}:user:AWSPREVIOUS:`,
      { [arn]: {}, [`${arn}::AWSPREVIOUS:`]: { user: 'old' } },
      'old',
    ],
    ['a parameter by name', '/app/password', { '/app/password': 'pw' }, 'pw'],
    ['a parameter by ARN, stored by name', `${parameter}/app/password`, { '/app/password': 'pw' }, 'pw'],
    ['a parameter by name, stored by ARN', '/app/password', { [`${parameter}/app/password`]: 'pw' }, 'pw'],
    ['a parameter outside a hierarchy', `${parameter}/password`, { password: 'pw' }, 'pw'],
  ])('%s comes from the local file', async (_what, valueFrom, stored, expected) => {
    await writeFile(join(folder, 'secrets.json'), JSON.stringify(stored));
    await run(valueFrom);
    await ecs.until('it runs', async () => ecs.runtime.specs.length === 1);
    expect(ecs.runtime.specs[0]?.environment.SECRET).toBe(expected);
  });

  it('are in the container’s environment and nowhere else', async () => {
    await writeFile(join(folder, 'secrets.json'), JSON.stringify({ [arn]: 'v3ry-s3cret' }));
    await run(arn);
    await ecs.until('it runs', async () => (await ecs.tasks())[0]?.lastStatus === 'RUNNING');
    const { environment: _there, ...spec } = ecs.runtime.specs[0] ?? { environment: {} };
    const state = await readFile(ecs.stateFile, 'utf8');
    expect(state).toContain(arn);
    const elsewhere = [state, JSON.stringify(spec), JSON.stringify(await ecs.tasks()), ...ecs.lines].join();
    expect(elsewhere).not.toContain('v3ry-s3cret');
  });

  it.each([
    [
      arn,
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*failed to fetch secret arn:.*ResourceNotFoundException/,
    ],
    [`${arn}::AWSPREVIOUS:`, /staging label: AWSPREVIOUS$/],
    [`${parameter}/app/none`, /invalid parameters: arn:aws:ssm:us-east-1:000000000000:parameter\/app\/none$/],
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
