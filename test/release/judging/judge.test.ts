/** Whose deployment is it, and how did it end: the rules that read deployments. */
import { describe, expect, it } from '@jest/globals';
import { initialMemory, judge, VISIBILITY_GRACE_MS } from '../../../src/release/judging/judge.ts';
import type { ServiceView } from '../../../src/release/judging/observation.ts';
import {
  arn,
  crashed,
  expected,
  FOREIGN,
  failure,
  inProgress,
  judgeAll,
  type Look,
  mine,
  NEW,
  OLD,
  old,
  once,
  other,
  service,
  stopped,
  timing,
  waiting,
} from '../views.ts';

const GONE_BREAKER = 'ECS deployment circuit breaker: tasks failed to start.';
const ROLLING_BACK = 'ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/old.';

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

  it('although the same crash came twice before: ECS has seen enough good tasks since', () => {
    const view = service([mine({ rolloutState: 'COMPLETED', running: 2 })]);
    expect(once(view, [crashed(1), crashed(1)])).toEqual({ state: 'stable' });
  });

  it('a moment before the time is over, and a moment after', () => {
    const view = service([mine({ rolloutState: 'COMPLETED', running: 2 })]);
    expect(once(view, [], timing.stabilityTimeoutMs + 1)).toEqual({ state: 'stable' });
  });
});

describe('scaled to zero', () => {
  const done = mine({ rolloutState: 'COMPLETED' });
  const atZero = service([done], { desired: 0 });
  const starting: Look = { atMs: 10_000, service: service([mine({ pending: 1 }), old()]) };

  it.each<[string, Look[]]>([
    ['from the start', []],
    ['in mid-rollout, before any task has failed', [starting]],
    [
      'in mid-rollout, after one crash beside tasks that lived',
      [{ ...starting, service: inProgress, stopped: [crashed(3)] }],
    ],
  ])('%s is empty, and no more', (_when, before) => {
    const lived = stopped({ stopCode: 'ServiceSchedulerInitiated' });
    const last = before.flatMap(({ stopped: tasks = [] }) => tasks);
    expect(judgeAll([...before, { atMs: 20_000, service: atZero, stopped: [...last, lived] }])).toEqual({
      state: 'empty',
    });
  });

  it('in mid-rollout to stop a crash loop, is the failure of that crash', () => {
    const looks: Look[] = [starting, { atMs: 20_000, service: atZero, stopped: [crashed(3)] }];
    expect(judgeAll(looks)).toMatchObject(failure('task-failed', /exited with code 3/));
  });

  it('although a crashing task was seen to run', () => {
    const looks: Look[] = [
      { ...starting, service: inProgress },
      { atMs: 20_000, service: atZero, stopped: [crashed(3)] },
    ];
    expect(judgeAll(looks)).toMatchObject(failure('task-failed', /exited with code 3/));
  });

  it('after it was completed with its tasks, no earlier crash counts', () => {
    const looks: Look[] = [
      starting,
      { atMs: 20_000, service: service([{ ...done, running: 2 }]) },
      { atMs: 30_000, service: atZero, stopped: [crashed(3)] },
    ];
    expect(judgeAll(looks)).toEqual({ state: 'empty' });
  });

  it('and scaled up again, waits for the tasks that ECS has never seen', () => {
    const looks: Look[] = [
      starting,
      { atMs: 20_000, service: atZero },
      { atMs: 30_000, service: service([done]) },
    ];
    expect(judgeAll(looks)).toMatchObject(waiting('starting'));
    const up: Look = { atMs: 40_000, service: service([{ ...done, running: 2 }]) };
    expect(judgeAll([...looks, up])).toEqual({ state: 'stable' });
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
      waiting('starting'),
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
      evidence: [expect.stringMatching(/^task .* api: exit code 3/)],
      context: [`ECS: ${GONE_BREAKER}`],
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
    ['no deployment at all is left', service([], { taskDefinition: FOREIGN }), /api:9/],
  ])('%s', (_what, view, summary) => {
    expect(once(view)).toMatchObject(failure('foreign-change', summary));
  });

  it('a forced new deployment of our task definition is told apart: the service is still ours to roll back', () => {
    const view = service([other(NEW), mine({}, 'ACTIVE')]);
    expect(once(view)).toMatchObject(failure('replaced', /another deployment of api:8 has replaced ours/));
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

it('is a function of its arguments: it changes neither memory nor views', () => {
  const memory = Object.freeze(initialMemory(0));
  const seen = Object.freeze({ service: Object.freeze(inProgress), stopped: [], record: null });
  const first = judge(expected, seen, memory, timing, 20_000);
  expect(judge(expected, seen, memory, timing, 20_000)).toEqual(first);
  expect(JSON.parse(JSON.stringify(first.memory))).toEqual(first.memory);
});
