/**
 * Releases of a plain one-service repository on the real local stack: Temporal, registry, ECS on containers, all
 * workers. Each step builds on the one before, as the life of an environment does.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { findTool } from '../../src/tools.ts';
import { ensureBuilt, slipway } from './built-cli.ts';
import { type AwsEnvironment, commitProgram, makeInfrastructure, makeRepository } from './one-service.ts';

const SETUP_MS = 240_000;
const RELEASE_MS = 240_000;

let folder: string;
let environment: Readonly<Record<string, string>> = {};
let aws: AwsEnvironment;
let url: string;
let first: string;
let second: string;

const freePort = async (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

const deploy = (...args: readonly string[]) =>
  slipway(['deploy', 'production', ...args], { cwd: folder, env: environment });

const servedCommit = async (): Promise<string> => {
  const answer = await fetch(url);
  return ((await answer.json()) as { commit: string }).commit;
};

/** Asks without pause, each time over a new connection, until told to stop; returns what went wrong. */
const startProber = (): { stop(): Promise<{ sent: number; failures: readonly string[] }> } => {
  const failures: string[] = [];
  let sent = 0;
  let running = true;
  const loop = (async () => {
    while (running) {
      sent += 1;
      try {
        const answer = await fetch(url, {
          headers: { connection: 'close' },
          signal: AbortSignal.timeout(5_000),
        });
        if (!answer.ok) failures.push(`status ${answer.status}`);
        await answer.text();
      } catch (error) {
        failures.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    async stop() {
      running = false;
      await loop;
      return { sent, failures };
    },
  };
};

beforeAll(async () => {
  await ensureBuilt();
  folder = await mkdtemp(join(tmpdir(), 'slipway-release-'));
  await makeRepository(folder);
  first = await commitProgram(folder, 'first');
  const up = await slipway(['local', 'up', '--temporal-port', '0', '--ui-port', '0', '--aws-port', '0'], {
    cwd: folder,
  });
  if (up.exitCode !== 0) throw new Error(up.stderr);
  const { stdout } = await slipway(['local', 'env'], { cwd: folder });
  environment = Object.fromEntries(
    [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]),
  );
  aws = {
    endpoint: environment.AWS_ENDPOINT_URL ?? '',
    region: environment.AWS_REGION ?? '',
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
    },
  };
  const port = await freePort();
  url = `http://127.0.0.1:${port}/`;
  await makeInfrastructure(aws, port);
}, SETUP_MS);

afterAll(async () => {
  await slipway(['local', 'down', '--wipe'], { cwd: folder });
  await rm(folder, { recursive: true, force: true });
}, SETUP_MS);

describe('a plain one-service repository', () => {
  it(
    'is deployed by `slipway deploy`, and runs the digest that the registry holds, on its architecture',
    async () => {
      const run = await deploy();
      expect(`${run.stderr}${run.stdout}`).toContain('succeeded');
      expect(run.exitCode).toBe(0);
      expect(await servedCommit()).toBe(first);

      const { imageDetails } = await new ECRClient(aws).send(
        new DescribeImagesCommand({ repositoryName: 'hello', imageIds: [{ imageTag: first }] }),
      );
      const digest = imageDetails?.[0]?.imageDigest ?? 'none';
      expect(imageDetails?.[0]?.imageTags?.toSorted()).toEqual([first, 'latest'].toSorted());
      const docker = await findTool('docker');
      const instance = ['--filter', 'label=slipway.local.service=hello'];
      const { stdout: ids } = await execa(docker, ['ps', '--quiet', '--no-trunc', ...instance]);
      const { stdout: image } = await execa(docker, [
        'inspect',
        '--format',
        '{{.Image}}',
        ...ids.split('\n').slice(0, 1),
      ]);
      const { stdout: inspected } = await execa(docker, [
        'inspect',
        '--format',
        '{{.Architecture}} {{.RepoDigests}}',
        image,
      ]);
      expect(inspected).toContain('amd64');
      expect(inspected).toContain(digest);
    },
    RELEASE_MS,
  );

  it(
    'is deployed as well by `temporal workflow start` with the least input and any workflow id, without a failed request',
    async () => {
      second = await commitProgram(folder, 'second', (program) => program.replace('hello"}', 'good day"}'));
      const prober = startProber();
      const temporal = await findTool('temporal');
      const run = await execa(
        temporal,
        [
          'workflow',
          'execute',
          ...['--type', 'deploy', '--task-queue', 'slipway-control', '--workflow-id', 'by hand / any id'],
          ...['--input', JSON.stringify({ environment: 'production', sha: second.slice(0, 10) })],
        ],
        { env: environment, reject: false },
      );
      expect(run.stdout).toContain('COMPLETED');
      expect(await servedCommit()).toBe(second);
      const { sent, failures } = await prober.stop();
      expect(failures).toEqual([]);
      expect(sent).toBeGreaterThan(20);
    },
    RELEASE_MS,
  );

  it(
    'is rolled back when the new version crashes at start, while the old one goes on serving',
    async () => {
      await commitProgram(folder, 'broken', (program) =>
        program.replace('signal.signal(', 'raise SystemExit(7)\n    signal.signal('),
      );
      const prober = startProber();
      const run = await deploy();
      const { failures } = await prober.stop();
      expect(run.exitCode).toBe(3);
      expect(run.stdout).toContain('exited with code 7');
      expect(await servedCommit()).toBe(second);
      expect(failures).toEqual([]);
      const { services } = await new ECSClient(aws).send(
        new DescribeServicesCommand({ cluster: 'hello', services: ['hello'] }),
      );
      expect(services?.[0]?.deployments?.map((deployment) => deployment.rolloutState)).toEqual(['COMPLETED']);
    },
    RELEASE_MS,
  );

  it(
    'is not touched when a check fails',
    async () => {
      const before = await new ECSClient(aws).send(
        new DescribeServicesCommand({ cluster: 'hello', services: ['hello'] }),
      );
      await commitProgram(folder, 'does not compile', (program) => `${program}\nthis is no Python\n`);
      const run = await deploy();
      expect(run.exitCode).toBe(1);
      expect(run.stdout).toContain('compiles');
      const after = await new ECSClient(aws).send(
        new DescribeServicesCommand({ cluster: 'hello', services: ['hello'] }),
      );
      expect(after.services?.[0]?.taskDefinition).toBe(before.services?.[0]?.taskDefinition);
    },
    RELEASE_MS,
  );

  it(
    'does not build a commit again that the registry has',
    async () => {
      const run = await deploy('--sha', first);
      expect(run.exitCode).toBe(0);
      expect(run.stderr).toContain('in the registry already');
      expect(await servedCommit()).toBe(first);
    },
    RELEASE_MS,
  );

  it(
    'leaves no container and no image behind when the stack is wiped',
    async () => {
      const docker = await findTool('docker');
      const { host } = new URL(aws.endpoint);
      const lines = async (...args: string[]): Promise<string[]> =>
        (await execa(docker, args)).stdout.split('\n').filter((line) => line !== '');
      // By the label of this stack's instance: other stacks may use the same engine.
      const [instance = 'none'] = await lines(
        ...['ps', '--filter', 'label=slipway.local.service=hello'],
        ...['--format', '{{.Label "slipway.local.instance"}}'],
      );
      const ours = async (): Promise<readonly string[]> => [
        ...(await lines('images', '--format', '{{.Repository}}:{{.Tag}}')).filter((line) =>
          line.startsWith(`${host}/`),
        ),
        ...(await lines('ps', '--all', '--quiet', '--filter', `label=slipway.local.instance=${instance}`)),
      ];
      expect((await ours()).length).toBeGreaterThan(1);
      const down = await slipway(['local', 'down', '--wipe'], { cwd: folder });
      expect(down.exitCode).toBe(0);
      expect(await ours()).toEqual([]);
    },
    SETUP_MS,
  );
});
