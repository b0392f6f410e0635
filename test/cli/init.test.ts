/** `slipway init` as a person runs it: in a repository, with and without an AWS that answers (the local one). */
import { lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/cli/main.ts';
import { columnsOf } from '../../src/cli/render/columns.ts';
import { parseConfiguration } from '../../src/config/parse-configuration.ts';
import { freePorts } from '../../src/local/stack/ports.ts';
import {
  type AwsWithoutDocker,
  awsAt,
  NO_AWS,
  setEnvironment,
  startAwsWithoutDocker,
} from './aws-without-docker.ts';
import { fakeTerminal, runCli } from './fake-terminal.ts';
import { git, makeTree, type Tree } from './init/make-tree.ts';

const D = 'FROM scratch\n';
let tree: Tree | undefined;
let restore = (): void => undefined;

beforeEach(() => {
  restore = setEnvironment(NO_AWS);
});
afterEach(async () => {
  restore();
  await tree?.remove();
  tree = undefined;
});

const make = async (...args: Parameters<typeof makeTree>): Promise<string> => {
  tree = await makeTree(...args);
  return tree.top;
};

/** Temporary folders and ports differ from run to run. */
const plain = (text: string): string =>
  text
    .replaceAll(/\S*\/slipway-init-\w+/g, '<folder>')
    .replaceAll(/localhost:\d+|127\.0\.0\.1:\d+/g, '<aws>');

const initIn = async (cwd: string, ...args: readonly string[]) => {
  const run = await runCli(['init', ...args], cwd);
  return { ...run, stdout: plain(run.stdout), stderr: plain(run.stderr) };
};

const written = async (top: string) => parseConfiguration(await readFile(join(top, 'slipway.yaml'), 'utf8'));

describe('without AWS', () => {
  it('writes from the Dockerfiles alone, with a cluster to be filled in, and says what it has not asked', async () => {
    const top = await make({ 'api/Dockerfile': D, 'web/Dockerfile': D, 'Dockerfile.dev': D });
    const run = await initIn(top);
    expect({ ...run, file: await readFile(join(top, 'slipway.yaml'), 'utf8') }).toMatchSnapshot();
    expect(run.exitCode).toBe(0);
    expect((await written(top)).environments).toMatchObject({ production: { cluster: 'CHANGE-ME' } });
  });

  it('what it says fits the terminal', async () => {
    const { terminal, stderr } = fakeTerminal();
    const progressStyle = { color: false, width: 60, wrap: true };
    const argv = ['node', 'slipway', 'init', '--no-aws', '--stdout'];
    expect(await main(argv, { ...terminal, progressStyle }, await make({ Dockerfile: D }))).toBe(0);
    expect(stderr()).toContain('AWS was not asked');
    for (const line of stderr().split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(60);
  });

  it('in a sub-folder, the root of the repository gets the file', async () => {
    const top = await make({ 'api/Dockerfile': D });
    await initIn(join(top, 'api'), '--no-aws');
    expect(Object.keys((await written(top)).images)).toEqual(['api']);
  });

  it('takes what it is told: app, environment, cluster, repository', async () => {
    const top = await make({ Dockerfile: D });
    const run = await initIn(
      top,
      ...[
        '--no-aws',
        '--app',
        'store',
        '--environment',
        'staging',
        '--cluster',
        'Blue',
        '--image',
        './Dockerfile=team/store',
      ],
    );
    expect(run.exitCode).toBe(0);
    expect(run.stderr).not.toContain('CHANGE-ME');
    expect(await written(top)).toMatchObject({
      app: 'store',
      images: { store: { repository: 'team/store' } },
      environments: { staging: { cluster: 'Blue' } },
    });
  });

  it.each([
    ['https://user:hunter2@github.com/you/Web_Shop.git', 'web-shop'],
    ['git@github.com:you/api.git', 'api'],
    ['/srv/git/app.git/', 'app'],
  ])('calls the app as the git remote is called: %s', async (remote, app) => {
    const top = await make({ Dockerfile: D });
    await git(top, 'remote', 'add', 'origin', remote);
    const run = await initIn(top, '--no-aws');
    expect((await written(top)).app).toBe(app);
    expect(run.stderr + run.stdout).not.toContain('hunter2');
  });

  it('asks for the app where no name is left of the folder', async () => {
    const run = await initIn(await make({ Dockerfile: D }, { name: '日本' }), '--no-aws');
    expect(run).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/what is the app called\?.*\n.*--app/),
    });
  });

  it('--stdout prints the file and writes none', async () => {
    const top = await make({ Dockerfile: D, 'slipway.yaml': 'mine\n' });
    const run = await initIn(top, '--no-aws', '--stdout');
    expect(run.exitCode).toBe(0);
    expect(parseConfiguration(run.stdout).app).toBe('shop');
    expect(await readFile(join(top, 'slipway.yaml'), 'utf8')).toBe('mine\n');
  });

  it('outside git it writes here, and says that a release is a commit', async () => {
    const top = await make({ Dockerfile: D }, { isGit: false });
    const run = await initIn(top, '--no-aws');
    expect(run).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('git init') });
    expect((await written(top)).app).toBe('shop');
  });
});

describe('what is there is not lost', () => {
  it('a slipway.yaml is not overwritten without --force', async () => {
    const top = await make({ Dockerfile: D, 'slipway.yaml': 'mine\n' });
    const run = await initIn(top, '--no-aws');
    expect(run).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/is there already\n.*--stdout.*--force/),
    });
    expect(await readFile(join(top, 'slipway.yaml'), 'utf8')).toBe('mine\n');
    expect((await initIn(top, '--no-aws', '--force')).exitCode).toBe(0);
    expect((await written(top)).app).toBe('shop');
  });

  it('--force replaces a link, not what it leads to; without it, even a link to nothing stays', async () => {
    const top = await make({ Dockerfile: D });
    const outside = join(top, '../precious');
    await writeFile(outside, 'precious\n');
    await symlink('../precious', join(top, 'slipway.yaml'));
    expect((await initIn(top, '--no-aws')).exitCode).toBe(2);
    expect((await initIn(top, '--no-aws', '--force')).exitCode).toBe(0);
    expect(await readFile(outside, 'utf8')).toBe('precious\n');
    expect((await lstat(join(top, 'slipway.yaml'))).isSymbolicLink()).toBe(false);
  });

  it('of two at once, one writes it', async () => {
    const top = await make({ Dockerfile: D });
    const both = await Promise.all([
      initIn(top, '--no-aws', '--app', 'a'),
      initIn(top, '--no-aws', '--app', 'b'),
    ]);
    expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 2]);
    expect((await written(top)).app).toBe(both[0]?.exitCode === 0 ? 'a' : 'b');
  });

  it('a folder of that name is an error that says so', async () => {
    const top = await make({ Dockerfile: D });
    await mkdir(join(top, 'slipway.yaml'));
    expect(await initIn(top, '--no-aws', '--force')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('cannot be written'),
    });
  });

  it('no Dockerfile: nothing is written', async () => {
    const top = await make({ 'readme.md': '' });
    expect(await initIn(top, '--no-aws')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/there is no Dockerfile in.*\n.*write one/),
    });
    await expect(written(top)).rejects.toThrow('ENOENT');
  });
});

describe('options that are none', () => {
  it.each([
    ['--image', 'Dockerfile', 'Expected <Dockerfile>=<ECR repository>'],
    ['--image', 'Dockerfile=Shop/API', 'Expected <Dockerfile>=<ECR repository>, in lower case'],
    ['--cluster', 'a b', 'Expected the name of an ECS cluster'],
    ['--region', 'Frankfurt', 'Expected a region'],
    ['--app', 'A b', 'Expected a name'],
    ['--environment', 'pro/d', 'Expected a name'],
  ])('%s %s', async (option, value, says) => {
    expect(await runCli(['init', option, value])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(says),
    });
  });

  it('an image of a Dockerfile that is not there', async () => {
    const run = await initIn(await make({ Dockerfile: D }), '--no-aws', '--image', 'Dockerfil=x');
    expect(run).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/names Dockerfil, which is no Dockerfile here\n.*There is Dockerfile/),
    });
  });
});

describe('with the local AWS', () => {
  let aws: AwsWithoutDocker;
  beforeAll(async () => {
    aws = await startAwsWithoutDocker();
    await makeShop(aws);
  });
  afterAll(() => aws.close());
  beforeEach(() => {
    restore = setEnvironment(aws.env);
  });

  it('takes cluster, services, containers, repositories and health check paths from it', async () => {
    const top = await make({ 'api/Dockerfile': D, 'web/Dockerfile': D, 'docs/Dockerfile': D });
    const run = await initIn(top, '--cluster', 'main');
    expect({ ...run, file: await readFile(join(top, 'slipway.yaml'), 'utf8') }).toMatchSnapshot();
    expect(await written(top)).toMatchObject({
      images: { api: { repository: 'shop-api' }, web: {} },
      services: {
        'shop-api': { containers: { app: 'api' }, health: { path: '/up' } },
        worker: { image: 'api' },
        'shop-web': { image: 'web' },
      },
      environments: { production: { cluster: 'main' } },
    });
  });

  it('of two clusters it names both, and asks', async () => {
    const run = await initIn(await make({ Dockerfile: D }));
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatchSnapshot();
    expect(run.stderr).toMatch(
      /there are 2 ECS clusters in eu-central-1: empty, main\n.*slipway init --cluster empty/,
    );
  });

  it('a cluster that there is not', async () => {
    const run = await initIn(await make({ Dockerfile: D }), '--cluster', 'mian');
    expect(run).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('there is no ECS cluster mian in eu-central-1'),
    });
  });

  it('a cluster without services: from the Dockerfiles, with that cluster', async () => {
    const top = await make({ Dockerfile: D });
    const run = await initIn(top, '--cluster', 'empty');
    expect(run).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('cluster empty has no services yet'),
    });
    expect((await written(top)).environments).toMatchObject({ production: { cluster: 'empty' } });
  });

  it('services of which none fits: says what they run, and how to pair them', async () => {
    const run = await initIn(await make({ 'x/Dockerfile': D, 'y/Dockerfile': D }), '--cluster', 'main');
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatchSnapshot();
    expect(
      (await initIn(tree?.top ?? '', '--cluster', 'main', '--image', 'x/Dockerfile=shop-api')).exitCode,
    ).toBe(0);
    expect((await written(tree?.top ?? '')).services).toMatchObject({ worker: { image: 'x' } });
  });

  it('asks in the region of --region', async () => {
    const run = await initIn(await make({ Dockerfile: D }), '--region', 'us-east-1');
    expect(run.stderr).toContain('there are 2 ECS clusters in us-east-1: empty, main');
  });
});

describe('an AWS that says no', () => {
  const serve = async (answer: (target: string) => readonly [status: number, body: string]) => {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const target = String(request.headers['x-amz-target'] ?? body.match(/Action=(\w+)/)?.[1] ?? '');
        const [status, text] = answer(target);
        response.writeHead(status, {
          'content-type': target.includes('.') ? 'application/x-amz-json-1.1' : 'text/xml',
        });
        response.end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    restore();
    restore = setEnvironment(awsAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    return () => new Promise((resolve) => server.close(resolve));
  };
  const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ada</Arn><Account>123456789012</Account><UserId>x</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>`;
  const DENIED = JSON.stringify({
    __type: 'AccessDeniedException',
    message: 'User ada is not authorized\u001b[31m',
  });

  it('to everything but who I am: writes from the Dockerfiles alone, and says what was refused', async () => {
    const close = await serve((target) => (target === 'GetCallerIdentity' ? [200, IDENTITY] : [400, DENIED]));
    const top = await make({ Dockerfile: D });
    const run = await initIn(top, '--cluster', 'main');
    await close();
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain(
      'AWS was not asked: ecs:ListServices: AccessDeniedException: User ada is not authorized.',
    );
    expect(run.stderr).not.toContain('\u001b');
    expect((await written(top)).environments).toMatchObject({ production: { cluster: 'main' } });
  });

  it('not at all: nothing listens there', async () => {
    restore();
    const [port = 0] = await freePorts(1);
    restore = setEnvironment(awsAt(`http://127.0.0.1:${port}`));
    const run = await initIn(await make({ Dockerfile: D }));
    expect(run).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('AWS was not asked: AWS does not answer'),
    });
  });
});

/** Two services on one repository, one on another with a name that fits, one of somebody else; and an empty cluster. */
async function makeShop({ settings }: AwsWithoutDocker): Promise<void> {
  const ecs = new ECSClient(settings);
  const ecr = new ECRClient(settings);
  const balancers = new ElasticLoadBalancingV2Client(settings);
  const repository = async (repositoryName: string): Promise<string> =>
    (await ecr.send(new CreateRepositoryCommand({ repositoryName }))).repository?.repositoryUri ?? '';
  const api = await repository('shop-api');
  await repository('shop/web');
  const billing = await repository('billing');
  await ecs.send(new CreateClusterCommand({ clusterName: 'main' }));
  await ecs.send(new CreateClusterCommand({ clusterName: 'empty' }));
  const balancer = await balancers.send(
    new CreateLoadBalancerCommand({ Name: 'shop', Subnets: ['subnet-1'] }),
  );
  const group = await balancers.send(
    new CreateTargetGroupCommand({
      Name: 'api',
      Protocol: 'HTTP',
      Port: 8080,
      TargetType: 'ip',
      VpcId: 'vpc-1',
      HealthCheckPath: '/up',
    }),
  );
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn;
  const [Port = 0] = await freePorts(1);
  await balancers.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancer.LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: 'HTTP',
      Port,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    }),
  );
  const create = async (
    name: string,
    images: Readonly<Record<string, string>>,
    more: {
      readonly cpuArchitecture?: 'ARM64';
      readonly isBalanced?: boolean;
      readonly hasBreaker?: boolean;
    } = {},
  ): Promise<void> => {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: name,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: '256',
        memory: '512',
        ...(more.cpuArchitecture && { runtimePlatform: { cpuArchitecture: more.cpuArchitecture } }),
        containerDefinitions: Object.entries(images).map(([container, image]) => ({
          name: container,
          image,
          portMappings: container === 'app' ? [{ containerPort: 8080 }] : [],
        })),
      }),
    );
    await ecs.send(
      new CreateServiceCommand({
        cluster: 'main',
        serviceName: name,
        taskDefinition: name,
        desiredCount: 0,
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
        deploymentConfiguration: {
          deploymentCircuitBreaker: { enable: more.hasBreaker ?? true, rollback: true },
        },
        ...(more.isBalanced && {
          loadBalancers: [{ targetGroupArn: TargetGroupArn, containerName: 'app', containerPort: 8080 }],
        }),
      }),
    );
  };
  await create(
    'shop-api',
    { app: `${api}:1`, agent: 'datadog/agent:7' },
    { cpuArchitecture: 'ARM64', isBalanced: true },
  );
  await create('worker', { main: `${api}:1` }, { hasBreaker: false });
  await create('shop-web', { app: 'nginx:stable' });
  await create('billing', { app: `${billing}:1` });
}
