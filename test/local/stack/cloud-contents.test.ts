import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cloudContents } from '../../../src/local/stack/cloud-contents.ts';

let folder: string;
const write = (name: string, state: object): Promise<void> =>
  writeFile(join(folder, 'aws', name), JSON.stringify({ version: 1, state }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-contents-'));
  await mkdir(join(folder, 'aws/logs/group'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

describe('what a reset says that it removes', () => {
  it('is what the state files hold, without what was deleted and is only remembered', async () => {
    await write('ecs.json', {
      clusters: { shop: { status: 'ACTIVE' } },
      services: { web: { status: 'ACTIVE' }, old: { status: 'INACTIVE' } },
      taskDefinitions: {},
    });
    await write('ecr.json', { repositories: { a: {}, b: {} } });
    await write('cloudwatch.json', { alarms: [{ name: 'errors' }] });
    expect(await cloudContents(folder)).toEqual([
      { what: 'cluster', count: 1 },
      { what: 'service', count: 1 },
      { what: 'repository', count: 2 },
      { what: 'alarm', count: 1 },
      { what: 'log group', count: 1 },
    ]);
  });

  it('leaves out a file that cannot be read: that may be why there is a reset', async () => {
    await writeFile(join(folder, 'aws/ecs.json'), '{"version":1,"state":{"clus');
    await write('ecr.json', { somethingElse: null });
    expect(await cloudContents(folder)).toEqual([{ what: 'log group', count: 1 }]);
  });

  it('is nothing where nothing ever ran', async () => {
    expect(await cloudContents(join(folder, 'none'))).toEqual([]);
  });
});
