import { describe, expect, it } from '@jest/globals';
import type { ServiceView } from '../../../src/release/judging/observation.ts';
import { describeServing } from '../../../src/release/judging/serving.ts';
import { mine, OLD, old, service } from '../views.ts';

const primary = (more = {}) => old(more, 'PRIMARY');
/** A rollback to an old version that does not start any more: the new one still has its tasks. */
const fruitless = (more = {}) => primary({ running: 0, rolloutState: 'IN_PROGRESS', ...more });
const completed = (more = {}) => mine({ running: 2, rolloutState: 'COMPLETED', ...more }, 'ACTIVE');

describe('describeServing', () => {
  it.each<[string, ServiceView | undefined, string]>([
    ['is not there', undefined, 'the service is gone'],
    ['is being deleted', service([primary()], { status: 'DRAINING' }), 'the service is DRAINING'],
    ['is steady', service([primary()]), '2 tasks of api:7 serve'],
    ['is steady on one task', service([primary({ running: 1, desired: 1 })]), '1 task of api:7 serves'],
    [
      'is kept up by the new version while the old one does not start',
      service([fruitless(), completed()]),
      '2 tasks of api:8 serve; ECS still tries api:7 (0 of 2 running)',
    ],
    [
      'is kept up by one task',
      service([fruitless({ desired: 1 }), completed({ running: 1 })]),
      '1 task of api:8 serves; ECS still tries api:7 (0 of 1 running)',
    ],
    [
      'is kept up by two deployments of one version',
      service([fruitless(), completed(), completed({ id: 'ecs-svc/again', running: 1 })]),
      '3 tasks of api:8 serve; ECS still tries api:7 (0 of 2 running)',
    ],
    [
      'is kept up by two versions, one of which never completed',
      service([fruitless(), old({ running: 1 }), completed({ running: 1, rolloutState: 'FAILED' })]),
      '1 task of api:7 and 1 task of api:8 run; ECS still tries api:7 (0 of 2 running)',
    ],
    ['has no task', service([fruitless()]), 'no task runs; ECS still tries api:7 (0 of 2 running)'],
    [
      'has tasks of the attempt alone',
      service([fruitless({ running: 1 })]),
      '1 task runs; ECS still tries api:7 (1 of 2 running)',
    ],
    [
      'has lost its tasks since it was steady',
      service([primary({ running: 0 })]),
      'no task runs; ECS still tries api:7 (0 of 2 running)',
    ],
    [
      'was given up by ECS',
      service([mine({ rolloutState: 'FAILED' }), old()]),
      '2 tasks of api:7 serve; ECS has given up api:8 (0 of 2 running)',
    ],
    [
      'is scaled to zero',
      service([primary({ running: 0, desired: 0 })], { desired: 0 }),
      'nothing runs (desired 0); it is set to api:7',
    ],
    [
      'is scaled to zero, and still has a task',
      service([primary({ running: 1, desired: 0 })], { desired: 0 }),
      '1 task of api:7 serves',
    ],
    [
      'is steady behind a Classic Load Balancer (no rollout state)',
      service([primary({ rolloutState: null })]),
      '2 tasks of api:7 serve',
    ],
    [
      'is on its way behind a Classic Load Balancer',
      service([mine({ rolloutState: null, running: 1 }), old({ rolloutState: null, running: 1 })]),
      '1 task of api:7 serves; ECS still tries api:8 (1 of 2 running)',
    ],
    ['shows no deployment', service([], { running: 2, taskDefinition: OLD }), '2 tasks run'],
  ])('of a service that %s', (_what, view, line) => {
    expect(describeServing(view)).toBe(line);
  });
});
