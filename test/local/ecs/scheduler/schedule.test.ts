// The scheduler's decisions as tables: what one service looks like → what it does.
import { describe, expect, it } from '@jest/globals';
import { schedule } from '../../../../src/local/ecs/scheduler/schedule.ts';
import type {
  Decision,
  SchedulerDeployment,
  SchedulerInput,
  SchedulerTask,
} from '../../../../src/local/ecs/scheduler/types.ts';

const nowMs = 1_000_000;

/** Tasks in short: `new` and `old` are deployments; healthy, waiting, starting, sick, stopping, leaving (healthy), placed (starting) on a drained instance. */
function tasks(text: string): SchedulerTask[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map((word, index) => {
      const [deployment = '', state] = word.split(':');
      return {
        id: `${word}-${index}`,
        deploymentId: deployment,
        createdAtMs: index,
        phase:
          state === 'starting' || state === 'placed'
            ? 'starting'
            : state === 'stopping'
              ? 'stopping'
              : 'running',
        health:
          state === 'healthy' || state === 'leaving' ? 'healthy' : state === 'sick' ? 'unhealthy' : 'waiting',
        everHealthy: state === 'healthy' || state === 'leaving' || state === 'unsure',
        leaving: state === 'leaving' || state === 'placed' ? 'its instance is draining' : undefined,
        accounted: state === 'stopping',
      };
    });
}

const fresh: SchedulerDeployment = {
  id: 'new',
  status: 'PRIMARY',
  rolloutState: 'IN_PROGRESS',
  failedTasks: 0,
};
const old: SchedulerDeployment = { id: 'old', status: 'ACTIVE', rolloutState: 'COMPLETED', failedTasks: 0 };

function service(overrides: Partial<SchedulerInput> = {}): SchedulerInput {
  return {
    serviceName: 'web',
    status: 'ACTIVE',
    desiredCount: 2,
    configuration: { minimumHealthyPercent: 100, maximumPercent: 200 },
    steady: false,
    deployments: [fresh, old],
    lastCompletedId: 'old',
    tasks: [],
    timing: { restartBaseMs: 100, restartMaximumMs: 1000 },
    ...overrides,
  };
}

/** `start new 2`, `stop old:healthy-0`, and other decisions by their type. */
function brief(decisions: readonly Decision[]): string[] {
  return decisions.flatMap((decision) => {
    switch (decision.type) {
      case 'start-tasks':
        return [`start ${decision.deploymentId} ${decision.count}`];
      case 'stop-task':
        return [`stop ${decision.taskId.replace(/-\d+$/, '')}`];
      case 'complete-deployment':
      case 'remove-deployment':
      case 'fail-deployment':
        return [`${decision.type} ${decision.deploymentId}`];
      case 'roll-back':
        return [`roll-back to ${decision.toId}`];
      case 'event':
        return decision.message.includes('deployment configuration') ? ['stuck'] : [];
      default:
        return [];
    }
  });
}

describe('a rollout of two tasks', () => {
  it.each([
    ['starts new ones beside the old', 100, 200, 'old:healthy old:healthy', ['start new 2']],
    ['waits while they start', 100, 200, 'old:healthy old:healthy new:starting new:starting', []],
    [
      'stops one old per healthy new',
      100,
      200,
      'old:healthy old:healthy new:healthy new:waiting',
      ['stop old:healthy'],
    ],
    [
      'stops no old for a new that is only running',
      50,
      200,
      'old:healthy old:healthy new:waiting new:waiting',
      [],
    ],
    [
      'stops both old when both new are healthy',
      100,
      200,
      'old:healthy old:healthy new:healthy new:healthy',
      ['stop old:healthy', 'stop old:healthy'],
    ],
    [
      'makes room when the window has none above',
      50,
      100,
      'old:healthy old:healthy',
      ['stop old:healthy', 'start new 1'],
    ],
    ['makes no room below the lower limit', 50, 100, 'old:healthy new:starting', []],
    ['goes one by one with 150 %', 100, 150, 'old:healthy old:healthy', ['start new 1']],
    [
      'drops old tasks that never got healthy and are not wanted',
      50,
      200,
      'old:starting old:healthy new:starting',
      ['stop old:starting', 'start new 1'],
    ],
    [
      'replaces an old task that ended by one of its own revision',
      100,
      200,
      'old:healthy new:starting new:starting',
      ['start old 1'],
    ],
    [
      'keeps such a replacement while it starts',
      100,
      200,
      'old:healthy old:starting new:starting new:starting',
      [],
    ],
    ['replaces none when enough new ones are healthy', 100, 200, 'new:healthy new:healthy old:stopping', []],
    ['replaces old tasks only up to the lower limit', 50, 200, 'old:healthy new:starting new:starting', []],
    ['replaces even the last old task', 100, 200, 'new:starting new:starting', ['start old 2']],
    [
      'replaces a sick old task before it stops it',
      100,
      200,
      'old:sick old:healthy new:starting',
      ['start old 1'],
    ],
    [
      'stops the sick one when its replacement is healthy',
      100,
      200,
      'old:sick old:healthy old:healthy new:starting',
      ['stop old:sick', 'start new 1'],
    ],
    [
      'spares an old task whose health is not known again yet',
      100,
      200,
      'old:unsure old:unsure new:starting new:starting',
      [],
    ],
    [
      'replaces a sick new task',
      100,
      200,
      'old:healthy old:healthy new:sick new:waiting',
      ['stop new:sick', 'start new 1'],
    ],
    ['is stuck with 100/100', 100, 100, 'old:healthy old:healthy', ['stuck']],
    ['is not stuck while a task still stops', 100, 100, 'old:healthy old:healthy old:stopping', []],
    [
      'completes when the old are gone',
      100,
      200,
      'new:healthy new:healthy',
      ['remove-deployment old', 'complete-deployment new'],
    ],
    ['does not complete while an old one stops', 100, 200, 'new:healthy new:healthy old:stopping', []],
  ])('%s (%i/%i %%)', (_name, minimumHealthyPercent, maximumPercent, state, expected) => {
    const input = service({ configuration: { minimumHealthyPercent, maximumPercent }, tasks: tasks(state) });
    expect(brief(schedule(input, nowMs).decisions)).toEqual(expected);
  });
});

describe('a rollout that took over from a rollback', () => {
  const back = { ...old, rolloutState: 'IN_PROGRESS', rollback: true } as const;
  it.each([
    ['replaces tasks of what was gone back to', back, ['start old 1', 'start new 1']],
    ['but not if that had failed, too', { ...back, rolloutState: 'FAILED' } as const, ['start new 1']],
  ])('%s', (_name, before, expected) => {
    const input = service({ deployments: [fresh, before], tasks: tasks('old:healthy new:starting') });
    const { decisions } = schedule({ ...input, desiredCount: 2 }, nowMs);
    expect(brief(decisions)).toEqual(expected);
  });
});

describe('a service at rest', () => {
  const done: SchedulerDeployment = { ...fresh, rolloutState: 'COMPLETED' };
  it.each([
    ['does nothing', 2, 200, 'new:healthy new:healthy', []],
    ['starts what is missing', 2, 200, 'new:healthy', ['start new 1']],
    ['scales out', 4, 200, 'new:healthy new:healthy', ['start new 2']],
    ['scales in, the newest first', 1, 200, 'new:healthy new:healthy', ['stop new:healthy']],
    [
      'scales in starting ones before healthy ones',
      1,
      200,
      'new:starting new:healthy',
      ['stop new:starting'],
    ],
    ['scales to nothing', 0, 200, 'new:healthy new:healthy', ['stop new:healthy', 'stop new:healthy']],
    ['replaces a sick task before it stops it', 2, 200, 'new:healthy new:sick', ['start new 1']],
    ['keeps the sick one until its replacement is healthy', 2, 200, 'new:healthy new:sick new:waiting', []],
    ['stops the sick one then', 2, 200, 'new:healthy new:sick new:healthy', ['stop new:sick']],
    [
      'stops the sick one first where there is no room for both',
      2,
      100,
      'new:healthy new:sick',
      ['stop new:sick', 'start new 1'],
    ],
    [
      'drops a replacement when the sick one got well',
      2,
      200,
      'new:healthy new:healthy new:starting',
      ['stop new:starting'],
    ],
  ])('%s', (_name, desiredCount, maximumPercent, state, expected) => {
    const configuration = { minimumHealthyPercent: 100, maximumPercent };
    const input = service({
      deployments: [done],
      desiredCount,
      configuration,
      tasks: tasks(state),
      steady: true,
    });
    expect(brief(schedule(input, nowMs).decisions)).toEqual(expected);
  });
});

describe('tasks on an instance that is drained', () => {
  const done: SchedulerDeployment = { ...fresh, rolloutState: 'COMPLETED' };
  const atRest = (min: number, max: number, desiredCount: number, text: string): string[] =>
    brief(
      schedule(
        service({
          desiredCount,
          deployments: [done],
          lastCompletedId: 'new',
          configuration: { minimumHealthyPercent: min, maximumPercent: max },
          tasks: tasks(text),
        }),
        nowMs,
      ).decisions,
    );

  it.each<[string, number, number, number, string, string[]]>([
    ['wait for their replacement', 100, 200, 2, 'new:healthy new:leaving', ['start new 1']],
    ['serve while it starts', 100, 200, 2, 'new:healthy new:leaving new:starting', []],
    ['go when it is healthy', 100, 200, 2, 'new:healthy new:leaving new:healthy', ['stop new:leaving']],
    ['stay where the window has no way', 100, 100, 2, 'new:healthy new:leaving', []],
    [
      'make room down to the lower limit',
      50,
      100,
      4,
      'new:healthy new:leaving new:leaving new:leaving',
      ['stop new:leaving', 'stop new:leaving', 'start new 2'],
    ],
    ['go at once when fewer are wanted', 100, 200, 1, 'new:healthy new:leaving', ['stop new:leaving']],
    ['go at once when they do not run yet', 100, 200, 1, 'new:healthy new:placed', ['stop new:placed']],
  ])('%s', (_what, min, max, desiredCount, text, expected) => {
    expect(atRest(min, max, desiredCount, text)).toEqual(expected);
  });

  it('never take the service below its lower limit in mid-rollout', () => {
    const both = 'old:healthy old:leaving new:healthy new:leaving';
    const view = service({ desiredCount: 4, tasks: tasks(both) });
    expect(brief(schedule(view, nowMs).decisions)).toEqual(['start old 1', 'start new 3']);
  });
});

describe('a desired count that shrinks', () => {
  it.each<[number, string, string[]]>([
    [0, 'old:healthy old:healthy', ['stop old:healthy', 'stop old:healthy']],
    [1, 'old:healthy old:healthy', ['stop old:healthy']],
    [2, 'old:healthy old:healthy', []],
    [2, 'old:healthy old:healthy new:healthy new:healthy', []],
  ])('to %d beside a deployment that failed without rollback: %s', (desiredCount, text, expected) => {
    const failed: SchedulerDeployment = { ...fresh, rolloutState: 'FAILED', failedTasks: 3 };
    const view = service({ desiredCount, deployments: [failed, old], tasks: tasks(text) });
    expect(brief(schedule(view, nowMs).decisions)).toEqual(expected);
  });

  it('in mid-rollout brings the service back under its upper limit, healthy tasks last', () => {
    const view = service({
      desiredCount: 2,
      configuration: { minimumHealthyPercent: 50, maximumPercent: 150 },
      tasks: tasks('old:healthy old:healthy new:waiting new:waiting'),
    });
    expect(brief(schedule(view, nowMs).decisions)).toEqual(['stop new:waiting']);
  });
});

describe('failures', () => {
  const ended = (count: number, overrides: Partial<SchedulerTask> = {}): SchedulerTask[] =>
    Array.from({ length: count }, (_, index) => ({
      id: `ended-${index}`,
      deploymentId: 'new',
      createdAtMs: 0,
      phase: 'stopped',
      health: 'waiting',
      everHealthy: false,
      stopCause: 'itself',
      accounted: false,
      ...overrides,
    }));
  const breaker = (rollback: boolean, more: object = {}) => ({
    deploymentCircuitBreaker: { enable: true, rollback, ...more },
  });

  it.each([
    ['ended by itself', {}, 2],
    ['failed its checks, though it had been healthy', { stopCause: 'unhealthy', everHealthy: true }, 2],
    ['was scaled away', { stopCause: 'scaling' }, 0],
    ['was stopped by a person', { stopCause: 'user' }, 0],
    ['had been healthy and ended later', { everHealthy: true }, 0],
    ['was counted before', { accounted: true }, 0],
  ])('of tasks: one that %s', (_name, overrides, failedTasks) => {
    const input = service({ tasks: ended(2, overrides as Partial<SchedulerTask>) });
    const counted = schedule(input, nowMs).decisions.find(({ type }) => type === 'set-failures');
    expect(counted ?? { failedTasks: 0 }).toMatchObject({ failedTasks });
  });

  it.each([
    ['rolls back', breaker(true), { failedTasks: 2 }, ['fail-deployment new', 'roll-back to old']],
    ['fails without rollback', breaker(false), { failedTasks: 2 }, ['fail-deployment new']],
    ['waits for the threshold', breaker(true), { failedTasks: 1 }, []],
    [
      'takes a threshold of its own',
      breaker(true, { thresholdConfiguration: { type: 'COUNT', value: 1 } }),
      {},
      ['fail-deployment new', 'roll-back to old'],
    ],
    [
      'does not roll a rollback back',
      breaker(true),
      { failedTasks: 2, rollback: true },
      ['fail-deployment new'],
    ],
    [
      'leaves a completed deployment alone',
      breaker(true),
      { failedTasks: 9, rolloutState: 'COMPLETED' as const },
      [],
    ],
  ])('trip the breaker: it %s', (_name, configuration, deployment, expected) => {
    const input = service({
      configuration,
      deployments: [{ ...fresh, ...deployment }, old],
      tasks: [...ended(1), ...tasks('old:healthy old:healthy')],
    });
    const decisions = brief(schedule(input, nowMs).decisions).filter((text) => !/^(start|stop) /.test(text));
    expect(decisions).toEqual(expected);
  });

  it('with nothing to go back to, leave the first deployment FAILED', () => {
    const { lastCompletedId: _none, ...input } = service({
      configuration: breaker(true),
      deployments: [{ ...fresh, failedTasks: 2 }],
      tasks: ended(1),
    });
    expect(brief(schedule(input, nowMs).decisions)).toEqual(['fail-deployment new']);
  });

  it('are forgotten when a task gets healthy, unless the breaker shall not', () => {
    const healthy = tasks('new:healthy').map((task) => ({ ...task, everHealthy: false }));
    const failures = (resetOnHealthyTask: boolean) =>
      schedule(
        service({
          configuration: breaker(true, { resetOnHealthyTask }),
          deployments: [{ ...fresh, failedTasks: 2 }, old],
          tasks: healthy,
        }),
        nowMs,
      ).decisions.find(({ type }) => type === 'set-failures');
    expect(failures(true)).toMatchObject({ failedTasks: 0 });
    expect(failures(false)).toBeUndefined();
  });

  it('delay the next start, longer with each', () => {
    const input = service({
      deployments: [{ ...fresh, failedTasks: 3, lastFailureAtMs: nowMs - 50 }, old],
      tasks: tasks('old:healthy old:healthy'),
    });
    expect(schedule(input, nowMs)).toEqual({ decisions: [], wakeAtMs: nowMs + 150 });
    expect(brief(schedule(input, nowMs + 150).decisions)).toEqual(['start new 2']);
  });

  it('of a deployment that failed for good start nothing and stop nothing that serves', () => {
    const input = service({
      deployments: [{ ...fresh, rolloutState: 'FAILED', failedTasks: 3 }, old],
      tasks: tasks('old:healthy old:healthy'),
    });
    expect(brief(schedule(input, nowMs).decisions)).toEqual([]);
  });
});

describe('a service that is being deleted', () => {
  it('stops everything and is INACTIVE when the last task is gone', () => {
    const draining = { status: 'DRAINING', desiredCount: 0 } as const;
    const before = schedule(service({ ...draining, tasks: tasks('new:healthy old:stopping') }), nowMs);
    expect(brief(before.decisions)).toEqual(['stop new:healthy']);
    expect(schedule(service({ ...draining }), nowMs).decisions).toEqual([{ type: 'service-inactive' }]);
  });
});
