/**
 * Releases of a plain one-service repository on the real local stack: Temporal, registry, ECS on containers, all
 * workers. Each step builds on the one before, as the life of an environment does.
 */
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { findTool } from '../../src/tools.ts';
import { commitProgram } from './one-service.ts';
import { type OneServiceStack, startOneServiceStack } from './one-service-stack.ts';
import { Prober } from './prober.ts';

const SETUP_MS = 240_000;
const RELEASE_MS = 240_000;

let stack: OneServiceStack;
let first: string;
let second: string;

const deploy = (...args: readonly string[]) => stack.slipway('deploy', 'production', ...args);

beforeAll(async () => {
  stack = await startOneServiceStack(async (folder) => {
    first = await commitProgram(folder, 'first');
  });
}, SETUP_MS);

afterAll(() => stack?.remove(), SETUP_MS);

const docker = async (...args: string[]): Promise<string[]> =>
  (await execa(await findTool('docker'), args)).stdout.split('\n').filter((line) => line !== '');

const repositoryHost = (): string => new URL(stack.aws.endpoint).host;

/** A container of the service. Other stacks may have one of the same name on the same engine. */
const serving = async (): Promise<{ readonly id: string; readonly instance: string }> => {
  const { taskArns = [] } = await new ECSClient(stack.aws).send(new ListTasksCommand({ cluster: 'hello' }));
  const task = taskArns[0]?.split('/').at(-1);
  const [line = ''] = await docker(
    ...['ps', '--no-trunc', '--filter', `label=slipway.local.task=${task}`],
    ...['--filter', 'label=slipway.local.service=hello'],
    ...['--format', '{{.ID}} {{.Label "slipway.local.instance"}}'],
  );
  const [id = '', instance = ''] = line.split(' ');
  return { id, instance };
};

describe('a plain one-service repository', () => {
  it(
    'is deployed by `slipway deploy`, and runs the digest that the registry holds, on its architecture',
    async () => {
      const run = await deploy();
      expect(`${run.stderr}${run.stdout}`).toContain('succeeded');
      expect(run.exitCode).toBe(0);
      expect(await stack.servedCommit()).toBe(first);

      const { imageDetails } = await new ECRClient(stack.aws).send(
        new DescribeImagesCommand({ repositoryName: 'hello', imageIds: [{ imageTag: first }] }),
      );
      const digest = imageDetails?.[0]?.imageDigest ?? 'none';
      expect(imageDetails?.[0]?.imageTags?.toSorted()).toEqual([first, 'latest'].toSorted());
      const { id } = await serving();
      const [image = ''] = await docker('inspect', '--format', '{{.Image}}', id);
      const [inspected] = await docker('inspect', '--format', '{{.Architecture}} {{.RepoDigests}}', image);
      expect(inspected).toContain('amd64');
      expect(inspected).toContain(digest);
    },
    RELEASE_MS,
  );

  it(
    'is deployed as well by `temporal workflow start` with the least input and any workflow id, without a failed request',
    async () => {
      second = await commitProgram(stack.folder, 'second', (program) =>
        program.replace('hello"}', 'good day"}'),
      );
      const prober = new Prober(stack.url);
      const temporal = await findTool('temporal');
      const run = await execa(
        temporal,
        [
          'workflow',
          'execute',
          ...['--type', 'deploy', '--task-queue', 'slipway-control', '--workflow-id', 'by hand / any id'],
          ...['--input', JSON.stringify({ environment: 'production', sha: second.slice(0, 10) })],
        ],
        { env: stack.environment, reject: false },
      );
      expect(run.stdout).toContain('COMPLETED');
      expect(await stack.servedCommit()).toBe(second);
      await prober.stop();
      expect(prober.failures).toEqual([]);
      expect(prober.sent).toBeGreaterThan(20);
    },
    RELEASE_MS,
  );

  it(
    'is rolled back when the new version crashes at start, while the old one goes on serving',
    async () => {
      await commitProgram(stack.folder, 'broken', (program) =>
        program.replace('signal.signal(', 'raise SystemExit(7)\n    signal.signal('),
      );
      const prober = new Prober(stack.url);
      const run = await deploy();
      await prober.stop();
      expect(run.exitCode).toBe(3);
      expect(run.stdout).toContain('exited with code 7');
      expect(await stack.servedCommit()).toBe(second);
      expect(prober.failures).toEqual([]);
      const deployments = await stack.deployments();
      expect(deployments.map((deployment) => deployment.rolloutState)).toEqual(['COMPLETED']);
    },
    RELEASE_MS,
  );

  it(
    'is not touched when a check fails',
    async () => {
      const before = await stack.deployments();
      await commitProgram(stack.folder, 'does not compile', (program) => `${program}\nthis is no Python\n`);
      const run = await deploy();
      expect(run.exitCode).toBe(1);
      expect(run.stdout).toContain('compiles');
      const taskDefinitions = (all: typeof before) => all.map(({ taskDefinition }) => taskDefinition);
      expect(taskDefinitions(await stack.deployments())).toEqual(taskDefinitions(before));
    },
    RELEASE_MS,
  );

  it(
    'refuses an older commit than the one that serves, and brings it when asked for, without building it again',
    async () => {
      const refused = await deploy('--sha', first);
      expect(refused.exitCode).toBe(6);
      expect(refused.stdout).toContain(`${first.slice(0, 12)} is older than ${second.slice(0, 12)}`);
      const run = await deploy('--sha', first, '--allow-older');
      expect(run.exitCode).toBe(0);
      expect(run.stderr).toContain('in the registry already');
      expect(await stack.servedCommit()).toBe(first);
    },
    RELEASE_MS,
  );

  it(
    'leaves no container and no image behind when the stack is wiped',
    async () => {
      const { instance } = await serving();
      const ours = async (): Promise<readonly string[]> => [
        ...(await docker('images', '--format', '{{.Repository}}:{{.Tag}}')).filter((line) =>
          line.startsWith(`${repositoryHost()}/`),
        ),
        ...(await docker('ps', '--all', '--quiet', '--filter', `label=slipway.local.instance=${instance}`)),
      ];
      expect((await ours()).length).toBeGreaterThan(1);
      const down = await stack.slipway('local', 'down', '--wipe');
      expect(down.exitCode).toBe(0);
      expect(await ours()).toEqual([]);
    },
    SETUP_MS,
  );
});
