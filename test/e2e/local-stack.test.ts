/** `slipway local` with the real Temporal, registry, endpoint and workers. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeClustersCommand,
  ECSClient,
  ListClustersCommand,
  ListContainerInstancesCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { processIdentity } from '../../src/local/stack/process-identity.ts';
import { status } from '../../src/local/stack/status.ts';
import { ensureBuilt, slipway, TOP } from './built-cli.ts';

const FREE_PORTS = ['--temporal-port', '0', '--ui-port', '0', '--aws-port', '0'];
const UP_MS = 180_000;

const folders: string[] = [];
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-e2e-'));
  folders.push(folder);
  return folder;
}

/** A repository that `up` accepts; nothing of it is deployed here. */
async function newRepository(): Promise<string> {
  const folder = await newFolder();
  await execa('git', ['init', '--quiet', folder]);
  await execa('sh', ['-c', 'echo "app: shop" > slipway.yaml'], { cwd: folder });
  return folder;
}

const instanceIn = (folder: string): string => join(folder, '.slipway/local');
const processesIn = async (folder: string) => (await status(instanceIn(folder))).processes;
const pidOf = async (folder: string, name: string): Promise<number> =>
  (await processesIn(folder)).find((one) => one.name === name)?.pid ?? 0;

/** What a process was started with: its environment (and where there is no /proc, its arguments too). */
async function environmentOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/environ`, 'utf8');
  return (await execa('ps', ['-E', '-ww', '-o', 'command=', '-p', String(pid)])).stdout;
}

const argumentsOf = async (pid: number): Promise<string> =>
  (await execa('ps', ['-ww', '-o', 'args=', '-p', String(pid)])).stdout;

async function ecsOf(folder: string): Promise<ECSClient> {
  const { stdout } = await slipway(['local', 'env'], { cwd: folder });
  const values = Object.fromEntries(
    [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]),
  );
  return new ECSClient({
    endpoint: String(values.AWS_ENDPOINT_URL),
    region: String(values.AWS_REGION),
    credentials: {
      accessKeyId: String(values.AWS_ACCESS_KEY_ID),
      secretAccessKey: String(values.AWS_SECRET_ACCESS_KEY),
    },
    maxAttempts: 1,
  });
}

let shop: string;
beforeAll(async () => {
  await ensureBuilt();
  shop = await newRepository();
  const run = await slipway(['local', 'up', ...FREE_PORTS], { cwd: shop, env: { NPM_TOKEN: 'npm-secret' } });
  if (run.exitCode !== 0) throw new Error(run.stderr);
}, UP_MS);

afterAll(async () => {
  for (const folder of folders) {
    await slipway(['local', 'down', '--wipe'], { cwd: folder });
    await rm(folder, { recursive: true, force: true });
  }
}, UP_MS);

describe('a running instance', () => {
  it('has every part ready, and says where', async () => {
    const run = await slipway(['local', 'status'], { cwd: shop });
    expect(run.exitCode).toBe(0);
    const names = [
      'temporal',
      'registry',
      'aws',
      'control',
      'deploy',
      'checks',
      'build-arm64',
      'build-amd64',
    ];
    for (const name of names) expect(run.stdout).toMatch(new RegExp(`^✓ ${name} +running`, 'm'));
    expect(run.stdout).toMatch(/Temporal UI {3}http:\/\/127\.0\.0\.1:\d+/);
  });

  it('is left as it is by a second `up`', async () => {
    const before = await processesIn(shop);
    const run = await slipway(['local', 'up'], { cwd: shop });
    expect(run).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('everything runs already') });
    expect(await processesIn(shop)).toEqual(before);
  });

  it('gives credentials by right, in no argument list', async () => {
    const { instance } = await status(instanceIn(shop));
    for (const [name, hasAws] of [
      ['control', false],
      ['checks', false],
      ['deploy', true],
      ['build-arm64', true],
      ['build-amd64', true],
    ] as const) {
      const pid = await pidOf(shop, name);
      expect([name, (await environmentOf(pid)).includes(instance.secretAccessKey)]).toEqual([name, hasAws]);
    }
    for (const { pid = 0 } of await processesIn(shop)) {
      expect(await argumentsOf(pid)).not.toContain(instance.secretAccessKey);
      expect(await environmentOf(pid)).not.toContain('npm-secret');
    }
  });

  it('is repaired by `up`: what died is started again, the rest is left alone', async () => {
    const before = await processesIn(shop);
    const victim = await pidOf(shop, 'checks');
    process.kill(victim, 'SIGKILL');
    await expectGone(victim);
    const broken = await slipway(['local', 'status'], { cwd: shop });
    expect(broken).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/✗ checks +ended/) });

    const run = await slipway(['local', 'up'], { cwd: shop });
    expect(run.exitCode).toBe(0);
    const after = await processesIn(shop);
    expect(after.filter(({ name }) => name !== 'checks')).toEqual(
      before.filter(({ name }) => name !== 'checks'),
    );
    expect(await pidOf(shop, 'checks')).not.toBe(victim);
  });

  it('survives a reader that stops reading', async () => {
    const command = `"${process.execPath}" "${join(TOP, 'bin/slipway.js')}" local status | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await execa('bash', ['-c', command], { cwd: shop });
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^✓ temporal.*\n0$/), stderr: '' });
  });

  it('refuses to move to other ports while it runs', async () => {
    const run = await slipway(['local', 'up', '--aws-port', '1'], { cwd: shop });
    expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('runs with other ports') });
  });
});

describe('two instances', () => {
  it(
    'run side by side; `down` of one leaves the other, keeps its state, and the next `up` has it',
    async () => {
      const other = await newFolder();
      const up = () => slipway(['local', 'up', '--only', 'aws', ...FREE_PORTS], { cwd: other });
      expect(await up()).toMatchObject({ exitCode: 0 });
      const running = await processesIn(other);
      expect(running.map(({ name }) => name)).toEqual(['registry', 'aws']);
      await (await ecsOf(other)).send(new CreateClusterCommand({ clusterName: 'kept' }));

      const down = await slipway(['local', 'down'], { cwd: other });
      expect(down).toMatchObject({ exitCode: 0 });
      for (const { pid = 0 } of running) expect(await processIdentity(pid)).toBeUndefined();
      expect((await slipway(['local', 'status'], { cwd: shop })).exitCode).toBe(0);

      expect(await up()).toMatchObject({ exitCode: 0 });
      const { clusterArns } = await (await ecsOf(other)).send(new ListClustersCommand({}));
      expect(clusterArns).toEqual([expect.stringContaining('cluster/kept')]);

      expect(await slipway(['local', 'down', '--wipe'], { cwd: other })).toMatchObject({ exitCode: 0 });
      expect(await slipway(['local', 'status'], { cwd: other })).toMatchObject({ exitCode: 2 });
    },
    UP_MS,
  );
});

describe('`up` that cannot work', () => {
  it('names a taken port, what it is for and the option, before anything is started', async () => {
    const folder = await newRepository();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const run = await slipway(['local', 'up', ...FREE_PORTS.slice(0, 4), '--aws-port', String(port)], {
      cwd: folder,
    });
    await new Promise((resolve) => server.close(resolve));
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(new RegExp(`port ${port} \\(the AWS endpoint\\) is taken.*\\n.*--aws-port`));
    expect(run.stderr).not.toContain('starting');
  });

  it('shows the last log lines of the part that failed, and leaves nothing running', async () => {
    const folder = await newRepository();
    const run = await slipway(['local', 'up', ...FREE_PORTS], {
      cwd: folder,
      env: { SLIPWAY_TEMPORAL: '/bin/ls' },
    });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(/error: temporal ended while it started\n {2}│ .*ls/);
    const status = await slipway(['local', 'status'], { cwd: folder });
    expect(status).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^✗ temporal +ended/) });
    expect(status.stdout).not.toMatch(/ running /);
  });

  it('says which tool is missing, why, and how to get it', async () => {
    const run = await slipway(['local', 'up'], {
      cwd: await newRepository(),
      env: { SLIPWAY_REGISTRY: '/nowhere/registry' },
    });
    expect(run).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('SLIPWAY_REGISTRY=/nowhere/registry'),
    });
  });
});

describe('the local AWS alone', () => {
  const only = ['local', 'up', '--only', 'aws', '--aws-port', '0'];
  const docker = async (...args: string[]): Promise<string> => (await execa('docker', args)).stdout.trim();
  const containersOf = (label: string): Promise<string> =>
    docker('ps', '--all', '--quiet', '--filter', `label=${label}`);

  /** An instance of its own, in an empty folder: no repository, no slipway.yaml. */
  async function start(...more: string[]): Promise<string> {
    const folder = await newFolder();
    expect(await slipway([...only, ...more], { cwd: folder })).toMatchObject({ exitCode: 0 });
    return folder;
  }

  it(
    'needs no repository and no Temporal, and says how it is used',
    async () => {
      const folder = await newFolder();
      const run = await slipway(only, { cwd: folder, env: { SLIPWAY_TEMPORAL: '/nowhere/temporal' } });
      expect(run.exitCode).toBe(0);
      const { ports } = await status(instanceIn(folder));
      expect(run.stdout).toMatch(new RegExp(`^AWS endpoint +http://localhost:${ports.aws}$`, 'm'));
      expect(run.stdout).toMatch(
        new RegExp(`docker login -u AWS --password-stdin localhost:${ports.aws}$`, 'm'),
      );
      expect(run.stdout).toContain('slipway local reset');
      expect(run.stdout).not.toContain('Temporal');
      expect((await slipway(['local', 'env'], { cwd: folder })).stdout).not.toContain('TEMPORAL');
      const all = await slipway(['local', 'up', ...FREE_PORTS], { cwd: folder });
      expect(all).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--only aws') });
    },
    UP_MS,
  );

  it(
    'is emptied by `reset` in the middle of a rollout: nothing of it stays, nothing foreign goes',
    async () => {
      const folder = await start();
      const before = await status(instanceIn(folder));
      const label = `slipway.local.instance=${before.instance.id}`;
      const ecs = await ecsOf(folder);
      await ecs.send(new CreateClusterCommand({ clusterName: 'shop' }));
      await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: 'sleeper',
          containerDefinitions: [
            { name: 'sleeper', image: 'busybox:stable', memory: 16, command: ['sleep', '3600'] },
          ],
        }),
      );
      await ecs.send(
        new CreateServiceCommand({
          cluster: 'shop',
          serviceName: 'sleeper',
          taskDefinition: 'sleeper',
          desiredCount: 3,
        }),
      );
      for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
        if ((await containersOf(label)) !== '') break;
      }
      const secrets = join(instanceIn(folder), 'aws/secrets.json');
      await writeFile(secrets, '{}');
      const foreign = await docker(
        'create',
        '--label',
        'slipway.local.instance=slipway-e2e-other',
        'busybox:stable',
      );
      try {
        const run = await slipway(['local', 'reset'], { cwd: folder });
        expect(run).toMatchObject({
          exitCode: 0,
          stdout: expect.stringMatching(/^removed 1 cluster, 1 service, 1 task definition, \d containers?$/m),
        });
        expect(foreign).toContain(await containersOf('slipway.local.instance=slipway-e2e-other'));
      } finally {
        await docker('rm', foreign);
      }
      expect(await containersOf(label)).toBe('');
      const after = await status(instanceIn(folder));
      expect(after).toMatchObject({ ports: before.ports, temporal: false });
      expect(after.instance.accessKeyId).toBe(before.instance.accessKeyId);
      expect(after.processes.every(({ running }) => running)).toBe(true);
      // The same client, with the credentials of before.
      expect((await ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
      expect(await readFile(secrets, 'utf8')).toBe('{}');
      const again = await slipway(['local', 'reset', '--yes'], { cwd: folder });
      expect(again).toMatchObject({ exitCode: 0, stdout: 'the local AWS was empty' });
    },
    UP_MS,
  );

  it(
    'is emptied while it is down, too, and a reset that was killed is finished by the next `up`',
    async () => {
      const folder = await start();
      const fill = async () => (await ecsOf(folder)).send(new CreateClusterCommand({ clusterName: 'shop' }));
      const clusters = async () =>
        (await (await ecsOf(folder)).send(new ListClustersCommand({}))).clusterArns;
      await fill();
      await slipway(['local', 'down'], { cwd: folder });
      const run = await slipway(['local', 'reset'], { cwd: folder });
      expect(run).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('it does not run') });
      expect(await readdir(join(instanceIn(folder), 'aws'))).toEqual([]);
      expect(await slipway(only, { cwd: folder })).toMatchObject({ exitCode: 0 });
      expect(await clusters()).toEqual([]);

      await fill();
      await slipway(['local', 'down'], { cwd: folder });
      const file = join(instanceIn(folder), 'instance.json');
      const { version, state } = JSON.parse(await readFile(file, 'utf8')) as {
        version: number;
        state: object;
      };
      await writeFile(file, JSON.stringify({ version, state: { ...state, resetting: true } }));
      expect(await slipway(only, { cwd: folder })).toMatchObject({ exitCode: 0 });
      expect(await clusters()).toEqual([]);
    },
    UP_MS,
  );

  it(
    'takes settings from a file, keeps them, and restarts only the endpoint when they change',
    async () => {
      const folder = await newFolder();
      const settings = join(folder, 'aws.yaml');
      await writeFile(settings, 'containerInstances:\n  - { architecture: arm64, count: 3 }\n');
      const up = (...more: string[]) => slipway([...only, ...more], { cwd: folder });
      expect(await up('--aws-settings', 'aws.yaml')).toMatchObject({ exitCode: 0 });
      const ecs = await ecsOf(folder);
      await ecs.send(new CreateClusterCommand({ clusterName: 'shop' }));
      const instances = async () =>
        (await ecs.send(new ListContainerInstancesCommand({ cluster: 'shop' }))).containerInstanceArns
          ?.length;
      expect(await instances()).toBe(3);

      await slipway(['local', 'down'], { cwd: folder });
      await up();
      expect(await instances()).toBe(3);
      const [registry, aws] = await processesIn(folder);
      expect(await up('--aws-settings', 'aws.yaml')).toMatchObject({
        stderr: expect.stringContaining('everything runs already'),
      });

      await writeFile(settings, 'containerInstances:\n  - { architecture: arm64 }\n');
      const changed = await up('--aws-settings', 'aws.yaml');
      expect(changed).toMatchObject({
        exitCode: 0,
        stderr: expect.stringContaining('its settings have changed'),
      });
      expect(await instances()).toBe(1);
      const after = await processesIn(folder);
      expect(after).toContainEqual(registry);
      expect(after).not.toContainEqual(aws);
      const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: ['shop'] }));
      expect(clusters).toMatchObject([{ status: 'ACTIVE' }]);

      await writeFile(settings, 'pace: fast\n');
      const wrong = await up('--aws-settings', 'aws.yaml');
      expect(wrong).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('aws.yaml:1 pace: expected "local" or "aws", got "fast"'),
      });
      expect(await processesIn(folder)).toEqual(after);
      expect(await up('--no-aws-settings')).toMatchObject({ exitCode: 0 });
      expect(await instances()).toBe(2);
    },
    UP_MS,
  );
});

async function expectGone(pid: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await processIdentity(pid)) !== undefined && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await processIdentity(pid)).toBeUndefined();
}
