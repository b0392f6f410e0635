/** How a release behaves on its way, whatever its verdict: each clause can be broken. */
import { describe, expect, it } from '@jest/globals';
import {
  type Case,
  call,
  forward,
  history,
  received,
  report,
  rolledBack,
  said,
  step,
  succeeded,
  update,
} from '../records.ts';
import { SHA } from '../spec.ts';
import { endsOrSaysWhy, nothingLeaks } from './endings.ts';
import { neverTwoAtOnce } from './never-two-at-once.ts';
import { eachMessageOnce, heldMeansHeld } from './operators.ts';

const tags = (release: string, name: string) => ({
  tags: [
    { key: 'slipway:release', value: release },
    { key: 'slipway:service', value: name },
  ],
});

const CASES: readonly Case[] = [
  {
    check: neverTwoAtOnce,
    what: 'two updates overlap',
    record: succeeded({ calls: [update(20, 1, 3), update(20, 1, 3)] }),
    says: /at once/,
  },
  {
    check: neverTwoAtOnce,
    what: 'a second rollout of the same is started while the first is under way',
    record: succeeded({
      calls: [
        update(20, 1, 3),
        update(30, 3, 3, {
          before: { id: 'ecs-svc/3', taskDefinition: 'api:3', rolloutState: 'IN_PROGRESS' },
          after: { id: 'ecs-svc/4', taskDefinition: 'api:3', rolloutState: 'IN_PROGRESS' },
        }),
      ],
    }),
    says: /second rollout/,
  },
  {
    check: neverTwoAtOnce,
    what: 'a release registers a service twice',
    record: succeeded({
      calls: [1, 2].map((atMs) => call(atMs, 'RegisterTaskDefinition', tags(SHA, 'api'))),
    }),
    says: /registered 2 times/,
  },
  {
    check: neverTwoAtOnce,
    what: 'the migration is started under two tokens',
    record: succeeded({
      calls: ['a', 'b'].map((clientToken) => call(1, 'RunTask', { clientToken })),
    }),
    says: /2 tokens/,
  },
  {
    check: heldMeansHeld,
    what: 'an update is decided upon after a rollback was accepted',
    record: rolledBack({
      ...history({ scheduled: [forward(20)], received: [received(10, 'rollback', 'm')] }),
      report: report({ verdict: 'rolled-back', operators: [said('rollback', 'm')] }),
    }),
    says: /after rollback/,
  },
  {
    check: heldMeansHeld,
    what: 'the migration is decided upon after the workflow was cancelled',
    record: rolledBack(
      history({
        scheduled: [step(20, 'runMigration', {})],
        received: [{ eventId: 10, atMs: 10, kind: 'cancel', name: 'cancel', note: null }],
      }),
    ),
    says: /after cancel/,
  },
  {
    check: heldMeansHeld,
    what: 'an attempt begins long after a stop',
    record: rolledBack({
      ...history({ scheduled: [forward(20)], received: [received(25, 'abort', 'm')] }),
      attempts: [
        {
          ...{ workflowId: 'release', activity: 'updateServices', activityId: '20', number: 2 },
          atMs: 9_000,
        },
      ],
      report: report({ verdict: 'rolled-back', operators: [said('abort', 'm')] }),
    }),
    says: /long after abort/,
  },
  {
    check: heldMeansHeld,
    what: 'an update is decided upon before the pause has ended',
    record: succeeded({
      ...history({
        scheduled: [forward(20)],
        received: [received(10, 'pause', 'm'), received(30, 'resume', 'n')],
      }),
      report: report({ operators: [said('pause', 'm'), said('resume', 'n')] }),
    }),
    says: /while paused/,
  },
  {
    check: eachMessageOnce,
    what: 'a message is recorded twice',
    record: succeeded({
      ...history({ received: [received(10, 'pause', 'm'), received(11, 'pause', 'm')] }),
      report: report({ operators: [said('pause', 'm'), said('pause', 'm')] }),
    }),
    says: /recorded 2 times/,
  },
  {
    check: eachMessageOnce,
    what: 'a message is not recorded',
    record: succeeded(history({ received: [received(10, 'pause', 'm')] })),
    says: /recorded 0 times/,
  },
  {
    check: eachMessageOnce,
    what: 'a message is made up',
    record: succeeded({ report: report({ operators: [said('pause', 'm')] }) }),
    says: /never received/,
  },
  {
    check: nothingLeaks,
    what: 'the history has a secret',
    record: succeeded(history({ text: 'connecting with hunter2' })),
    says: /hunter2/,
  },
  {
    check: nothingLeaks,
    what: 'the history has what looks like one',
    record: succeeded(history({ text: 'postgres://app:geheim@db/shop' })),
    says: /geheim/,
  },
  {
    check: nothingLeaks,
    what: 'the history is long',
    record: succeeded(history({ events: 1_500 })),
    says: /1500 events/,
  },
  {
    check: nothingLeaks,
    what: 'a payload is large',
    record: succeeded(history({ largestPayloadBytes: 70_000 })),
    says: /70000 bytes/,
  },
  {
    check: endsOrSaysWhy,
    what: 'it stands still without a word',
    record: succeeded({ ending: { kind: 'hung', status: '{}' } }),
    says: /does not say why/,
  },
  {
    check: endsOrSaysWhy,
    what: 'it ended without a report',
    record: succeeded({ report: null }),
    says: /without a report/,
  },
];

describe('an invariant is broken when', () => {
  it.each(CASES)('$what', ({ check, record, says }) => {
    expect(check(record).join('\n')).toMatch(says);
  });
});

it('a pause that has ended, and is heard again, holds nothing', () => {
  const record = succeeded({
    ...history({
      scheduled: [forward(20)],
      received: [received(10, 'pause', 'm'), received(11, 'resume', 'n'), received(12, 'pause', 'm')],
    }),
    report: report({ operators: [said('pause', 'm'), said('resume', 'n')] }),
  });
  expect(heldMeansHeld(record)).toEqual([]);
});
