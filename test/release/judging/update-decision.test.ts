import { describe, expect, it } from '@jest/globals';
import type { ServiceView } from '../../../src/release/judging/observation.ts';
import {
  type Direction,
  decideUpdate,
  type WantedMove,
} from '../../../src/release/judging/update-decision.ts';
import { randomFrom } from '../../random.ts';
import { FOREIGN, mine, NEW, OLD, old, other, service } from '../views.ts';

const PINNED = `${OLD}0`;
const forward: WantedMove = { service: 'api', taskDefinition: NEW, acceptable: [], from: [OLD] };
const back: WantedMove = { service: 'api', taskDefinition: OLD, acceptable: [], from: [NEW, OLD] };
const backPinned: WantedMove = { ...back, taskDefinition: PINNED, acceptable: [OLD] };

const primary = (more = {}) => old(more, 'PRIMARY');

describe('decideUpdate', () => {
  it.each<[string, WantedMove, Direction, ServiceView | undefined, string]>([
    ['runs the version before', forward, 'forward', service([primary()]), 'update'],
    ['is on its way to ours already', forward, 'forward', service([mine(), old()]), 'there'],
    ['has arrived at ours', forward, 'forward', service([mine({ rolloutState: 'COMPLETED' })]), 'there'],
    ['has failed on ours', forward, 'forward', service([mine({ rolloutState: 'FAILED' })]), 'there'],
    [
      'has a failed deployment of the version before',
      forward,
      'forward',
      service([primary({ rolloutState: 'FAILED' })]),
      'update',
    ],
    ['runs what somebody else brought', forward, 'forward', service([other(FOREIGN), old()]), 'foreign'],
    ['is gone', forward, 'forward', undefined, 'gone'],
    ['drains', forward, 'forward', service([primary()], { status: 'DRAINING' }), 'gone'],
    ['is inactive', back, 'back', service([primary()], { status: 'INACTIVE' }), 'gone'],
    ['is ours without any deployment', forward, 'forward', service([], { taskDefinition: NEW }), 'gone'],

    ['runs ours', back, 'back', service([mine()]), 'update'],
    ['has failed on ours', back, 'back', service([mine({ rolloutState: 'FAILED' }), old()]), 'update'],
    ['was never moved', back, 'back', service([primary()]), 'there'],
    ["is in ECS's own rollback", back, 'back', service([primary({ rolloutState: 'IN_PROGRESS' })]), 'there'],
    ['failed on its way back', back, 'back', service([primary({ rolloutState: 'FAILED' })]), 'force'],
    ['runs what somebody else brought', back, 'back', service([other(FOREIGN), mine()]), 'foreign'],
    [
      "is in ECS's own rollback to the unpinned one",
      backPinned,
      'back',
      service([primary({ rolloutState: 'IN_PROGRESS' })]),
      'there',
    ],
    [
      "has failed in ECS's own rollback",
      backPinned,
      'back',
      service([primary({ rolloutState: 'FAILED' })]),
      'update',
    ],
    [
      'is behind a Classic Load Balancer (no rollout state)',
      back,
      'back',
      service([primary({ rolloutState: null })]),
      'there',
    ],
  ])('a service that %s (%#)', (_what, wanted, direction, view, kind) => {
    expect(decideUpdate(wanted, view, direction).kind).toBe(kind);
  });

  it('says what runs instead, since when, and what should', () => {
    expect(decideUpdate(forward, service([other(FOREIGN)]), 'forward')).toEqual({
      kind: 'foreign',
      summary: 'somebody else changed the service: it now runs api:9',
      evidence: [
        `service api should run api:7 or api:8, but ECS has it on ${FOREIGN} since 1970-01-01T00:00:00.000Z`,
      ],
    });
  });

  it('never moves a service from a task definition that the move does not name, whatever else ECS shows', () => {
    const arns = [OLD, NEW, FOREIGN, PINNED, 'arn:other/task-definition/x:1'];
    const states = ['COMPLETED', 'FAILED', 'IN_PROGRESS', null] as const;
    const random = randomFrom(20_261_123);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const some = (): string[] => arns.filter(() => random() < 0.4);
    let moved = 0;
    for (let round = 0; round < 5_000; round += 1) {
      const wanted = { service: 'api', taskDefinition: pick(arns), acceptable: some(), from: some() };
      const deployments = arns
        .filter(() => random() < 0.5)
        .map((arn) => other(arn, { rolloutState: pick(states), status: pick(['PRIMARY', 'ACTIVE']) }));
      const view = service(deployments, {
        taskDefinition: pick(arns),
        status: pick(['ACTIVE', 'ACTIVE', 'DRAINING', 'INACTIVE']),
      });
      const { kind } = decideUpdate(wanted, view, pick(['forward', 'back']));
      if (kind !== 'update' && kind !== 'force') continue;
      moved += 1;
      expect(view.status).toBe('ACTIVE');
      expect([...wanted.from, ...wanted.acceptable, wanted.taskDefinition]).toContain(view.taskDefinition);
      // From what was to be reached only where ECS gave it up.
      if (!wanted.from.includes(view.taskDefinition)) {
        expect(deployments.find(({ status }) => status === 'PRIMARY')?.rolloutState).toBe('FAILED');
      }
    }
    expect(moved).toBeGreaterThan(500);
  });
});
