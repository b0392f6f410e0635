// When a deployment fails, why, and what then: as a table. And how long its alarms are watched.
import { describe, expect, it } from '@jest/globals';
import { schedule } from '../../../../src/local/ecs/scheduler/schedule.ts';
import type {
  AlarmWatch,
  Decision,
  SchedulerDeployment,
  SchedulerInput,
  SchedulerTask,
} from '../../../../src/local/ecs/scheduler/types.ts';

const nowMs = 1_000_000;
const breaker = (rollback: boolean) => ({ deploymentCircuitBreaker: { enable: true, rollback } });
const watch = (inAlarm: readonly string[], rollback: boolean, bakeMs = 0): AlarmWatch => ({
  inAlarm,
  rollback,
  bakeMs,
});

const task = (deploymentId: string, index = 0): SchedulerTask => ({
  id: `${deploymentId}-${index}`,
  deploymentId,
  createdAtMs: index,
  phase: 'running',
  health: 'healthy',
  everHealthy: true,
  accounted: false,
});

function service(primary: Partial<SchedulerDeployment>, more: Partial<SchedulerInput> = {}): SchedulerInput {
  return {
    serviceName: 'web',
    status: 'ACTIVE',
    desiredCount: 1,
    configuration: {},
    steady: false,
    deployments: [
      {
        id: 'new',
        status: 'PRIMARY',
        rolloutState: 'IN_PROGRESS',
        failedTasks: 0,
        serviceDeployment: 'IN_PROGRESS',
        ...primary,
      },
      { id: 'old', status: 'ACTIVE', rolloutState: 'COMPLETED', failedTasks: 0 },
    ],
    lastCompletedId: 'old',
    tasks: [task('old')],
    timing: { restartBaseMs: 100, restartMaximumMs: 1000 },
    ...more,
  };
}

/** `fail (cause, next)` and `roll-back to`. */
function brief(decisions: readonly Decision[]): string[] {
  return decisions.flatMap((decision) => {
    if (decision.type === 'fail-deployment') return [`fail (${decision.cause}, ${decision.next})`];
    if (decision.type === 'roll-back') return [`roll-back to ${decision.toId} (${decision.cause})`];
    return [];
  });
}

describe('a deployment', () => {
  const back = (cause: string): string[] => [`fail (${cause}, roll-back)`, `roll-back to old (${cause})`];
  it.each<[string, Partial<SchedulerDeployment>, Partial<SchedulerInput>, string[]]>([
    ['with neither failures nor alarms goes on', {}, {}, []],
    ['with 3 failures and no breaker goes on', { failedTasks: 3 }, {}, []],
    ['with 2 failures goes on', { failedTasks: 2 }, { configuration: breaker(true) }, []],
    ['with 3 failures', { failedTasks: 3 }, { configuration: breaker(true) }, back('circuit-breaker')],
    [
      'with 3 failures and no rollback',
      { failedTasks: 3 },
      { configuration: breaker(false) },
      ['fail (circuit-breaker, stopped)'],
    ],
    ['with an alarm', { alarms: watch(['a'], true) }, {}, back('alarms')],
    ['with an alarm and no rollback', { alarms: watch(['a'], false) }, {}, ['fail (alarms, stopped)']],
    ['with quiet alarms goes on', { alarms: watch([], true) }, {}, []],
    [
      'with both, and rollback for alarms only: the breaker decides',
      { failedTasks: 3, alarms: watch(['a'], true) },
      { configuration: breaker(false) },
      ['fail (circuit-breaker, stopped)'],
    ],
    ['that somebody stops', { serviceDeployment: 'ROLLBACK_REQUESTED' }, {}, back('user')],
    [
      'that somebody stops after 3 failures',
      { serviceDeployment: 'ROLLBACK_REQUESTED', failedTasks: 3 },
      { configuration: breaker(false) },
      back('user'),
    ],
    [
      'that somebody stops, and nothing to go back to',
      { serviceDeployment: 'ROLLBACK_REQUESTED' },
      { lastCompletedId: undefined },
      ['fail (user, noCandidate)'],
    ],
    [
      'with 3 failures, and nothing to go back to',
      { failedTasks: 3 },
      { configuration: breaker(true), lastCompletedId: undefined },
      ['fail (circuit-breaker, noCandidate)'],
    ],
    [
      'that is a rollback, with 3 failures',
      { rollback: true, failedTasks: 3 },
      { configuration: breaker(true) },
      ['fail (circuit-breaker, rollbackFailed)'],
    ],
    [
      'that is done is not judged any more',
      { rolloutState: 'COMPLETED', failedTasks: 9, alarms: watch(['a'], true) },
      { configuration: breaker(true) },
      [],
    ],
    [
      'that has failed does not fail again',
      { rolloutState: 'FAILED', failedTasks: 9, alarms: watch(['a'], true) },
      { configuration: breaker(true) },
      [],
    ],
  ])('%s', (_what, primary, more, expected) => {
    expect(brief(schedule(service(primary, more), nowMs).decisions)).toEqual(expected);
  });

  it('is begun once, when it is PENDING', () => {
    const types = (serviceDeployment: SchedulerDeployment['serviceDeployment']): string[] =>
      schedule(service({ serviceDeployment }), nowMs).decisions.map(({ type }) => type);
    expect(types('PENDING')[0]).toBe('begin-deployment');
    expect(types('IN_PROGRESS')).not.toContain('begin-deployment');
  });
});

describe('a deployment with all its tasks', () => {
  const settled = (primary: Partial<SchedulerDeployment>) =>
    schedule(service(primary, { tasks: [task('new')] }), nowMs);
  const types = (primary: Partial<SchedulerDeployment>): string[] =>
    settled(primary).decisions.map(({ type }) => type);

  it('is complete at once without alarms, or where none takes time', () => {
    const done = ['remove-deployment', 'complete-deployment', 'event', 'set-steady'];
    expect(types({})).toEqual(done);
    expect(types({ alarms: watch([], true, 0) })).toEqual(done);
  });

  it('bakes first where alarms take time, keeps the old one listed, and asks to be called at the end', () => {
    expect(settled({ alarms: watch([], true, 500) })).toEqual({
      decisions: [{ type: 'bake-deployment', deploymentId: 'new' }],
      wakeAtMs: nowMs + 500,
    });
    expect(settled({ alarms: watch([], true, 500), bakingSinceMs: nowMs - 499 })).toEqual({
      decisions: [],
      wakeAtMs: nowMs + 1,
    });
    expect(types({ alarms: watch([], true, 500), bakingSinceMs: nowMs - 500 })).toContain(
      'complete-deployment',
    );
  });

  it('that bakes fails by an alarm', () => {
    const { decisions } = settled({ alarms: watch(['a'], true, 500), bakingSinceMs: nowMs - 100 });
    expect(brief(decisions)).toEqual(['fail (alarms, roll-back)', 'roll-back to old (alarms)']);
  });
});

describe('"unable to consistently start tasks"', () => {
  const failed = (index: number): SchedulerTask => ({
    ...task('new', index),
    phase: 'stopped',
    everHealthy: false,
    stopCause: 'itself',
  });
  const said = (input: SchedulerInput): string[] =>
    schedule(input, nowMs).decisions.flatMap((decision) =>
      decision.type === 'event' && decision.message.includes('unable') ? [decision.message] : [],
    );

  // fabfuel/ecs-deploy fails on any event with "unable": it must still see a rollback as a success, as it does at AWS.
  it.each([1, 3, 6, 12, 18])('is not said before the breaker of %i tasks has tripped', (desiredCount) => {
    const threshold = Math.max(3, Math.ceil(desiredCount / 2));
    for (let failedTasks = 0; failedTasks < threshold; failedTasks += 1) {
      const input = service(
        { failedTasks },
        { desiredCount, configuration: breaker(true), tasks: [failed(0)] },
      );
      expect(said(input)).toEqual([]);
    }
  });

  it('is said at the tenth failure in a row, once', () => {
    expect(said(service({ failedTasks: 8 }, { tasks: [failed(0)] }))).toEqual([]);
    expect(said(service({ failedTasks: 9 }, { tasks: [failed(0)] }))).toHaveLength(1);
    expect(said(service({ failedTasks: 10 }, { tasks: [failed(0)] }))).toEqual([]);
  });
});
