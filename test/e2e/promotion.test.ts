/**
 * Two AWS accounts, each an instance of the local AWS with a registry of its own: a commit is verified in staging, and the
 * deploy workers of production bring the very same images there. Everything real: CLI, workers, containers.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeImagesCommand, ECRClient, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { freePorts } from '../../src/local/stack/ports.ts';
import type { ReleaseReport } from '../../src/release/verdict.ts';
import { slipway, TOP } from './built-cli.ts';
import { type AwsEnvironment, commitProgram, makeInfrastructure } from './one-service.ts';
import { environmentOf, type OneServiceStack, startOneServiceStack } from './one-service-stack.ts';

const SETUP_MS = 300_000;
const RELEASE_MS = 240_000;

const ACCOUNT = '222222222222';
const CONFIGURATION = `app: hello
checks:
  compiles: { run: python3 -m py_compile hello.py }
images:
  hello: { repository: hello }
services:
  hello: { image: hello, health: { path: /, commit: commit } }
environments:
  staging: { cluster: hello, timing: { poll: 1s } }
  production:
    cluster: hello
    deployQueue: production
    promote: { from: staging, required: true }
    timing: { poll: 1s }
`;

/** Staging, Temporal and all pools but one. */
let stack: OneServiceStack;
let other: { readonly folder: string; readonly aws: AwsEnvironment; readonly url: string };
let worker: ReturnType<typeof spawnWorker> | undefined;
let first: string;

beforeAll(async () => {
  stack = await startOneServiceStack(async (folder) => {
    await writeFile(join(folder, 'slipway.yaml'), CONFIGURATION);
    first = await commitProgram(folder, 'first');
  });
  other = await startOtherAccount(join(stack.folder, '.slipway', 'production'));
  const settings = join(stack.folder, '.slipway', 'aws.yaml');
  await writeFile(settings, `otherAccounts: { "${ACCOUNT}": "${other.aws.endpoint}" }\n`);
  const up = await slipway(['local', 'up', '--aws-settings', settings], { cwd: stack.folder });
  if (up.exitCode !== 0) throw new Error(up.stderr);
}, SETUP_MS);

afterAll(async () => {
  worker?.kill('SIGTERM');
  await worker;
  if (other) await slipway(['local', 'down', '--wipe', '--folder', other.folder], { cwd: stack.folder });
  await stack?.remove();
}, SETUP_MS);

/** An endpoint and a registry, with nothing of Slipway: production's own deploy workers come in time. */
const startOtherAccount = async (folder: string): Promise<typeof other> => {
  await mkdir(folder, { recursive: true });
  const place = ['--folder', folder];
  const only = ['--only', 'aws', '--aws-port', '0', '--account-id', ACCOUNT];
  const up = await slipway(['local', 'up', ...place, ...only], { cwd: stack.folder });
  if (up.exitCode !== 0) throw new Error(up.stderr);
  const { aws } = environmentOf((await slipway(['local', 'env', ...place], { cwd: stack.folder })).stdout);
  const [port = 0] = await freePorts(1);
  await makeInfrastructure(aws, port);
  return { folder, aws, url: `http://127.0.0.1:${port}/` };
};

/** With the credentials of the other account, and Temporal and the store of all. */
const spawnWorker = () => {
  const files = [
    '--store',
    join(stack.folder, '.slipway/local/store'),
    '--data',
    join(other.folder, 'worker'),
  ];
  const { endpoint, region, credentials } = other.aws;
  return execa(
    process.execPath,
    [join(TOP, 'bin/slipway.js'), 'worker', 'deploy', '--queue', 'production', '--heartbeat', '1', ...files],
    {
      env: {
        TEMPORAL_ADDRESS: stack.environment.TEMPORAL_ADDRESS ?? '',
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
      reject: false,
      all: true,
    },
  );
};

/** Until it asks for work. */
const startWorker = async (): Promise<void> => {
  const started = spawnWorker();
  worker = started;
  await new Promise<void>((resolve, reject) => {
    let said = '';
    started.all.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes('slipway-ready: deploy (queue slipway-deploy-production)')) resolve();
    });
    started.all.on('end', () => reject(new Error(`the deploy worker of production has ended: ${said}`)));
  });
};

const deploy = (environment: string, ...more: readonly string[]) =>
  stack.slipway('deploy', environment, ...more);

const reportOf = async (environment: string, sha: string): Promise<ReleaseReport> => {
  const { stdout } = await stack.slipway('why', `deploy/hello/${environment}/${sha}`, '--json');
  return JSON.parse(stdout) as ReleaseReport;
};

const digestIn = async (aws: AwsEnvironment, sha: string): Promise<string | undefined> => {
  const command = new DescribeImagesCommand({ repositoryName: 'hello', imageIds: [{ imageTag: sha }] });
  return (await new ECRClient(aws).send(command)).imageDetails?.[0]?.imageDigest;
};

const servedIn = async (url: string): Promise<string> =>
  ((await (await fetch(url)).json()) as { commit: string }).commit;

describe('from staging to production, in another account', () => {
  it(
    'a commit that staging has not verified is refused, and nothing of it is built',
    async () => {
      const run = await deploy('production');
      expect(run.exitCode).toBe(6);
      expect(run.stdout).toContain('production takes only what staging has verified');
      expect(run.stdout).toContain(`slipway deploy staging --sha ${first}`);
      await expect(digestIn(stack.aws, first)).rejects.toMatchObject({ name: 'ImageNotFoundException' });
    },
    RELEASE_MS,
  );

  it(
    'a release says which queue it waits for, as long as production has no deploy worker',
    async () => {
      expect(await deploy('staging')).toMatchObject({ exitCode: 0 });
      const { workflowId } = JSON.parse(
        (await deploy('production', '--detach', '--output', 'json')).stdout,
      ) as { workflowId: string };
      let said = '';
      while (!said.includes('slipway-deploy-production')) {
        said = (await stack.slipway('why', workflowId)).stdout;
      }
      expect(said).toContain('inspect: nobody asks queue slipway-deploy-production for work');
      await startWorker();
      // Staging lets nobody read: the policy is what is missing.
      const end = await stack.slipway('watch', workflowId);
      expect(end.exitCode).toBe(1);
      expect(end.stdout).toContain('a repository policy there that allows it ecr:BatchGetImage');
    },
    RELEASE_MS,
  );

  it(
    'the same digests serve in production: nothing was tested or built for them again',
    async () => {
      await new ECRClient(stack.aws).send(
        new SetRepositoryPolicyCommand({
          repositoryName: 'hello',
          policyText: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/slipway-deploy` },
                Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
              },
            ],
          }),
        }),
      );
      const run = await deploy('production');
      expect(run).toMatchObject({ exitCode: 0 });
      const report = await reportOf('production', first);
      expect(report.promotedFrom).toEqual({ environment: 'staging', number: 1 });
      const states = new Map(report.steps.map(({ id, state }) => [id, state]));
      expect(Object.fromEntries(states)).toMatchObject({
        'check:compiles': 'skipped',
        'build:hello': 'skipped',
        'copy:hello': 'succeeded',
      });
      expect(states.has('push:hello')).toBe(false);
      const verified = await digestIn(stack.aws, first);
      expect(report.images.map(({ digest }) => digest)).toEqual([verified]);
      expect(await digestIn(other.aws, first)).toBe(verified);
      expect(await servedIn(other.url)).toBe(first);
      const shown = await stack.slipway('show', 'production', String(report.number));
      expect(shown.stdout).toContain('verified by release 1 of staging');
    },
    RELEASE_MS,
  );

  it(
    'one goes to production directly after the other in staging, and never before it',
    async () => {
      const second = await commitProgram(stack.folder, 'second');
      expect((await deploy('production')).exitCode).toBe(6);
      expect((await deploy('staging')).exitCode).toBe(0);
      expect((await deploy('production')).exitCode).toBe(0);
      expect(await servedIn(other.url)).toBe(second);
      // What production serves is brought back by its own workers, from its own registry.
      expect((await stack.slipway('rollback', 'production')).exitCode).toBe(0);
      expect(await servedIn(other.url)).toBe(first);
      expect(await servedIn(stack.url)).toBe(second);
    },
    2 * RELEASE_MS,
  );
});
