import { beforeEach, describe, expect, it } from '@jest/globals';
import { CancelledFailure, sleep } from '@temporalio/activity';
import type { BakeResult, WatchBakeInput } from '../../src/activities/contracts/rollout.ts';
import { createWatchBake } from '../../src/activities/watch-bake.ts';
import type { BakePlan } from '../../src/release/plan.ts';
import { attempt, createWorld, type World } from './world.ts';

const POLL_MS = 5_000;
const MINUTE_MS = 60_000;
/** Looks of a bake of a minute: one at the beginning, one each poll, one for late lines. */
const LOOKS = MINUTE_MS / POLL_MS + 3;

let world: World;
let before: string;
let next: string;
beforeEach(() => {
  world = createWorld();
  const logConfiguration = {
    logDriver: 'awslogs' as const,
    options: { 'awslogs-group': '/shop', 'awslogs-stream-prefix': 'ecs' },
  };
  before = world.ecs.addTaskDefinition('shop', { app: 'x:1' });
  next = world.ecs.addTaskDefinition('shop', { app: 'x:2' });
  const { taskDefinition } = world.ecs.definition(next);
  for (const container of taskDefinition.containerDefinitions ?? [])
    Object.assign(container, { logConfiguration });
  world.ecs.addService('api', before);
  world.ecs.updateByOther('api', next);
  world.ecs.complete('api');
  world.ecs.startTask('api', { taskArn: 'arn:aws:ecs:eu-west-1:1:task/shop/new-1' });
});

const nothing = (): void => undefined;
const inputOf = (bake: Partial<BakePlan>): WatchBakeInput => ({
  cluster: 'shop',
  bake: { durationMs: MINUTE_MS, alarms: [], logs: [], ...bake },
  pollIntervalMs: POLL_MS,
  services: [
    {
      name: 'api',
      service: 'api',
      taskDefinition: next,
      deploymentId: world.ecs.primary('api').id ?? '',
    },
  ],
});
const watch = (bake: Partial<BakePlan>): Promise<BakeResult> =>
  attempt().run(createWatchBake(world.ports), inputOf(bake));
const errors = (maximumPerMinute: number) => ({
  logs: [{ service: 'api', pattern: 'ERROR', maximumPerMinute }],
});
/** What happens in the nth pause from now on. */
const inPause = (looks: number, event: () => void): void => {
  for (let look = 1; look < looks; look += 1) world.during.push(nothing);
  world.during.push(event);
};

describe('watchBake', () => {
  it('looks for the whole time, and once more when late lines have arrived', async () => {
    world.alarms.set('api-5xx', 'OK');
    expect(await watch({ alarms: ['api-5xx'], ...errors(2) })).toEqual({
      breaches: [],
      watched: [
        `alarm api-5xx: OK in ${LOOKS} looks, 0 could not be measured`,
        `log "ERROR" of api: at most 0 a minute (limit 2) in ${LOOKS - 1} looks, 0 could not be measured`,
        `tasks of api: ${LOOKS} looks, 0 could not be measured`,
      ],
    });
    expect(world.slept.reduce((sum, ms) => sum + ms, 0)).toBe(MINUTE_MS + 10_000);
  });

  it('ends at the first breach of an alarm', async () => {
    world.alarms.set('api-5xx', 'OK');
    inPause(3, () => world.alarms.set('api-5xx', 'ALARM', '3 datapoints were over 5'));
    expect(await watch({ alarms: ['api-5xx'] })).toEqual({
      breaches: [
        { summary: 'alarm api-5xx went into ALARM', evidence: ['api-5xx: 3 datapoints were over 5'] },
      ],
      watched: [
        'alarm api-5xx: OK in 3 looks, ALARM in 1, 0 could not be measured',
        'tasks of api: 4 looks, 0 could not be measured',
      ],
    });
    expect(world.slept).toHaveLength(3);
  });

  it('says of an alarm that it was there before', async () => {
    world.alarms.set('api-5xx', 'ALARM', 'since yesterday');
    expect(await watch({ alarms: ['api-5xx'] })).toMatchObject({
      breaches: [{ summary: 'alarm api-5xx was in ALARM already when the bake time began' }],
    });
  });

  it('counts the lines of the new tasks only, also of those that start meanwhile', async () => {
    const write = (task: string, ...ids: string[]) =>
      inPause(1, () => {
        for (const id of ids) world.logSearch.write('app', task, `ERROR ${id}`);
      });
    world.ecs.startTask('api', {
      taskArn: 'arn:aws:ecs:eu-west-1:1:task/shop/old-1',
      startedBy: 'ecs-svc/before',
    });
    world.logSearch.write('app', 'new-1', 'ERROR before the bake', { atMs: world.ports.now() - 1 });
    write('old-1', 'a', 'b', 'c', 'd');
    write('new-1', 'one');
    inPause(1, () => {
      world.ecs.startTask('api', { taskArn: 'arn:aws:ecs:eu-west-1:1:task/shop/new-2' });
      world.logSearch.write('app', 'new-2', 'ERROR two');
      world.logSearch.write('app', 'new-2', 'all is well');
      world.logSearch.write('app', 'new-2', 'ERROR three');
    });
    expect(await watch(errors(2))).toMatchObject({
      breaches: [
        {
          summary: 'log "ERROR" of api: at least 3 matches within a minute (limit 2)',
          evidence: ['api: ERROR one', 'api: ERROR two', 'api: ERROR three'],
        },
      ],
    });
    expect(world.slept).toHaveLength(4);
  });

  it('sees a line of the last moment that arrives after the end', async () => {
    inPause(MINUTE_MS / POLL_MS - 1, () => {
      const visibleAtMs = world.ports.now() + 12_000;
      world.logSearch.write('app', 'new-1', 'ERROR late', { visibleAtMs });
    });
    expect(await watch(errors(0))).toMatchObject({ breaches: [{ evidence: ['api: ERROR late'] }] });
    expect(world.slept).toHaveLength(LOOKS - 1);
  });

  it('counts looks that failed apart, and reads later what they have missed', async () => {
    world.alarms.set('api-5xx', 'OK');
    inPause(1, () => {
      world.alarms.trouble = 'throttle';
      world.logSearch.trouble = 'throttle';
      world.logSearch.write('app', 'new-1', 'ERROR unseen');
    });
    inPause(6, () => {
      world.alarms.trouble = undefined;
      world.logSearch.trouble = undefined;
    });
    const { breaches, watched } = await watch({ alarms: ['api-5xx'], ...errors(5) });
    expect(breaches).toEqual([]);
    expect(watched).toEqual([
      `alarm api-5xx: OK in ${LOOKS - 6} looks, 6 could not be measured (cloudwatch:DescribeAlarms: throttle)`,
      `log "ERROR" of api: at most 1 a minute (limit 5) in ${LOOKS - 7} looks, 6 could not be measured (logs:FilterLogEvents: throttle)`,
      expect.stringContaining('tasks of api'),
    ]);
  });

  it.each<[string, () => void, Partial<BakePlan>, RegExp]>([
    [
      'denied alarms',
      () => (world.alarms.trouble = 'deny'),
      { alarms: ['a'] },
      /^alarm a could not be measured/,
    ],
    ['an alarm that was removed', nothing, { alarms: ['a'] }, /^alarm a could not be measured/],
    [
      'logs that cannot be read',
      () => (world.logSearch.trouble = 'deny'),
      { logs: [{ service: 'api', pattern: 'x', maximumPerMinute: 1 }] },
      /^log "x" of api could not be measured/,
    ],
    [
      'a container that does not log where it can be read',
      nothing,
      { logs: [{ service: 'api', container: 'other', pattern: 'x', maximumPerMinute: 1 }] },
      /^log "x" of api\/other could not be measured/,
    ],
  ])('does not pass on what it could not see: %s', async (_what, arrange, bake, summary) => {
    arrange();
    const { breaches } = await watch(bake);
    expect(breaches).toEqual([{ summary: expect.stringMatching(summary), evidence: [expect.any(String)] }]);
    expect(world.slept).toHaveLength(LOOKS - 1 + 24);
  });

  it('passes when what could not be seen in the last look is seen soon after', async () => {
    world.alarms.trouble = 'throttle';
    world.alarms.set('a', 'OK');
    inPause(LOOKS + 3, () => {
      world.alarms.trouble = undefined;
    });
    expect(await watch({ alarms: ['a'] })).toMatchObject({ breaches: [] });
    expect(world.slept).toHaveLength(LOOKS + 3);
  });

  it('rolls back for a new task that fails, with its log', async () => {
    world.written.set('app', ['Traceback', 'KeyError']);
    inPause(2, () =>
      world.ecs.stopTask('api', {
        taskArn: 'arn:aws:ecs:eu-west-1:1:task/shop/new-1',
        containers: [{ name: 'app', exitCode: 1 }],
      }),
    );
    expect(await watch({})).toMatchObject({
      breaches: [
        {
          summary: 'a new task of api failed during the bake time: container app exited with code 1',
          evidence: [expect.stringContaining('app: exit code 1'), 'Traceback', 'KeyError'],
        },
      ],
    });
  });

  it.each([
    ['of the version before', { startedBy: 'ecs-svc/other', containers: [{ name: 'app', exitCode: 1 }] }],
    [
      'that the scheduler has moved',
      { stopCode: 'ServiceSchedulerInitiated' as const, stoppedReason: 'Scaling activity initiated by x' },
    ],
    ['whose host was lost', { stopCode: 'SpotInterruption' as const }],
  ])('does not mind a task %s', async (_what, task) => {
    inPause(2, () => world.ecs.stopTask('api', task));
    expect(await watch({})).toMatchObject({ breaches: [] });
  });

  it.each<[string, () => void, string]>([
    [
      'ECS rolls it back',
      () => {
        world.ecs.updateByOther('api', before);
        world.ecs.complete('api');
      },
      'service api has left the deployment of this release: it now runs shop:1',
    ],
    [
      'somebody starts it anew',
      () => {
        world.ecs.change('api', { taskDefinition: before });
        world.ecs.updateByOther('api', next);
        world.ecs.complete('api');
      },
      'service api has left the deployment of this release: replaced by another one of the same version',
    ],
    ['it is deleted', () => world.ecs.change('api', { status: 'INACTIVE' }), 'service api is INACTIVE'],
  ])('notices at the second look that the service has left: %s', async (_what, event, summary) => {
    inPause(2, event);
    expect(await watch({})).toMatchObject({ breaches: [{ summary }] });
    expect(world.slept).toHaveLength(3);
  });

  it('needs no log of a service that is scaled to zero', async () => {
    world.ecs.addService('api', next, { desiredCount: 0 });
    const { deployments } = world.ecs.service('api');
    expect(deployments?.[0]?.id).toBeDefined();
    expect(await watch(errors(0))).toMatchObject({ breaches: [] });
  });

  it('goes on where a worker died: the time and the counts are in its heartbeat', async () => {
    world.alarms.set('a', 'OK');
    const { run, beats } = attempt();
    inPause(5, () => {
      throw new Error('the worker dies');
    });
    const input = inputOf({ alarms: ['a'], ...errors(1) });
    await expect(run(createWatchBake(world.ports), input)).rejects.toThrow('the worker dies');
    expect(beats.at(-1)).toMatchObject({
      services: { api: { phase: 'baking', detail: '20 s of 60 s' } },
    });
    world.logSearch.write('app', 'new-1', 'ERROR nobody looked');
    const { watched } = await attempt(2, beats.at(-1)).run(createWatchBake(world.ports), input);
    // No time is waited twice.
    expect(world.slept).toHaveLength(LOOKS - 1);
    expect(watched.slice(0, 2)).toEqual([
      `alarm a: OK in ${LOOKS} looks, 0 could not be measured`,
      `log "ERROR" of api: at most 1 a minute (limit 1) in ${LOOKS - 1} looks, 0 could not be measured`,
    ]);
  });

  describe('while no worker is there', () => {
    const AWAY_MS = 10 * MINUTE_MS;
    /** Its worker dies in the nth pause; the next one comes after a long time, in which `meanwhile` happens. */
    const resumed = async (pause: number, bake: Partial<BakePlan>, meanwhile = nothing) => {
      world.alarms.set('a', 'OK');
      const { run, beats } = attempt();
      inPause(pause, () => {
        throw new Error('the worker dies');
      });
      const input = inputOf({ alarms: ['a'], ...bake });
      await expect(run(createWatchBake(world.ports), input)).rejects.toThrow('the worker dies');
      meanwhile();
      await world.ports.sleep(AWAY_MS);
      world.slept.length = 0;
      const next = attempt(2, beats.at(-1));
      return { ...(await next.run(createWatchBake(world.ports), input)), beats: next.beats };
    };

    it('nothing is watched: what was left of the bake time is left', async () => {
      const { breaches, watched, beats } = await resumed(1, {});
      expect(breaches).toEqual([]);
      expect(world.slept.reduce((sum, ms) => sum + ms, 0)).toBe(MINUTE_MS - POLL_MS + 10_000);
      expect(watched).toEqual([
        `alarm a: OK in ${LOOKS} looks, 0 could not be measured`,
        `tasks of api: ${LOOKS} looks, 0 could not be measured`,
        'no worker watched for 600 s: the bake time was extended by as much',
      ]);
      expect(beats[0]).toMatchObject({ services: { api: { phase: 'baking', detail: '5 s of 60 s' } } });
    });

    it('what breaks after it is seen', async () => {
      const { breaches } = await resumed(1, {}, () =>
        inPause(9, () => world.alarms.set('a', 'ALARM', 'too many')),
      );
      expect(breaches).toMatchObject([{ summary: 'alarm a went into ALARM' }]);
      expect(world.slept).toHaveLength(8);
    });

    it('the lines that were written are read afterwards', async () => {
      const { breaches } = await resumed(2, errors(0), () =>
        world.logSearch.write('app', 'new-1', 'ERROR nobody looked', {
          atMs: world.ports.now() + AWAY_MS / 2,
        }),
      );
      expect(breaches).toMatchObject([{ evidence: ['api: ERROR nobody looked'] }]);
    });

    it('after the end of the bake time nothing is lost', async () => {
      // In the pause before the last look, which is for late lines only.
      const { watched } = await resumed(LOOKS - 1, {});
      expect(world.slept).toEqual([]);
      expect(watched).toHaveLength(2);
    });
  });

  it('ends at once when it is cancelled', async () => {
    const { run, cancel, beats } = attempt();
    const running = run(createWatchBake({ ...world.ports, sleep }), inputOf({}));
    while (beats.length < 2) await new Promise(setImmediate);
    cancel();
    await expect(running).rejects.toBeInstanceOf(CancelledFailure);
  });
});
