// What somebody does to the engine behind the local ECS's back – and an engine that does not answer for a while.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogs, type Logs } from '../../src/local/logs/index.ts';
import { CutOffEngine } from './cut-off-engine.ts';
import { awslogs, busybox, idle, network, RealEcs } from './real-ecs.ts';

let folder: string;
let engine: CutOffEngine;
let ecs: RealEcs;
let logs: Logs;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-cut-'));
  engine = new CutOffEngine(join(folder, 'docker.sock'));
  await engine.connect();
  logs = await createLogs({ folder: join(folder, 'logs'), log: () => undefined });
  ecs = new RealEcs({ docker: { socketPath: engine.socketPath } });
  await ecs.start(logs.sink);
  await ecs.register('web', [busybox('web', idle, { portMappings: [{ containerPort: 8080 }] })]);
  await ecs.call('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 });
  await ecs.stable('web');
});

afterAll(async () => {
  const left = await ecs.remove();
  await logs.close();
  await engine.cut();
  await rm(folder, { recursive: true, force: true });
  expect(left).toEqual([]);
});

/** The one container of the service, once it runs and is another than before. */
async function another(before?: string): Promise<string> {
  let id = '';
  await ecs.until('another container runs', async () => {
    const all = await ecs.containers();
    id = all[0]?.Id ?? '';
    return all.length === 1 && id !== before && all[0]?.State === 'running';
  });
  await ecs.stable('web');
  return id;
}

describe('a container', () => {
  it.each([
    ['killed', 137, (id: string) => ecs.docker.getContainer(id).kill()],
    ['stopped', 0, (id: string) => ecs.docker.getContainer(id).stop()],
    ['removed', 137, (id: string) => ecs.docker.getContainer(id).remove({ force: true })],
  ])('that is %s by hand is replaced', async (_how, exitCode, disturb) => {
    const before = await another();
    await disturb(before);
    await another(before);
    const { taskArns } = await ecs.call<{ taskArns: string[] }>('ListTasks', { desiredStatus: 'STOPPED' });
    const [last] = await Promise.all(taskArns.slice(0, 1).map((arn) => ecs.stopped(arn)));
    expect(last).toMatchObject({ containers: [{ runtimeId: before }] });
    // Of one that is removed, the engine may have forgotten the code before we could ask.
    expect(['EssentialContainerExited', 'TerminationNotice']).toContain(last?.stopCode);
    expect([exitCode, undefined]).toContain(last?.containers?.[0]?.exitCode);
  });
});

describe('the network of a task', () => {
  it('that is removed ends the task', async () => {
    const arn = await ecs.run(
      'pair',
      [busybox('one', idle), busybox('two', idle)],
      { networkMode: 'awsvpc' },
      network,
    );
    await ecs.running(arn);
    const filters = { label: [`slipway.local.instance=${ecs.instance}`, 'slipway.local.role=network'] };
    const [holder] = await ecs.docker.listContainers({ filters });
    await ecs.docker.getContainer(holder?.Id ?? '').remove({ force: true });
    expect(await ecs.stopped(arn)).toMatchObject({
      stopCode: 'EssentialContainerExited',
      containers: [{ exitCode: 137 }, { exitCode: 137 }],
    });
  });
});

describe('a network', () => {
  it('that is removed while nothing runs is made again', async () => {
    await ecs.call('UpdateService', { service: 'web', desiredCount: 0 });
    await ecs.until('nothing runs', async () => (await ecs.containers()).length === 0);
    await ecs.docker.getNetwork(`slipway-${ecs.instance}`).remove();
    await ecs.call('UpdateService', { service: 'web', desiredCount: 1 });
    await another();
  });
});

describe('a container of somebody else under the name that ours would have', () => {
  it('is left alone, and the task says why it cannot start', async () => {
    const arn = await ecs.register('named', [
      busybox('first', 'sleep 2', { essential: false }),
      busybox('second', idle, { dependsOn: [{ containerName: 'first', condition: 'SUCCESS' }] }),
    ]);
    const taskArn = await ecs.runTask(arn);
    const id = taskArn.split('/').at(-1) ?? '';
    const foreign = await ecs.docker.createContainer({
      name: `slipway-${ecs.instance}-${id.slice(0, 12)}-second`,
      Image: 'busybox:stable',
    });
    try {
      expect(await ecs.stopped(taskArn)).toMatchObject({
        stopCode: 'TaskFailedToStart',
        stoppedReason: expect.stringMatching(
          /^CannotCreateContainerError: Error response from daemon: Conflict\./,
        ),
      });
      expect((await foreign.inspect()).State.Status).toBe('created');
    } finally {
      await foreign.remove({ force: true });
    }
  });
});

describe('an engine that does not answer for a while', () => {
  it('fails no task, loses no log line, and is caught up with', async () => {
    const before = await another();
    const counting = await ecs.run('counts', [
      busybox(
        'main',
        'for i in $(seq 1 300); do echo $i; sleep 0.02; done',
        awslogs('/counts', { 'awslogs-create-group': 'true' }),
      ),
    ]);
    await ecs.running(counting);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await engine.cut();
    // Begun while the engine is away: it waits for it.
    const late = await ecs.runTask('counts');
    await ecs.docker.getContainer(before).kill();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect((await ecs.task(late)).lastStatus).toBe('PENDING');
    await engine.connect();
    await ecs.until('the service has another task', async () => {
      const { taskArns } = await ecs.call<{ taskArns: string[] }>('ListTasks', { serviceName: 'web' });
      const [container] = (await ecs.task(taskArns[0] ?? '')).containers ?? [];
      return container?.lastStatus === 'RUNNING' && container.runtimeId !== before;
    });
    for (const arn of [counting, late]) {
      expect(await ecs.stopped(arn)).toMatchObject({ containers: [{ exitCode: 0 }] });
      const events = await logs.sink.tail('/counts', `ecs/main/${arn.split('/').at(-1)}`, 60_000);
      expect(events.map(({ message }) => message)).toEqual(
        Array.from({ length: 300 }, (_, index) => String(index + 1)),
      );
    }
  });
});
