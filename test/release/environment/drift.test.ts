/** How a service stands beside what a release has left. */
import { describe, expect, it } from '@jest/globals';
import {
  inPlaceOf,
  type ServiceStanding,
  type Standing,
  type StandingState,
  standingOf,
} from '../../../src/release/environment/drift.ts';
import type { DeploymentView, ServiceView } from '../../../src/release/judging/observation.ts';
import { mine, NEW, OLD, old, service } from '../views.ts';

const RECORDED = { name: 'api', service: 'shop-api', taskDefinition: NEW };
const primary = (more: Partial<DeploymentView> = {}): DeploymentView =>
  mine({ rolloutState: 'COMPLETED', running: 2, ...more });
const view = ({ deployments = [primary()], ...more }: Partial<ServiceView> = {}): ServiceView =>
  service(deployments, { running: 2, ...more });

describe('the standing of a service', () => {
  it.each<[string, ServiceView | undefined, StandingState]>([
    ['its deployment is complete', view(), 'as-recorded'],
    [
      'it says no rollout state (Classic Load Balancer)',
      view({ deployments: [primary({ rolloutState: null })] }),
      'as-recorded',
    ],
    ['more tasks run than are wanted', view({ running: 3 }), 'as-recorded'],
    ['it is scaled to zero', view({ desired: 0, running: 0 }), 'as-recorded'],
    ['a task is missing', view({ running: 1 }), 'unsettled'],
    [
      'its deployment goes on',
      view({ deployments: [primary({ rolloutState: 'IN_PROGRESS' })] }),
      'unsettled',
    ],
    ['its deployment has failed', view({ deployments: [primary({ rolloutState: 'FAILED' })] }), 'unsettled'],
    ['tasks of an earlier deployment are left', view({ deployments: [primary(), old()] }), 'unsettled'],
    ['it has another task definition', view({ taskDefinition: OLD }), 'changed'],
    ['it is being deleted', view({ status: 'DRAINING' }), 'gone'],
    ['there is none', undefined, 'gone'],
  ])('%s', (_what, seen, state) => {
    expect(standingOf(RECORDED, seen)).toMatchObject({ ...RECORDED, state });
  });

  it('tells where nothing runs that could be asked', () => {
    expect(standingOf(RECORDED, view({ desired: 0, running: 0 })).empty).toBe(true);
    expect(standingOf(RECORDED, view()).empty).toBe(false);
  });
});

describe('a commit is in place', () => {
  const SHA = 'a'.repeat(40);
  const stands = (name: string, state: StandingState = 'as-recorded'): ServiceStanding => ({
    ...RECORDED,
    name,
    state,
    live: RECORDED.taskDefinition,
    now: '',
    empty: name === 'job',
    differences: [],
  });
  const standing = (...services: readonly ServiceStanding[]): Standing => ({ number: 3, sha: SHA, services });

  it('where the release that serves has brought it, and each service is as it was left', () => {
    expect(
      inPlaceOf(standing(stands('api'), stands('job'), stands('other', 'changed')), SHA, ['api', 'job']),
    ).toEqual({
      number: 3,
      services: [
        { name: 'api', service: 'shop-api', taskDefinition: NEW, empty: false },
        { name: 'job', service: 'shop-api', taskDefinition: NEW, empty: true },
      ],
    });
  });

  it.each<[string, Standing | null, string, readonly string[]]>([
    ['nothing is recorded', null, SHA, ['api']],
    ['another commit serves', standing(stands('api')), 'b'.repeat(40), ['api']],
    ['one was changed', standing(stands('api', 'changed')), SHA, ['api']],
    ['one is unsettled', standing(stands('api'), stands('web', 'unsettled')), SHA, ['api', 'web']],
    ['one is new', standing(stands('api')), SHA, ['api', 'web']],
  ])('not where %s', (_what, found, sha, wanted) => {
    expect(inPlaceOf(found, sha, wanted)).toBeNull();
  });
});
