/** Stall, time limit, and waiting for room: what counts as progress. */
import { describe, expect, it } from '@jest/globals';
import type { ServiceView, StoppedTask } from '../../../src/release/judging/observation.ts';
import {
  crashed,
  draining,
  event,
  expected,
  failure,
  judgeAll,
  type Look,
  mine,
  NO_ROOM,
  old,
  once,
  record,
  service,
  waiting,
} from '../views.ts';

describe('the stall clock', () => {
  const steps = (from: number, to: number, view: ServiceView, tasks: readonly StoppedTask[] = []): Look[] => {
    const looks: Look[] = [];
    for (let atMs = from; atMs <= to; atMs += 10_000) looks.push({ atMs, service: view, stopped: tasks });
    return looks;
  };
  const starting = service([mine({ pending: 2 }), old()]);

  it('lets a slow start take its time, and not more', () => {
    expect(judgeAll(steps(10_000, 300_000, starting))).toMatchObject(waiting('starting'));
    expect(judgeAll(steps(10_000, 310_000, starting))).toMatchObject(
      failure('stalled', /nothing has changed for 300 s: 0\/2 new running, 2 old left/),
    );
  });

  it('says what it saw: a crash that never came twice', () => {
    expect(judgeAll(steps(10_000, 310_000, starting, [crashed(1)]))).toMatchObject(
      failure('stalled', /2 old left; container api exited with code 1$/),
    );
  });

  it.each<[string, ServiceView]>([
    ['a new task runs', service([mine({ running: 1, pending: 1 }), old()])],
    ['an old task is gone', service([mine({ pending: 2 }), old({ running: 1 })])],
  ])('starts anew when %s', (_what, view) => {
    const looks = [...steps(10_000, 200_000, starting), ...steps(210_000, 500_000, view)];
    expect(judgeAll(looks)).toMatchObject(waiting('starting'));
    expect(judgeAll([...looks, { atMs: 510_000, service: view }])).toMatchObject(failure('stalled'));
  });

  it.each<[string, ServiceView]>([
    ['new tasks that come and go', service([mine({ running: 1, pending: 1 }), old()])],
    ['old tasks that come and go', service([mine({ pending: 2 }), old({ running: 1 })])],
    ['more old tasks, by autoscaling', service([mine({ pending: 2 }), old({ running: 3 })], { desired: 3 })],
    ['more failed tasks', service([mine({ pending: 2, failed: 3 }), old()])],
  ])('takes no notice of %s', (_what, flicker) => {
    const looks = Array.from(
      { length: 32 },
      (_, index): Look => ({
        atMs: 20_000 + index * 10_000,
        service: index % 2 === 0 ? flicker : starting,
      }),
    );
    expect(judgeAll(looks)).toMatchObject(failure('stalled'));
  });

  it('stands still while old tasks drain, for as long as the load balancer holds them', () => {
    const drained = service([mine({ running: 2 }), old()]);
    const looks = steps(10_000, 800_000, drained, [draining(), draining()]);
    expect(judgeAll(looks)).toMatchObject({
      state: 'waiting',
      phase: 'draining',
      detail: '2/2 new running, 2 old left, 2 draining',
    });
  });

  it.each<[string, StoppedTask]>([
    ['has drained', draining({ lastStatus: 'STOPPED' })],
    ['crashed and is being replaced', crashed(1, { startedBy: 'ecs-svc/old', lastStatus: 'DEPROVISIONING' })],
    ['fails its health checks', draining({ stoppedReason: 'Task failed container health checks' })],
    ['is ours', draining({ startedBy: expected.deploymentId })],
  ])('runs on when a task %s', (_what, task) => {
    const view = service([mine({ running: 2 }), old()]);
    expect(judgeAll(steps(10_000, 310_000, view, [task]))).toMatchObject(failure('stalled'));
  });

  it('is not the only one: a rollout that creeps is over in the end', () => {
    const looks = Array.from(
      { length: 90 },
      (_, index): Look => ({
        atMs: (index + 1) * 10_000,
        service: service([mine({ running: index, pending: 1 }), old()], { desired: 100 }),
      }),
    );
    expect(judgeAll(looks.slice(0, -1))).toMatchObject(waiting('starting'));
    expect(judgeAll(looks)).toMatchObject(
      failure('timed-out', /not stable after 900 s: 89\/100 new running/),
    );
  });
});

describe('waiting for room', () => {
  const short = (atMs: number, more: readonly ReturnType<typeof event>[] = [], running = 0): ServiceView =>
    service([mine({ running, pending: 0 }), old()], { events: [...more, event(atMs, NO_ROOM)] });

  it('is shown as such, from the moment ECS says so', () => {
    expect(once(short(15_000), [], 20_000)).toMatchObject(waiting('starting'));
    expect(
      judgeAll([
        { atMs: 20_000, service: short(15_000) },
        { atMs: 30_000, service: short(15_000) },
      ]),
    ).toMatchObject({
      state: 'waiting',
      phase: 'capacity',
      detail: expect.stringMatching(/room to place a task: 0\/2/),
    });
  });

  it('has a limit of its own, beyond the stall limit', () => {
    const look = (atMs: number): Look => ({ atMs, service: short(15_000) });
    expect(judgeAll([20_000, 30_000, 619_999].map(look))).toMatchObject(waiting('capacity'));
    expect(judgeAll([20_000, 30_000, 620_000].map(look))).toMatchObject(
      failure('no-capacity', /no room for a task for 600 s/),
    );
  });

  it('ends when a task is started; the stall clock starts only then', () => {
    const placed = short(15_000, [event(400_000, 'has started 1 tasks: (task 1).')]);
    const looks: Look[] = [
      { atMs: 20_000, service: short(15_000) },
      { atMs: 30_000, service: short(15_000) },
      { atMs: 405_000, service: placed },
    ];
    expect(judgeAll(looks)).toMatchObject(waiting('starting'));
    expect(judgeAll([...looks, { atMs: 704_999, service: placed }])).toMatchObject(waiting('starting'));
    expect(judgeAll([...looks, { atMs: 705_000, service: placed }])).toMatchObject(failure('stalled'));
  });

  it('goes on behind other events, as ECS does not repeat this one', () => {
    const view = short(15_000, [event(50_000, 'has begun draining connections on 1 tasks.')]);
    expect(
      judgeAll([
        { atMs: 20_000, service: view },
        { atMs: 60_000, service: view },
      ]),
    ).toMatchObject(waiting('capacity'));
  });

  it('is counted from the last progress: one task placed is not held against the next', () => {
    const looks: Look[] = [
      { atMs: 20_000, service: short(15_000) },
      { atMs: 30_000, service: short(15_000) },
      { atMs: 500_000, service: short(15_000, [], 1) },
      { atMs: 510_000, service: short(15_000, [], 1) },
      { atMs: 700_000, service: short(15_000, [], 1) },
    ];
    expect(judgeAll(looks)).toMatchObject(waiting('capacity'));
  });

  it('is not seen in events of before, nor when all tasks run', () => {
    const looks = (view: ServiceView): Look[] => [20_000, 30_000].map((atMs) => ({ atMs, service: view }));
    expect(judgeAll(looks(short(-60_000)))).toMatchObject(waiting('starting'));
    expect(judgeAll(looks(short(15_000, [], 2)))).toMatchObject(waiting('starting'));
  });

  it('does not excuse a bad image', () => {
    expect(
      judgeAll([20_000, 30_000].map((atMs) => ({ atMs, service: short(15_000), stopped: [crashed(126)] }))),
    ).toMatchObject(failure('task-failed'));
  });
});

describe('the time of a wave', () => {
  const HOUR = 3_600_000;
  const looks = (untilMs: number, view: ServiceView, more: Partial<Look>): Look[] =>
    Array.from({ length: Math.floor(untilMs / 10_000) }, (_, index) => ({
      atMs: (index + 1) * 10_000,
      service: view,
      ...more,
    }));
  const drained = service([mine({ running: 2 }), old({ running: 0 })]);

  it('stands still while ECS only drains old tasks, up to the hour that a load balancer may hold them', () => {
    expect(judgeAll(looks(HOUR, drained, { stopped: [draining(), draining()] }))).toMatchObject({
      state: 'waiting',
      phase: 'draining',
      detail: '2/2 new running, 0 old left, 2 draining',
    });
  });

  it('is called draining once an old task has gone, or is told to go: before, the new ones are not healthy yet', () => {
    const look = (atMs: number, running: number): Look => ({
      atMs,
      service: service([mine({ running: 2 }), old({ running })]),
    });
    expect(judgeAll([look(10_000, 2), look(20_000, 2)])).toMatchObject(waiting('starting'));
    expect(judgeAll([look(10_000, 2), look(20_000, 1)])).toMatchObject(waiting('draining'));
  });

  it('goes on after that hour: a task that never ends is no drain', () => {
    const tasks = [draining()];
    const judgement = judgeAll(looks(2 * HOUR, drained, { stopped: tasks }));
    expect(judgement).toMatchObject(failure('stalled', /1 draining$/));
  });

  it('stands still where the new ones have no place before the old ones are gone', () => {
    const noRoom = service([mine({ running: 0, pending: 0 }), old({ running: 1 })]);
    expect(judgeAll(looks(1_000_000, noRoom, { stopped: [draining()] }))).toMatchObject(waiting('starting'));
  });

  it.each<[string, ServiceView, Partial<Look>]>([
    [
      'a new task is starting meanwhile',
      service([mine({ running: 1, pending: 1 }), old({ running: 0 })]),
      { stopped: [draining()] },
    ],
    [
      'a new task has failed meanwhile',
      service([mine({ running: 1, pending: 0 }), old({ running: 0 })]),
      { stopped: [draining(), crashed(1)] },
    ],
  ])('runs on when %s', (_when, view, more) => {
    expect(judgeAll(looks(890_000, view, more))).toMatchObject(waiting('starting'));
    expect(judgeAll(looks(900_000, view, more))).toMatchObject(failure('timed-out'));
  });

  it('and the stall clock stand still while ECS watches alarms, which it says only in its own account', () => {
    const all = service([mine({ running: 2 })]);
    const watched = record('IN_PROGRESS', { alarms: { watched: true, triggered: [] } });
    expect(judgeAll(looks(1_200_000, all, { record: watched }))).toMatchObject(waiting('baking'));
    expect(judgeAll(looks(1_200_000, all, { record: record('IN_PROGRESS') }))).toMatchObject(
      failure('stalled'),
    );
  });

  it('of the alarms ends, too', () => {
    const all = service([mine({ running: 2 })]);
    const watched = record('IN_PROGRESS', { alarms: { watched: true, triggered: [] } });
    expect(judgeAll(looks(2 * HOUR, all, { record: watched }))).toMatchObject(failure('timed-out'));
  });
});
