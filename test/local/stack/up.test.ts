/** `slipway local up` and `status`, with programs that end at once in the place of Docker and the registry. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../../src/cli/main.ts';
import { readKeptSettings } from '../../../src/local/stack/aws-settings.ts';
import { inFolder, openInstance } from '../../../src/local/stack/instance.ts';
import { status } from '../../../src/local/stack/status.ts';
import { fakeTerminal } from '../../cli/fake-terminal.ts';
import { temporaryFolder } from './programs.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

async function slipway(...args: string[]) {
  const fake = fakeTerminal({
    ...process.env,
    SLIPWAY_DOCKER: '/usr/bin/true',
    SLIPWAY_REGISTRY: '/usr/bin/false',
  });
  const exitCode = await main(['node', 'slipway', 'local', ...args], fake.terminal, folder.path);
  return { exitCode, stdout: fake.stdout(), stderr: fake.stderr() };
}
const up = (...args: string[]) =>
  slipway('up', '--only', 'aws', '--folder', folder.path, '--aws-port', '0', ...args);

describe('an `up` that has failed', () => {
  it('leaves a status that names every part that should run, and ends with 1', async () => {
    expect((await up()).stderr).toContain('registry ended while it started');
    const { exitCode, stdout } = await slipway('status', '--folder', folder.path);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^✗ registry +ended +log: .*registry\.log$/m);
    expect(stdout).toMatch(/^✗ aws +never started$/m);
    expect(stdout).not.toMatch(/temporal|control/i);
  });

  it('of a whole stack names the workers and Temporal, too', async () => {
    const file = await openInstance(folder.path, 'eu-central-1');
    file.state.ports = { temporal: 1, temporalUi: 2, aws: 3, registry: 4 };
    file.state.parts = ['temporal', 'registry', 'aws', 'deploy'];
    await file.save();
    const { processes, temporal } = await status(folder.path);
    expect(processes).toEqual(file.state.parts.map((name) => ({ name, running: false })));
    expect(temporal).toBe(true);
  });
});

describe('an instance that there is', () => {
  it('keeps its region and account; others are refused, and it says which it has', async () => {
    const { state, save } = await openInstance(folder.path, 'eu-west-1', '222222222222');
    await save();
    for (const [args, its] of [
      [['--region', 'us-east-1'], 'another region (eu-west-1)'],
      [['--account-id', '111111111111'], 'another account (222222222222)'],
    ] as const) {
      const refused = await up(...args);
      expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
      expect(refused.stderr).toContain(`this instance is of ${its}`);
    }
    // The same one, and none, come as far as the registry.
    for (const args of [['--region', 'eu-west-1'], []]) {
      expect((await up(...args)).stderr).toContain('registry ended while it started');
    }
    expect((await openInstance(folder.path, '')).state).toMatchObject({ id: state.id, region: 'eu-west-1' });
  });

  it('whose kept settings are damaged gets others where they are given', async () => {
    await up();
    const { awsSettings } = inFolder(folder.path);
    await writeFile(awsSettings, '');
    await writeFile(join(folder.path, 'aws.yaml'), 'pace: aws');
    expect((await up('--aws-settings', join(folder.path, 'aws.yaml'))).stderr).toContain('registry');
    expect((await readKeptSettings(awsSettings)).pace).toBe('aws');
  });
});
