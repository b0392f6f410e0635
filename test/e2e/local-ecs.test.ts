// The local ECS on a real Docker engine: containers, health, logs, stop reasons, adoption after kill -9.
// Needs an engine; everything it makes carries one label and is removed by it.
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Docker from 'dockerode';
import { RealEcs } from './real-ecs.ts';

const ecs = new RealEcs();
const { docker } = ecs;
const register = ecs.register.bind(ecs);
const call = ecs.call.bind(ecs);
const run = ecs.runTask.bind(ecs);
const task = ecs.task.bind(ecs);
const service = ecs.service.bind(ecs);
const until = ecs.until.bind(ecs);
const stopped = ecs.stopped.bind(ecs);
const running = ecs.running.bind(ecs);
const stable = ecs.stable.bind(ecs);
const ours = (): Promise<Docker.ContainerInfo[]> => ecs.containers();

const python = (script: string): string[] => ['python', '-u', '-c', script];
const serve =
  "from http.server import *; print('serving'); HTTPServer(('',8080),SimpleHTTPRequestHandler).serve_forever()";

const container = (name: string, command: string[], more: object = {}): ContainerDefinition => ({
  name,
  image: 'python:3.11-slim',
  command,
  memory: 64,
  stopTimeout: 2,
  ...more,
});

beforeAll(() => ecs.start());
afterAll(async () => {
  expect(await ecs.remove()).toEqual([]);
});

describe('a task', () => {
  it('that ends has its exit code, its log lines, and leaves nothing on the engine', async () => {
    await register('ends', [
      container('main', python("import os; print('hello from', os.environ['WHO']); raise SystemExit(3)"), {
        environment: [{ name: 'WHO', value: 'a task' }],
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': '/test',
            'awslogs-stream-prefix': 'ecs',
            'awslogs-region': 'us-east-1',
          },
        },
      }),
    ]);
    const arn = await run('ends');
    await stopped(arn);
    expect(await task(arn)).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 3, imageDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }],
    });
    expect(ecs.printed(arn, 'main', '/test')).toEqual(['hello from a task']);
    expect(await ours()).toEqual([]);
  });

  it('is known to have ended within 250 ms', async () => {
    await register('killed', [container('main', python('import time; time.sleep(60)'))]);
    const arn = await run('killed');
    await running(arn);
    const [info] = await ours();
    const since = Math.floor(Date.now() / 1000);
    await docker.getContainer(info?.Id ?? '').kill();
    await stopped(arn);
    expect(await task(arn)).toMatchObject({ containers: [{ exitCode: 137 }] });
    const filters = JSON.stringify({ container: [info?.Id], event: ['die'] });
    const events = await docker.getEvents({ since, until: Math.ceil(Date.now() / 1000), filters });
    let text = '';
    for await (const chunk of events) text += String(chunk);
    const diedAtMs = (JSON.parse(text) as { timeNano: number }).timeNano / 1e6;
    expect(((await task(arn)).stoppingAt?.getTime() ?? Infinity) - diedAtMs).toBeLessThan(250);
  });

  it('that is told to stop gets SIGTERM and, when it does not listen, SIGKILL after stopTimeout', async () => {
    const deaf =
      "import signal,time; signal.signal(signal.SIGTERM, lambda *_: print('no')); print('up', flush=True)\nwhile True: time.sleep(1)";
    await register('deaf', [container('main', python(deaf))]);
    const arn = await run('deaf');
    await running(arn);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const atMs = Date.now();
    await call('StopTask', { task: arn, reason: 'test over' });
    await stopped(arn);
    expect(Date.now() - atMs).toBeGreaterThan(1900);
    expect(await task(arn)).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'test over',
      containers: [{ exitCode: 137 }],
    });
  });

  it.each([
    ['an image that does not exist', { image: 'localhost:1/nothing:1' }, /^CannotPullContainerError: /],
    [
      'a command that does not exist',
      { entryPoint: ['/no/such/thing'] },
      /^CannotStartContainerError: .*no such file/,
    ],
  ])('with %s says so in ECS’s words', async (_what, more, reason) => {
    await register('broken', [container('main', [], more)]);
    const arn = await run('broken');
    await stopped(arn);
    expect(await task(arn)).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringMatching(reason),
    });
  });

  it('that needs more memory than it has is killed for it', async () => {
    await register('greedy', [container('main', python('x = bytearray(200_000_000)'))]);
    const arn = await run('greedy');
    await stopped(arn);
    expect(await task(arn)).toMatchObject({
      containers: [{ exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }],
    });
  });

  it('for ARM64 runs an arm64 image, though the host is another', async () => {
    await register(
      'arm',
      [
        container('main', ['uname', '-m'], {
          logConfiguration: {
            logDriver: 'awslogs',
            options: { 'awslogs-group': '/arm', 'awslogs-stream-prefix': 'x' },
          },
        }),
      ],
      { runtimePlatform: { cpuArchitecture: 'ARM64' } },
    );
    const arn = await run('arm');
    await stopped(arn);
    expect(await task(arn)).toMatchObject({ containers: [{ exitCode: 0 }] });
    expect(ecs.printed(arn, 'main', '/arm', 'x')).toEqual(['aarch64']);
  });

  it('on awsvpc shares localhost among its containers', async () => {
    await register(
      'pair',
      [
        container('server', python(serve), { portMappings: [{ containerPort: 8080 }], memory: 64 }),
        container(
          'client',
          python(
            "import time,urllib.request\nfor _ in range(50):\n  try: urllib.request.urlopen('http://localhost:8080/'); break\n  except OSError: time.sleep(.1)\nelse: raise SystemExit(9)",
          ),
          { essential: true, memory: 64, dependsOn: [{ containerName: 'server', condition: 'START' }] },
        ),
      ],
      { networkMode: 'awsvpc' },
    );
    const arn = await run('pair', {
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    });
    await stopped(arn);
    const { containers = [] } = await task(arn);
    expect(containers.find(({ name }) => name === 'client')).toMatchObject({ exitCode: 0 });
    expect(await ours()).toEqual([]);
  });
});

describe('a service', () => {
  const web = (more: object = {}): ContainerDefinition =>
    container('web', python(serve), { portMappings: [{ containerPort: 8080 }], ...more });

  it('is reachable on the port that its task names', async () => {
    await register('web', [web()]);
    await call('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 });
    await stable('web');
    const { taskArns } = await call<{ taskArns: string[] }>('ListTasks', { serviceName: 'web' });
    const { containers } = await task(taskArns[0] ?? '');
    const [binding] = containers?.[0]?.networkBindings ?? [];
    const answer = await fetch(`http://${binding?.bindIP}:${binding?.hostPort}/`);
    expect(answer.status).toBe(200);
  });

  it('survives the end of the endpoint: its container is adopted, nothing is started twice', async () => {
    const before = await ours();
    await ecs.stop();
    await ecs.start();
    await stable('web');
    expect((await ours()).map(({ Id }) => Id)).toEqual(before.map(({ Id }) => Id));
    // And it is watched: when it dies now, it is replaced.
    await docker.getContainer(before[0]?.Id ?? '').kill();
    await until('replaced', async () => {
      const now = await ours();
      return now.length === 1 && now[0]?.Id !== before[0]?.Id && (await service('web')).runningCount === 1;
    });
  });

  it('that ended while nobody watched is noticed at the next start', async () => {
    const [info] = await ours();
    await ecs.stop();
    await docker.getContainer(info?.Id ?? '').kill();
    await ecs.start();
    await until('replaced', async () => {
      const now = await ours();
      return now.length === 1 && now[0]?.Id !== info?.Id && (await service('web')).runningCount === 1;
    });
    await stable('web');
  });

  it('rolls only when the container’s own health check passes, and back when it fails', async () => {
    const check = (exit: number): object => ({
      healthCheck: { command: ['CMD-SHELL', `exit ${exit}`], interval: 1, timeout: 2, retries: 1 },
    });
    await register('web', [web(check(0))]);
    await call('UpdateService', {
      service: 'web',
      taskDefinition: 'web',
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    });
    await stable('web');
    const { taskDefinition } = await service('web');
    await register('web', [web(check(1))]);
    await call('UpdateService', { service: 'web', taskDefinition: 'web' });
    await until('rolled back', async () => (await service('web')).taskDefinition === taskDefinition);
    await stable('web');
    const { taskArns } = await call<{ taskArns: string[] }>('ListTasks', {
      desiredStatus: 'STOPPED',
      serviceName: 'web',
    });
    const reasons = await Promise.all(taskArns.map(async (arn) => (await task(arn)).stoppedReason));
    expect(reasons.filter((reason) => reason === 'Task failed container health checks')).toHaveLength(3);
  });

  it('is gone, containers and all, after DeleteService', async () => {
    await call('DeleteService', { service: 'web', force: true });
    await until('INACTIVE', async () => (await service('web')).status === 'INACTIVE');
    expect(await ours()).toEqual([]);
  });
});
