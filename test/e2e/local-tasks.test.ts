// Tasks on a real Docker engine, as a hostile tester sees them: every way to fail, and what the task definition asks for.
import type { ContainerDefinition, Task } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RealRegistry, startRealRegistry } from '../local/ecr/real-registry.ts';
import { awslogs, busybox, idle, network, RealEcs } from './real-ecs.ts';
import { pushImage, pushIndex, removeImages, startLockedRegistry } from './tiny-images.ts';

const ecs = new RealEcs();
let registry: RealRegistry;
let locked: Awaited<ReturnType<typeof startLockedRegistry>>;
beforeAll(async () => {
  [registry, locked] = await Promise.all([startRealRegistry(), startLockedRegistry(), ecs.start()]);
});
afterAll(async () => {
  expect(await ecs.remove()).toEqual([]);
  await removeImages(ecs.docker, registry.url);
  await registry.close();
  locked.close();
});

const fargate = {
  requiresCompatibilities: ['FARGATE' as const],
  networkMode: 'awsvpc' as const,
  cpu: '256',
  memory: '512',
  executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
};
const named = (task: Task, name: string) => task.containers?.find((container) => container.name === name);

describe('a task that cannot start', () => {
  it.each<[string, Partial<ContainerDefinition>, RegExp]>([
    ['a missing registry', { image: 'localhost:1/nothing:1' }, /^CannotPullContainerError: .*localhost:1/],
    ['a missing host', { image: 'no-such-host.invalid/nothing:1' }, /^CannotPullContainerError: /],
    [
      'a missing program',
      { command: ['/no/such/program'] },
      /^CannotStartContainerError: .*no such file or directory/,
    ],
    [
      'no program on the path',
      { command: ['no-such-program'] },
      /^CannotStartContainerError: .*executable file not found/,
    ],
    [
      'a file that is no program',
      { command: ['/etc/passwd'] },
      /^CannotStartContainerError: .*permission denied/,
    ],
    [
      'a missing entry point',
      { entryPoint: ['/none'], command: [] },
      /^CannotStartContainerError: .*no such file/,
    ],
    ['a missing user', { user: 'nobody-like-this' }, /^CannotStartContainerError: .*unable to find user/],
    [
      'a missing log group',
      awslogs('/missing'),
      /^CannotStartContainerError: .*failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist\./,
    ],
  ])('because of %s says so', async (_what, more, reason) => {
    ecs.logs.missingGroups.add('/missing');
    const task = await ecs.stopped(await ecs.run('broken', [busybox('main', 'true', more)]));
    expect(task).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringMatching(reason),
    });
    expect(task.startedAt).toBeUndefined();
    expect(task.pullStartedAt).toBeInstanceOf(Date);
    expect(task.pullStoppedAt).toBeInstanceOf(Date);
  });
});

describe('an image that cannot be had', () => {
  const reasonOf = async (image: string): Promise<string> =>
    (await ecs.stopped(await ecs.run('pull', [{ name: 'main', image, memory: 32 }]))).stoppedReason ?? '';

  it('because its tag or repository is missing', async () => {
    const host = new URL(registry.url).host;
    await pushImage(registry.url, 'tiny', '1', 'amd64');
    expect(await reasonOf(`${host}/tiny:2`)).toMatch(/^CannotPullContainerError: .*\/tiny:2: not found$/);
    expect(await reasonOf(`${host}/none:1`)).toMatch(/^CannotPullContainerError: .*\/none:1: not found$/);
  });

  it('because nobody is let in', async () => {
    expect(await reasonOf(`${locked.host}/tiny:1`)).toMatch(
      /^CannotPullContainerError: .*(no basic auth credentials|unauthorized|authentication required)/,
    );
  });

  const single = (architecture: 'amd64' | 'arm64') => () =>
    pushImage(registry.url, `single-${architecture}`, '1', architecture);
  const index =
    (...architectures: ('amd64' | 'arm64')[]) =>
    () =>
      pushIndex(registry.url, `index-${architectures.join('-')}`, '1', architectures);
  it.each([
    ['a single arm64 image', single('arm64'), 'X86_64', "'linux/amd64'"],
    ['a single amd64 image', single('amd64'), 'ARM64', "'linux/arm64'"],
    ['an index of arm64 alone', index('arm64'), 'X86_64', "'linux/amd64'"],
    ['an index of amd64 alone', index('amd64'), 'ARM64', "'linux/arm64'"],
    ['an index of arm64 alone, on any instance', index('arm64'), undefined, "'linux/amd64'"],
  ] as const)('because it is of another architecture: %s', async (_what, push, cpuArchitecture, platform) => {
    const image = await push();
    const more = cpuArchitecture === undefined ? {} : { runtimePlatform: { cpuArchitecture } };
    const task = await ecs.stopped(await ecs.run('other', [{ name: 'main', image, memory: 32 }], more));
    expect(task).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: `CannotPullContainerError: pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform ${platform}`,
    });
  });

  it.each(['X86_64', 'ARM64'] as const)('but an index of both runs on %s', async (cpuArchitecture) => {
    const image = await index('amd64', 'arm64')();
    const arn = await ecs.run('both', [{ name: 'main', image, memory: 32, stopTimeout: 1 }], {
      runtimePlatform: { cpuArchitecture },
    });
    await ecs.running(arn);
    await ecs.call('StopTask', { task: arn });
    expect(await ecs.stopped(arn)).toMatchObject({ containers: [{ exitCode: expect.any(Number) }] });
  });
});

describe('a task that ends', () => {
  it.each<[string, string, Partial<ContainerDefinition>, object]>([
    ['with 0', 'exit 0', {}, { exitCode: 0 }],
    ['with 3', 'exit 3', {}, { exitCode: 3 }],
    ['by a signal', "sh -c 'kill -9 $$'; exit $?", {}, { exitCode: 137 }],
    [
      'for want of memory',
      'tail /dev/zero',
      { command: ['tail', '/dev/zero'] },
      { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
    ],
  ])('%s says so', async (_what, script, more, container) => {
    const task = await ecs.stopped(await ecs.run('ends', [busybox('main', script, more)]));
    expect(task).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [container],
    });
    const order = [
      task.createdAt,
      task.pullStartedAt,
      task.pullStoppedAt,
      task.startedAt,
      task.stoppingAt,
      task.executionStoppedAt,
      task.stoppedAt,
    ].map((date) => date?.getTime() ?? Number.NaN);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });
});

describe('what a container is given', () => {
  it('is what its definition says', async () => {
    const arn = await ecs.run(
      'given',
      [
        busybox(
          'main',
          [
            'echo user=$(id -u) dir=$(pwd) a=$A b=$B host=$(hostname) files=$(ulimit -n)',
            'touch /x 2>/dev/null || echo read-only',
            'echo kept > /shared/x',
            'grep -q "10.1.2.3.*legacy" /etc/hosts && echo legacy',
            'echo pid1=$(tr "\\0" " " < /proc/1/cmdline | cut -d" " -f1)',
            'df /run/small | tail -1 | cut -c1-5',
          ].join('; '),
          {
            ...awslogs('/given'),
            user: '1000',
            workingDirectory: '/tmp',
            environment: [
              { name: 'A', value: 'one' },
              { name: 'B', value: 'overridden' },
            ],
            hostname: 'box',
            ulimits: [{ name: 'nofile', softLimit: 100, hardLimit: 200 }],
            readonlyRootFilesystem: true,
            extraHosts: [{ hostname: 'legacy', ipAddress: '10.1.2.3' }],
            mountPoints: [{ sourceVolume: 'scratch', containerPath: '/shared' }],
            linuxParameters: {
              initProcessEnabled: true,
              tmpfs: [{ containerPath: '/run/small', size: 1 }],
            },
            dependsOn: [{ containerName: 'before', condition: 'SUCCESS' }],
          },
        ),
        busybox('before', 'chmod 777 /v', {
          essential: false,
          mountPoints: [{ sourceVolume: 'scratch', containerPath: '/v' }],
        }),
      ],
      { volumes: [{ name: 'scratch' }] },
      { overrides: { containerOverrides: [{ name: 'main', environment: [{ name: 'B', value: 'two' }] }] } },
    );
    const task = await ecs.stopped(arn);
    expect({ task, printed: ecs.printed(arn, 'main', '/given') }).toMatchObject({
      printed: [
        'user=1000 dir=/tmp a=one b=two host=box files=100',
        'read-only',
        'legacy',
        'pid1=/sbin/docker-init',
        'tmpfs',
      ],
    });
    expect(
      (await ecs.docker.listVolumes({ filters: { label: [`slipway.local.instance=${ecs.instance}`] } }))
        .Volumes ?? [],
    ).toEqual([]);
  });

  it('may be another command', async () => {
    const definition = await ecs.register('another', [busybox('main', 'exit 1')]);
    const arn = await ecs.runTask(definition, {
      overrides: { containerOverrides: [{ name: 'main', command: ['sh', '-c', 'exit 7'] }] },
    });
    expect(await ecs.stopped(arn)).toMatchObject({ containers: [{ exitCode: 7 }] });
  });

  it('may be another container by a link, and its volumes', async () => {
    const arn = await ecs.run('linked', [
      busybox('main', 'for i in 1 2 3 4 5 6 7 8 9; do nc cache 80 && exit 5; sleep 0.2; done', {
        links: ['server:cache'],
        volumesFrom: [{ sourceContainer: 'server' }],
      }),
      busybox('server', 'while :; do echo hello | nc -l -p 80; done'),
    ]);
    const task = await ecs.stopped(arn);
    expect(named(task, 'main')).toMatchObject({ exitCode: 5 });
  });
});

describe('containers that depend on each other', () => {
  it('wait no longer than startTimeout', async () => {
    const arn = await ecs.run('timeout', [
      busybox('main', idle, { dependsOn: [{ containerName: 'slow', condition: 'COMPLETE' }] }),
      busybox('slow', idle, { essential: false, startTimeout: 2 }),
    ]);
    const task = await ecs.stopped(arn);
    expect(task).toMatchObject({ stopCode: 'TaskFailedToStart' });
    expect(named(task, 'main')?.reason).toMatch(/^CannotStartContainerError: .* has timed out\.$/);
    expect(task.startedAt).toBeUndefined();
  });

  it('end in reverse order', async () => {
    const arn = await ecs.run('reverse', [
      busybox('db', 'trap "echo db ends; exit 0" TERM; while :; do sleep 0.1; done', awslogs('/reverse')),
      busybox('app', 'trap "sleep 1; echo app ends; exit 0" TERM; while :; do sleep 0.1; done', {
        ...awslogs('/reverse'),
        dependsOn: [{ containerName: 'db', condition: 'START' }],
      }),
    ]);
    await ecs.running(arn);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await ecs.call('StopTask', { task: arn });
    await ecs.stopped(arn);
    const at = (name: string) =>
      ecs.logs.events.get(`/reverse ecs/${name}/${arn.split('/').at(-1)}`)?.[0]?.timestampMs ?? 0;
    expect(at('db')).toBeGreaterThanOrEqual(at('app'));
    expect(at('app')).toBeGreaterThan(0);
  });
});

describe('health', () => {
  it('is what the definition checks, of essential containers', async () => {
    const check = (command: string): Partial<ContainerDefinition> => ({
      healthCheck: { command: ['CMD-SHELL', command], interval: 1, retries: 1 },
    });
    const arn = await ecs.run('health', [
      busybox('main', idle, check('test -e /tmp/well')),
      busybox('side', idle, { ...check('false'), essential: false }),
    ]);
    await ecs.running(arn);
    await ecs.until('UNHEALTHY', async () => (await ecs.task(arn)).healthStatus === 'UNHEALTHY');
    const [main] = await ecs.docker.listContainers({
      filters: { label: [`slipway.local.instance=${ecs.instance}`, 'slipway.local.container=main'] },
    });
    const exec = await ecs.docker.getContainer(main?.Id ?? '').exec({ Cmd: ['touch', '/tmp/well'] });
    await exec.start({});
    await ecs.until('HEALTHY', async () => (await ecs.task(arn)).healthStatus === 'HEALTHY');
    expect(named(await ecs.task(arn), 'side')?.healthStatus).toBe('UNHEALTHY');
    await ecs.call('StopTask', { task: arn });
    await ecs.stopped(arn);
  });
});

describe('a Fargate task', () => {
  it('has a network interface, and says where it runs', async () => {
    const arn = await ecs.run('fargate', [busybox('main', idle)], fargate, {
      launchType: 'FARGATE',
      ...network,
    });
    const task = await ecs.running(arn);
    const address = named(task, 'main')?.networkInterfaces?.[0]?.privateIpv4Address;
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(task.attachments?.[0]).toMatchObject({
      type: 'ElasticNetworkInterface',
      status: 'ATTACHED',
      details: expect.arrayContaining([
        { name: 'subnetId', value: 'subnet-1' },
        { name: 'privateIPv4Address', value: address },
      ]),
    });
    expect(named(task, 'main')).toMatchObject({
      runtimeId: expect.stringMatching(/^[0-9a-f]{64}$/),
      imageDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    const before = task.version ?? 0;
    await ecs.call('StopTask', { task: arn });
    const after = await ecs.stopped(arn);
    expect(after).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'Task stopped by user',
      attachments: [{ status: 'DELETED' }],
    });
    expect(after.version).toBeGreaterThan(before);
  });

  it('without its log group fails as Fargate does', async () => {
    ecs.logs.missingGroups.add('/missing');
    const arn = await ecs.run('fargate-logs', [busybox('main', idle, awslogs('/missing'))], fargate, {
      launchType: 'FARGATE',
      ...network,
    });
    expect((await ecs.stopped(arn)).stoppedReason).toBe(
      'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1',
    );
  });
});

describe('logs', () => {
  it('of a burst are whole: it is written faster than it is read', async () => {
    const arn = await ecs.run('burst', [busybox('main', 'seq 1 200000', awslogs('/burst'))]);
    await ecs.stopped(arn);
    const printed = ecs.printed(arn, 'main', '/burst');
    expect(printed.length).toBe(200_000);
    expect(printed.findIndex((line, index) => line !== String(index + 1))).toBe(-1);
  });

  it('keep every character of a long line, wherever the engine cuts it', async () => {
    const script =
      's=ä€😀; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do s=$s$s; done; echo x$s; echo xx$s; echo ä';
    const arn = await ecs.run('characters', [busybox('main', script, awslogs('/characters'))]);
    await ecs.stopped(arn);
    const long = 'ä€😀'.repeat(4096);
    const whole = [`x${long}`, `xx${long}`, 'ä'];
    // Not the lines themselves: a failure would print a megabyte.
    expect(
      ecs.printed(arn, 'main', '/characters').map((line, index) => [line.length, line === whole[index]]),
    ).toEqual(whole.map((line) => [line.length, true]));
  });

  it('keep order, long lines, the last line without an end, and come fast', async () => {
    const script = [
      'seq 1 10000; sleep 0.5',
      `head -c 300000 /dev/zero | tr '\\0' x; echo`,
      'echo',
      'echo out; sleep 0.05; echo err >&2; sleep 0.05',
      `printf 'last'`,
    ].join('\n');
    const arn = await ecs.run('logs', [busybox('main', script, awslogs('/logs'))]);
    await ecs.stopped(arn);
    const printed = ecs.printed(arn, 'main', '/logs');
    expect(printed.slice(0, 10_000)).toEqual(Array.from({ length: 10_000 }, (_, index) => String(index + 1)));
    expect(printed.slice(10_000).map((line) => (line.startsWith('x') ? line.length : line))).toEqual([
      262_118,
      37_882,
      'out',
      'err',
      'last',
    ]);
  });
});
