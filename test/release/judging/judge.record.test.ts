/** What ECS's own account of our deployment adds: was it a success, and who took it back? */
import { describe, expect, it } from '@jest/globals';
import { initialMemory, judge, needsServiceDeployment } from '../../../src/release/judging/judge.ts';
import type { ServiceDeploymentView, ServiceView } from '../../../src/release/judging/observation.ts';
import {
  arn,
  crashed,
  expected,
  FOREIGN,
  failure,
  judgeAll,
  mine,
  NEW,
  OLD,
  old,
  other,
  record,
  service,
  timing,
  waiting,
} from '../views.ts';

const completed = service([mine({ rolloutState: 'COMPLETED', running: 2 })]);
const BREAKER = 'Service deployment rolled back because the circuit breaker threshold was exceeded.';
const BY_USER = 'Service deployment rolled back by user.';

const look = (view: ServiceView, account: ServiceDeploymentView | null) =>
  judgeAll([{ atMs: 20_000, service: view, record: account }]);

describe('a deployment that the service shows as completed', () => {
  it.each<[string, ServiceDeploymentView | null, object]>([
    ['SUCCESSFUL', record('SUCCESSFUL'), { state: 'stable' }],
    ['nothing, as there is no account or it may not be read', null, { state: 'stable' }],
    ['a word of tomorrow', record('SOMETHING-NEW'), { state: 'stable' }],
    ['PENDING', record('PENDING'), waiting('baking')],
    ['IN_PROGRESS', record('IN_PROGRESS'), waiting('baking')],
    ['ROLLBACK_REQUESTED', record('ROLLBACK_REQUESTED'), failure('rolled-back-by-ecs')],
    [
      'ROLLBACK_IN_PROGRESS',
      record('ROLLBACK_IN_PROGRESS', { reason: BREAKER }),
      failure('rolled-back-by-ecs'),
    ],
    ['ROLLBACK_SUCCESSFUL', record('ROLLBACK_SUCCESSFUL'), failure('rolled-back-by-ecs')],
    ['ROLLBACK_FAILED', record('ROLLBACK_FAILED'), failure('deployment-failed', /could not roll it back/)],
    ['STOPPED', record('STOPPED'), failure('deployment-failed', /ECS stopped/)],
    ['STOP_REQUESTED', record('STOP_REQUESTED'), failure('deployment-failed')],
    [
      'that somebody stopped it',
      record('ROLLBACK_IN_PROGRESS', { reason: BY_USER }),
      failure('stopped', /somebody stopped the deployment: .* by user/),
    ],
  ])('is judged by what its account says: %s', (_what, account, judgement) => {
    expect(look(completed, account)).toMatchObject(judgement);
  });

  it('is waited for in vain no longer than any other', () => {
    const looks = Array.from({ length: 900 }, (_, index) => ({
      atMs: (index + 1) * 10_000,
      service: completed,
      record: record('IN_PROGRESS'),
    }));
    expect(judgeAll(looks)).toMatchObject({ state: 'failed' });
  });

  it('is not asked about again once it was SUCCESSFUL: that is final, and the rate is limited', () => {
    const seen = { service: completed, stopped: [], record: record('SUCCESSFUL') };
    const { memory } = judge(expected, seen, initialMemory(0), timing, 20_000);
    expect(needsServiceDeployment(expected, completed, memory, 25_000)).toBe(false);
    const again = judge(expected, { ...seen, record: undefined }, memory, timing, 25_000);
    expect(again.judgement).toEqual({ state: 'stable' });
  });
});

describe('asking for the account', () => {
  const fresh = initialMemory(0);
  it.each<[string, ServiceView, number, boolean]>([
    ['a deployment that is starting', service([mine({ running: 1 }), old()]), 20_000, false],
    ['a completed one', completed, 20_000, true],
    ['a failed one', service([mine({ rolloutState: 'FAILED' }), old()]), 20_000, true],
    ['one that is not the newest any more', service([other(FOREIGN), mine({}, 'ACTIVE')]), 20_000, true],
    ['one that is gone', service([other(OLD)]), 20_000, true],
    ['one whose tasks all run, a moment later', service([mine({ running: 2 })]), 29_999, false],
    ['one whose tasks all run while nothing happens', service([mine({ running: 2 })]), 30_000, true],
    [
      'one without a rollout state (Classic Load Balancer)',
      service([mine({ running: 2, rolloutState: null })]),
      60_000,
      false,
    ],
    ['a service that is being deleted', service([mine()], { status: 'DRAINING' }), 20_000, false],
  ])('of %s', (_what, view, nowMs, asked) => {
    expect(needsServiceDeployment(expected, view, fresh, nowMs)).toBe(asked);
  });

  it('while alarms are watched, every half minute', () => {
    const view = service([mine({ running: 2 })]);
    const account = record('IN_PROGRESS', { alarms: { watched: true, triggered: [] } });
    const seen = { service: view, stopped: [], record: account };
    const { memory } = judge(expected, seen, fresh, timing, 40_000);
    expect(needsServiceDeployment(expected, view, memory, 69_999)).toBe(false);
    const between = judge(expected, { ...seen, record: undefined }, memory, timing, 45_000);
    expect(between.judgement).toMatchObject(waiting('baking'));
    expect(needsServiceDeployment(expected, view, memory, 70_000)).toBe(true);
  });
});

describe('another deployment in the place of ours', () => {
  const baseline = service([other(OLD, { rolloutState: 'COMPLETED' })]);
  const third = service([other(arn('api:3')), mine({}, 'DRAINING')]);

  it.each<[string, ServiceView, ServiceDeploymentView | null, object]>([
    [
      'ECS took ours back',
      baseline,
      record('ROLLBACK_SUCCESSFUL', { reason: BREAKER }),
      failure('rolled-back-by-ecs', /circuit breaker/),
    ],
    [
      'ECS took ours back, to something else than the baseline',
      third,
      record('ROLLBACK_IN_PROGRESS'),
      failure('rolled-back-by-ecs'),
    ],
    [
      'somebody stopped ours',
      baseline,
      record('ROLLBACK_SUCCESSFUL', { reason: BY_USER }),
      failure('stopped'),
    ],
    [
      'somebody put the baseline back after ours was done',
      baseline,
      record('SUCCESSFUL'),
      failure('replaced', /put the service back to api:7/),
    ],
    [
      'somebody put the baseline back over ours',
      baseline,
      record('STOPPED'),
      failure('replaced', /put the service back to api:7/),
    ],
    ['somebody deployed something else', third, record('STOPPED'), failure('foreign-change', /api:3/)],
    ['somebody deployed ours again', service([other(NEW)]), record('STOPPED'), failure('replaced', /api:8/)],
    ['nobody can say', baseline, null, failure('rolled-back-by-ecs', /by ECS or by somebody/)],
  ])('is told apart: %s', (_what, view, account, judgement) => {
    expect(look(view, account)).toMatchObject(judgement);
  });

  it('is proved at once, without waiting for the deployment to be shown', () => {
    const view = service([old({}, 'PRIMARY')]);
    const first = { ...expected, baseline: null };
    const account = record('ROLLBACK_REQUESTED');
    expect(judgeAll([{ atMs: 5_000, service: view, record: account }], first)).toMatchObject(
      failure('rolled-back-by-ecs'),
    );
    expect(judgeAll([{ atMs: 5_000, service: view }], first)).toMatchObject(waiting('not-visible'));
  });

  it('is blamed on the task that failed; how ECS counted is in the context', () => {
    const account = record('ROLLBACK_SUCCESSFUL', {
      reason: BREAKER,
      breaker: { triggered: true, failures: 3, threshold: 3 },
    });
    expect(
      judgeAll([{ atMs: 20_000, service: baseline, stopped: [crashed(3)], record: account }]),
    ).toMatchObject({
      summary: 'ECS rolled the deployment back: container api exited with code 3',
      context: [`ECS: service deployment ROLLBACK_SUCCESSFUL: ${BREAKER} (3 of 3 failures)`],
    });
  });

  it.each<[string, Partial<ServiceDeploymentView>]>([
    ['the circuit breaker', { breaker: { triggered: true, failures: 3, threshold: 3 } }],
    ['alarms', { alarms: { watched: false, triggered: ['user-errors'] } }],
  ])('is not blamed on somebody where %s did it, whatever the text names', (_who, more) => {
    const account = record('ROLLBACK_IN_PROGRESS', { reason: 'rolled back: user-errors', ...more });
    expect(look(completed, account)).toMatchObject(failure('rolled-back-by-ecs'));
  });

  it('names the alarms that were triggered', () => {
    const account = record('ROLLBACK_IN_PROGRESS', {
      reason: 'Service deployment rolled back because of one or more active alarms.',
      alarms: { watched: false, triggered: ['errors', 'latency'] },
    });
    expect(look(completed, account)).toMatchObject({
      kind: 'rolled-back-by-ecs',
      context: [expect.stringMatching(/alarms\. \(alarms: errors, latency\)$/)],
    });
  });
});
