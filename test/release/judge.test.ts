import { describe, expect, it } from '@jest/globals';
import { initialMemory, type Judgement, judge, VISIBILITY_GRACE_MS } from '../../src/release/judge.ts';
import type { ServiceView, StoppedTask } from '../../src/release/observation.ts';
import {
  arn,
  container,
  crashed,
  draining,
  event,
  expected,
  FOREIGN,
  judgeAll,
  type Look,
  mine,
  NEW,
  NO_ROOM,
  notStarted,
  OLD,
  old,
  other,
  service,
  stopped,
  timing,
} from './views.ts';

const GONE_BREAKER = 'ECS deployment circuit breaker: tasks failed to start.';
const ROLLING_BACK = 'ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/old.';

const once = (view: ServiceView | undefined, tasks: readonly StoppedTask[] = [], atMs = 20_000): Judgement =>
  judgeAll([{ atMs, service: view, stopped: tasks }]);

const failure = (kind: string, summary: RegExp | string = /./): object => ({
  state: 'failed',
  kind,
  summary: expect.stringMatching(summary),
});
const waiting = (phase: string): object => ({ state: 'waiting', phase });

const inProgress = service([mine({ running: 1, pending: 1 }), old()]);

describe('stable', () => {
  it.each<[string, ServiceView]>([
    [
      'our deployment is PRIMARY, completed, with our task definition',
      service([mine({ rolloutState: 'COMPLETED', running: 2 })]),
    ],
    [
      'it is completed early, while old tasks still run (early success criteria)',
      service([mine({ rolloutState: 'COMPLETED', running: 2 }), old()]),
    ],
    ['the service is scaled to zero', service([mine({ rolloutState: 'COMPLETED' })], { desired: 0 })],
    [
      'it was there already, so that no deployment happened',
      service([mine({ rolloutState: 'COMPLETED', running: 2, createdAtMs: -900_000 })]),
    ],
    [
      'there is no rolloutState (Classic Load Balancer), and it is alone with all its tasks',
      service([mine({ rolloutState: null, running: 2 })]),
    ],
    [
      'autoscaling has changed the desired count in mid-rollout',
      service([mine({ rolloutState: 'COMPLETED', running: 5 })], { desired: 5 }),
    ],
  ])('when %s', (_when, view) => {
    expect(once(view)).toEqual({ state: 'stable' });
  });

  it('although one task crashed on the way, and whatever crashed before', () => {
    const tasks = [crashed(1), crashed(1, { startedBy: 'ecs-svc/old' })];
    expect(once(service([mine({ rolloutState: 'COMPLETED', running: 2 })]), tasks)).toEqual({
      state: 'stable',
    });
  });

  it('a moment before the time is over, and a moment after', () => {
    const view = service([mine({ rolloutState: 'COMPLETED', running: 2 })]);
    expect(once(view, [], timing.stabilityTimeoutMs + 1)).toEqual({ state: 'stable' });
  });
});

describe('not stable, though an SDK waiter would say so', () => {
  it.each<[string, ServiceView, object]>([
    [
      'the old deployment alone, before ours is shown',
      service([old({}, 'PRIMARY')]),
      failure('rolled-back-by-ecs'),
    ],
    [
      'completed, but the service names another task definition',
      service([mine({ rolloutState: 'COMPLETED', running: 2 })], { taskDefinition: FOREIGN }),
      waiting('starting'),
    ],
    [
      'our id, completed, with the task definition of before',
      service([{ ...mine({ rolloutState: 'COMPLETED', running: 2 }), taskDefinition: OLD }]),
      failure('rolled-back-by-ecs'),
    ],
    [
      'ours, completed, but no longer PRIMARY',
      service([mine({ rolloutState: 'COMPLETED', running: 2 }, 'ACTIVE'), other(FOREIGN)]),
      failure('foreign-change'),
    ],
    ['all counts right, but still in progress', service([mine({ running: 2 })]), waiting('starting')],
    [
      'no rolloutState, and old tasks are left',
      service([mine({ rolloutState: null, running: 2 }), old({ rolloutState: null })]),
      waiting('draining'),
    ],
    [
      'no rolloutState, and a task is missing',
      service([mine({ rolloutState: null, running: 1 })]),
      waiting('starting'),
    ],
    [
      'no rolloutState, and one more is starting',
      service([mine({ rolloutState: null, running: 2, pending: 1 })]),
      waiting('starting'),
    ],
  ])('%s', (_what, view, judgement) => {
    expect(once(view)).toMatchObject(judgement);
  });
});

describe('not visible yet', () => {
  const unseen = service([old({}, 'PRIMARY')]);

  it('is waited for, from the update on', () => {
    expect(once(unseen, [], VISIBILITY_GRACE_MS - 1)).toMatchObject(waiting('not-visible'));
    expect(once(unseen, [], VISIBILITY_GRACE_MS)).toMatchObject(
      failure('rolled-back-by-ecs', /put back to api:7/),
    );
  });

  it('is told from a read that is older than the one before', () => {
    const looks: Look[] = [
      { atMs: 100_000, service: inProgress },
      { atMs: 105_000, service: unseen },
    ];
    expect(judgeAll(looks)).toMatchObject(waiting('not-visible'));
    expect(judgeAll([...looks, { atMs: 110_000, service: inProgress }])).toMatchObject(waiting('starting'));
    expect(judgeAll([...looks, { atMs: 120_000, service: unseen }])).toMatchObject(
      failure('rolled-back-by-ecs'),
    );
  });

  it('gets its grace anew each time it has been seen in between', () => {
    const looks: Look[] = [100_000, 120_000, 140_000].flatMap((atMs) => [
      { atMs, service: inProgress },
      { atMs: atMs + 10_000, service: unseen },
    ]);
    expect(judgeAll(looks)).toMatchObject(waiting('not-visible'));
  });

  it('does not hide a task of ours that has failed', () => {
    expect(once(unseen, [crashed(127)], 1_000)).toMatchObject(failure('task-failed', /exited with code 127/));
  });

  it('does not hide that ECS is rolling back', () => {
    const view = service([other(OLD, { rolloutReason: ROLLING_BACK })]);
    expect(once(view, [], 1_000)).toMatchObject(
      failure('rolled-back-by-ecs', /circuit breaker: rolling back/),
    );
  });
});

describe('ended by ECS', () => {
  it.each<[string, ServiceView, object]>([
    [
      'our deployment FAILED and is still PRIMARY (no rollback configured)',
      service([mine({ rolloutState: 'FAILED', rolloutReason: GONE_BREAKER }), old()]),
      failure(
        'deployment-failed',
        /ECS gave up on the deployment: ECS deployment circuit breaker: tasks failed/,
      ),
    ],
    [
      'our deployment FAILED, and the baseline is PRIMARY again under its old id',
      service([
        mine({ rolloutState: 'FAILED', rolloutReason: GONE_BREAKER }, 'ACTIVE'),
        old({ rolloutReason: ROLLING_BACK, rolloutState: 'IN_PROGRESS' }, 'PRIMARY'),
      ]),
      failure('deployment-failed'),
    ],
    [
      'both entries share our id',
      service([other(OLD, { rolloutState: 'COMPLETED' }, 'new'), mine({ rolloutState: 'FAILED' }, 'ACTIVE')]),
      failure('deployment-failed', /no reason given/),
    ],
    [
      'a new deployment of the baseline, ours still ACTIVE without a state of FAILED',
      service([other(OLD, { rolloutReason: ROLLING_BACK }), mine({}, 'ACTIVE')]),
      failure('rolled-back-by-ecs', /rolled the deployment back/),
    ],
    [
      'the failed entry is gone already, the rollback goes on under a new id',
      service([other(OLD, { rolloutReason: ROLLING_BACK })]),
      failure('rolled-back-by-ecs'),
    ],
    [
      'the rollback has completed, and its reason no longer says so',
      service([
        other(OLD, { rolloutState: 'COMPLETED', rolloutReason: 'ECS deployment ecs-svc/other completed.' }),
      ]),
      failure('rolled-back-by-ecs', /put back to api:7/),
    ],
    [
      'ECS rolls back to something that is not our baseline',
      service([other(arn('api:3'), { rolloutReason: ROLLING_BACK }), mine({}, 'DRAINING')]),
      failure('rolled-back-by-ecs'),
    ],
  ])('%s', (_what, view, judgement) => {
    expect(once(view)).toMatchObject(judgement);
  });

  it('names the task that failed rather than the circuit breaker, and shows both', () => {
    const view = service([mine({ rolloutState: 'FAILED', rolloutReason: GONE_BREAKER }), old()]);
    expect(once(view, [crashed(3)])).toMatchObject({
      summary: 'ECS gave up on the deployment: container api exited with code 3',
      evidence: [expect.stringMatching(/^task .* api: exit code 3/), `ECS: ${GONE_BREAKER}`],
    });
    const back = service([other(OLD, { rolloutReason: ROLLING_BACK })]);
    expect(once(back, [crashed(3)])).toMatchObject({ summary: expect.stringMatching(/back: .* code 3/) });
  });

  it('has nothing to compare with in a first-ever deployment: only the reason tells a rollback', () => {
    const first = { ...expected, baseline: null };
    const look = (more: object): Look => ({ atMs: 20_000, service: service([other(OLD, more)]) });
    expect(judgeAll([look({ rolloutReason: ROLLING_BACK })], first)).toMatchObject(
      failure('rolled-back-by-ecs'),
    );
    expect(judgeAll([look({})], first)).toMatchObject(failure('foreign-change'));
  });
});

describe('changed by somebody else', () => {
  it.each<[string, ServiceView, RegExp]>([
    [
      'a newer deployment, ours still there',
      service([other(FOREIGN), mine({ running: 1 }, 'ACTIVE')]),
      /it now runs api:9$/,
    ],
    ['a newer deployment, ours gone', service([other(FOREIGN), old()]), /it now runs api:9$/],
    [
      'superseded twice',
      service([
        other(arn('api:10'), {}, 'third'),
        { ...other(FOREIGN), status: 'ACTIVE' },
        mine({}, 'ACTIVE'),
        old(),
      ]),
      /it now runs api:10$/,
    ],
    [
      'a forced new deployment of our task definition',
      service([other(NEW), mine({}, 'ACTIVE')]),
      /another deployment of api:8 has replaced ours/,
    ],
    ['no deployment at all is left', service([], { taskDefinition: FOREIGN }), /api:9/],
  ])('%s', (_what, view, summary) => {
    expect(once(view)).toMatchObject(failure('foreign-change', summary));
  });

  it('is no failure of our tasks, even if they have failed too', () => {
    const view = service([other(FOREIGN), mine({}, 'ACTIVE')]);
    expect(once(view, [crashed(127)])).toMatchObject(failure('foreign-change'));
  });

  it('a service that is being deleted or is gone', () => {
    expect(once(service([mine()], { status: 'DRAINING' }))).toMatchObject(
      failure('service-gone', /is DRAINING/),
    );
    expect(once(undefined)).toMatchObject(failure('service-gone', /does not exist any more/));
  });
});

describe('evidence of our tasks', () => {
  const NOT_FOUND = 'CannotPullContainerError: failed to resolve ref registry/api@sha256:0a429b: not found';
  const RATE = 'CannotPullContainerError: 429 Too Many Requests - toomanyrequests: rate exceeded';
  const HOST = 'Host EC2 (instance i-0123456789abcdef0) terminated.';

  it.each<[string, StoppedTask[], RegExp]>([
    ['an image that cannot be pulled', [notStarted(NOT_FOUND)], /not found$/],
    [
      'the wrong architecture',
      [
        notStarted(
          "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/arm64'",
        ),
      ],
      /matching platform/,
    ],
    [
      'a missing secret',
      [notStarted('ResourceInitializationError: unable to retrieve secret from asm: AccessDenied')],
      /secret/,
    ],
    ['a bad command', [crashed(127)], /the command cannot be run/],
    ['the same crash twice', [crashed(1), crashed(1)], /^container api exited with code 1, 2 times$/],
    ['the same crash three times', [crashed(1), crashed(2), crashed(1), crashed(1)], /code 1, 3 times$/],
    [
      'failed health checks twice',
      [
        stopped({
          stopCode: 'ServiceSchedulerInitiated',
          stoppedReason: 'Task failed ELB health checks in (target-group a)',
        }),
        stopped({
          stopCode: 'ServiceSchedulerInitiated',
          stoppedReason: 'Task failed ELB health checks in (target-group a)',
        }),
      ],
      /failed ELB health checks.*, 2 times$/,
    ],
    [
      'out of memory twice',
      [0, 1].map(() =>
        stopped({ containers: [container(137, 'OutOfMemoryError: Container killed due to memory usage')] }),
      ),
      /OutOfMemory/,
    ],
    [
      'a registry that still throttles a later task',
      [notStarted(RATE, { createdAtMs: 40_000, stoppedAtMs: 60_000 }), notStarted(RATE)],
      /429 Too Many Requests.*, 2 times$/,
    ],
    ['a decisive failure behind others', [crashed(1), notStarted(HOST), notStarted(NOT_FOUND)], /not found$/],
  ])('%s ends the wait', (_what, tasks, summary) => {
    expect(once(inProgress, tasks)).toMatchObject(failure('task-failed', summary));
  });

  it.each<[string, StoppedTask[]]>([
    ['a single crash, which may recover', [crashed(1)]],
    ['two different crashes', [crashed(1), crashed(2)]],
    [
      'two containers that each crashed once',
      [crashed(1), stopped({ containers: [container(1, null, 'proxy')] })],
    ],
    [
      'a crash and an unhealthy task',
      [
        crashed(1),
        stopped({
          stopCode: 'ServiceSchedulerInitiated',
          stoppedReason: 'Task failed container health checks',
        }),
      ],
    ],
    ['a host that died, twice', [notStarted(HOST), notStarted(HOST)]],
    [
      'spot interruptions',
      [0, 1].map(() => stopped({ stopCode: 'SpotInterruption', containers: [container(143)] })),
    ],
    [
      'a registry that throttled several tasks at once',
      [notStarted(RATE), notStarted(RATE), notStarted(RATE, { createdAtMs: 9_000 })],
    ],
    ['old tasks that crash', [0, 1, 2].map(() => crashed(1, { startedBy: 'ecs-svc/old' }))],
    [
      'tasks that autoscaling stopped',
      [0, 1, 2].map(() =>
        draining({ startedBy: expected.deploymentId, lastStatus: 'STOPPED', containers: [container(143)] }),
      ),
    ],
    [
      'tasks that a person stopped',
      [0, 1].map(() =>
        stopped({
          stopCode: 'UserInitiated',
          stoppedReason: 'Task stopped by user',
          containers: [container(137)],
        }),
      ),
    ],
    [
      'tasks whose exit code is not known yet',
      [0, 1].map(() => stopped({ lastStatus: 'DEPROVISIONING', containers: [container(null)] })),
    ],
  ])('%s does not', (_what, tasks) => {
    expect(once(inProgress, tasks)).toMatchObject(waiting('starting'));
  });

  it('shows a first crash at once, before it is proof', () => {
    expect(once(inProgress, [crashed(1)])).toMatchObject({
      detail: '1/2 new running, 2 old left; container api exited with code 1',
    });
  });

  it('is listed: three tasks and the newest events of this rollout', () => {
    const view = service([mine(), old()], {
      events: [8, 7, 6, 5, 4, 3, -1].map((second) => event(second * 1_000, `event ${second}`)),
    });
    const judgement = once(view, [crashed(1), crashed(1), crashed(1), crashed(1)]);
    expect(judgement).toMatchObject({ state: 'failed' });
    const evidence = judgement.state === 'failed' ? judgement.evidence : [];
    expect(evidence.filter((line) => line.startsWith('task '))).toHaveLength(3);
    expect(evidence[0]).toMatch(
      /^task [0-9a-f]{32} stopped: Essential container in task exited; api: exit code 1$/,
    );
    expect(evidence.filter((line) => line.startsWith('event: '))).toEqual(
      [8, 7, 6, 5, 4].map((second) => `event: (service api) event ${second}`),
    );
  });
});

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
      detail: '2/2 new running, 2 old left',
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
    expect(judgeAll(looks(short(15_000, [], 2)))).toMatchObject(waiting('draining'));
  });

  it('does not excuse a bad image', () => {
    expect(
      judgeAll([20_000, 30_000].map((atMs) => ({ atMs, service: short(15_000), stopped: [crashed(126)] }))),
    ).toMatchObject(failure('task-failed'));
  });
});

it('is a function of its arguments: it changes neither memory nor views', () => {
  const memory = Object.freeze(initialMemory(0));
  const view = Object.freeze(inProgress);
  const first = judge(expected, view, [], memory, timing, 20_000);
  expect(judge(expected, view, [], memory, timing, 20_000)).toEqual(first);
  expect(JSON.parse(JSON.stringify(first.memory))).toEqual(first.memory);
});
