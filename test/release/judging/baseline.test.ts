import { describe, expect, it } from '@jest/globals';
import { type BaselineFinding, findBaseline, whyNoBaseline } from '../../../src/release/judging/baseline.ts';
import type { ServiceView } from '../../../src/release/judging/observation.ts';
import { mine, NEW, OLD, old, service } from '../views.ts';

const STALL_MS = 300_000;
const NOW_MS = 20_000;
const completed = (taskDefinition: string): BaselineFinding => ({ kind: 'completed', taskDefinition });
const none: BaselineFinding = { kind: 'none' };
const busy: BaselineFinding = { kind: 'busy', deploymentId: 'ecs-svc/new' };
const born = (createdAtMs: number, deployments: ServiceView['deployments']): ServiceView =>
  service(deployments, { createdAtMs });

describe('findBaseline', () => {
  it.each<[string, ServiceView, BaselineFinding]>([
    ['a completed deployment is what we would go back to', service([old({}, 'PRIMARY')]), completed(OLD)],
    [
      'also while tasks of the one before still drain',
      service([mine({ rolloutState: 'COMPLETED' }), old()]),
      completed(NEW),
    ],
    [
      'also when it is scaled to zero',
      service([old({ running: 0 }, 'PRIMARY')], { desired: 0 }),
      completed(OLD),
    ],
    ["somebody's deployment in progress is waited for", service([mine(), old()]), busy],
    ['also when its first tasks run and nothing older is left', service([mine({ running: 1 })]), busy],
    ['also when no task of it runs yet', service([mine()]), busy],
    [
      'a failed one leaves the completed one that still runs',
      service([mine({ rolloutState: 'FAILED' }), old()]),
      completed(OLD),
    ],
    ['a failed one with nothing behind it leaves nothing', service([mine({ rolloutState: 'FAILED' })]), none],
    [
      'a completed one counts also when the failed one has stopped its last task (minimumHealthyPercent 0)',
      service([mine({ rolloutState: 'FAILED' }), old({ running: 0 })]),
      completed(OLD),
    ],
    ['a service without any deployment has nothing to go back to', service([]), none],
    ['a first deployment without a task ends by our release', born(-9_000, [mine()]), none],
    ['a first deployment with a task is waited for', born(0, [mine({ running: 1 })]), busy],
    ['a later one is somebody at work', born(-11_000, [mine()]), busy],
    [
      'unless it has had no task for as long as a stall',
      born(-9e6, [mine({ createdAtMs: NOW_MS - STALL_MS })]),
      none,
    ],
    ['but not a moment before', born(-9e6, [mine({ createdAtMs: NOW_MS - STALL_MS + 1 })]), busy],
    ['a later one is at work while older tasks serve, too', born(-9e6, [mine(), old()]), busy],
    [
      'but what has run no task for as long as a stall leaves the completed one that still serves',
      born(-9e6, [mine({ createdAtMs: NOW_MS - STALL_MS }), old()]),
      completed(OLD),
    ],
    ['and not a moment before', born(-9e6, [mine({ createdAtMs: NOW_MS - STALL_MS + 1 }), old()]), busy],
    [
      'so does a crash loop that has not moved one old task',
      born(-9e6, [mine({ createdAtMs: -9e5, failed: 9, running: 1 }), old()]),
      completed(OLD),
    ],
    [
      'a slow rollout with healthy tasks is somebody at work',
      born(-9e6, [mine({ createdAtMs: -9e5, running: 1 }), old()]),
      busy,
    ],
    [
      'also when some of its tasks have failed, as long as it moves old ones',
      born(-9e6, [mine({ createdAtMs: -9e5, running: 1, failed: 3 }), old({ running: 1 })]),
      busy,
    ],
    [
      'a service that is being scaled to zero needs no tasks',
      service([mine({ createdAtMs: -9e5, desired: 0 }), old()], { createdAtMs: -9e6, desired: 0 }),
      busy,
    ],
    [
      'an older one that was not completed is nothing to go back to',
      born(-9e6, [mine({ createdAtMs: -9e5, failed: 9 }), old({ rolloutState: 'FAILED' })]),
      busy,
    ],
    [
      'nor is there an end to a first one while an older one is kept, even without tasks',
      born(0, [mine(), old({ running: 0 })]),
      busy,
    ],
    [
      'without a rolloutState, alone and with all tasks is completed',
      service([mine({ rolloutState: null, running: 2 })]),
      completed(NEW),
    ],
    [
      'without a rolloutState, a missing task is work in progress',
      service([mine({ rolloutState: null, running: 1 })]),
      busy,
    ],
    [
      'without a rolloutState, an old deployment is work in progress',
      service([mine({ rolloutState: null, running: 2 }), old({ rolloutState: null })]),
      busy,
    ],
  ])('%s', (_what, view, finding) => {
    expect(findBaseline(view, NOW_MS, STALL_MS)).toEqual(finding);
  });
});

describe('why there is no baseline', () => {
  const failed = mine({ rolloutState: 'FAILED' });

  it.each<[string, ServiceView, 'none' | 'unknown', string]>([
    ['the first deployment failed', born(0, [failed]), 'none', 'its only deployment, of api:8, has failed'],
    ['it never ran', born(0, [mine()]), 'unknown', 'its only deployment, of api:8, has not completed'],
    [
      'a later one failed, and nothing had completed',
      born(-9e6, [failed]),
      'none',
      'ECS remembers no completed deployment; it is on api:8, and its deployment has failed',
    ],
    [
      'nobody can tell what was before',
      born(-9e6, [failed]),
      'unknown',
      "ECS's history cannot be read; it is on api:8, and its deployment has failed",
    ],
    [
      'one came to nothing, and nothing had completed',
      born(-9e6, [mine()]),
      'none',
      'ECS remembers no completed deployment; it is on api:8, and it runs nothing',
    ],
    ['nothing was ever deployed', born(0, []), 'none', 'it has no deployment'],
  ])('%s', (_what, view, history, why) => {
    expect(whyNoBaseline(view, history)).toBe(why);
  });
});
