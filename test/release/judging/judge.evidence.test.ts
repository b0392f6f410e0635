/** What stopped tasks prove, and what they do not. */
import { describe, expect, it } from '@jest/globals';
import type { Judgement } from '../../../src/release/judging/judge.ts';
import type { StoppedTask } from '../../../src/release/judging/observation.ts';
import { failingContainers } from '../../../src/release/judging/task-failure.ts';
import {
  container,
  crashed,
  draining,
  event,
  expected,
  failure,
  inProgress,
  judgeAll,
  mine,
  notStarted,
  old,
  once,
  service,
  stopped,
  waiting,
} from '../views.ts';

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
    const { evidence, context } = told(judgement);
    expect(evidence).toHaveLength(3);
    expect(evidence[0]).toMatch(
      /^task [0-9a-f]{32} stopped: Essential container in task exited; api: exit code 1$/,
    );
    expect(context).toEqual([8, 7, 6, 5, 4].map((second) => `event: (service api) event ${second}`));
  });

  it('prefers events that tell of trouble to those of daily business', () => {
    const business = [9, 8, 7, 6, 5].map((second) => event(second * 1_000, `has started task ${second}`));
    const view = service([mine(), old()], { events: [...business, event(1_000, '(port 80) is unhealthy')] });
    const { context } = told(once(view, [crashed(1), crashed(1)]));
    expect(context).toHaveLength(5);
    expect(context.at(-1)).toMatch(/is unhealthy/);
  });

  it('names the tasks and containers whose logs are worth reading: those that failed alike, newest first', () => {
    const [first, second, third] = [1, 2, 1].map((code) => crashed(code));
    const tasks = [first, second, third].flatMap((task) => task ?? []);
    expect(told(once(inProgress, tasks)).suspects).toEqual(
      [first, third].map((task) => ({ taskArn: task?.arn, containers: ['api'] })),
    );
  });

  it.each<[string, StoppedTask, string[]]>([
    [
      'one that crashed, before those that were ended for it',
      stopped({ containers: [container(143, null, 'proxy'), container(1), container(137, null, 'agent')] }),
      ['api', 'proxy', 'agent'],
    ],
    [
      'one that failed its own health check, before one that was killed then',
      stopped({
        stoppedReason: 'Task failed container health checks',
        containers: [container(137, null, 'proxy'), { ...container(143), healthStatus: 'UNHEALTHY' }],
      }),
      ['api', 'proxy'],
    ],
    [
      'one that gave a reason',
      stopped({
        containers: [container(null, null, 'proxy'), container(null, 'CannotStartContainerError: x')],
      }),
      ['api', 'proxy'],
    ],
  ])('of a task, %s', (_which, task, names) => {
    expect(failingContainers(task)).toEqual(names);
  });
});

describe('health checks that a new task fails', () => {
  const unhealthy = (more: Partial<StoppedTask> = {}): StoppedTask =>
    stopped({
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'Task failed ELB health checks in (target-group a)',
      ...more,
    });
  const one = service([mine({ running: 1 }), old()]);
  const looks = (tasks: readonly StoppedTask[], view = one): Judgement =>
    judgeAll([15_000, 20_000, 25_000].map((atMs) => ({ atMs, service: view, stopped: tasks })));

  it('are proof at the first time while the old tasks pass theirs', () => {
    expect(looks([unhealthy()])).toMatchObject(
      failure('task-failed', /health checks in \(target-group a\), while the old tasks pass theirs$/),
    );
  });

  it('are waited upon for a moment: another new task may be healthy, and ECS about to let an old one go', () => {
    expect(looks([unhealthy({ stoppedAtMs: 10_001 })])).toMatchObject(waiting('starting'));
  });

  it.each<[string, () => Judgement]>([
    ['an old task fails its own, too', () => looks([unhealthy(), unhealthy({ startedBy: 'ecs-svc/old' })])],
    ['there is no old task to compare with', () => looks([unhealthy()], service([mine({ running: 1 })]))],
    [
      'an old task has made room already for a healthy new one',
      () =>
        judgeAll([
          { atMs: 15_000, service: one },
          {
            atMs: 25_000,
            service: service([mine({ running: 1 }), old({ running: 1 })]),
            stopped: [unhealthy()],
          },
        ]),
    ],
  ])('need to fail twice when %s', (_when, judgement) => {
    expect(judgement()).toMatchObject(waiting('starting'));
  });
});

const told = (judgement: Judgement) => {
  if (judgement.state !== 'failed') throw new Error('it has not failed');
  return judgement;
};
