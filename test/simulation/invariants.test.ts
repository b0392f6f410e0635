/** Each invariant holds for a run as it should be, and each of its clauses can fail. */
import { describe, expect, it } from '@jest/globals';
import { endsOrSaysWhy, nothingLeaks } from './invariants/endings.ts';
import type { Invariant } from './invariants/facts.ts';
import { INVARIANTS } from './invariants/invariants.ts';
import { neverTwoAtOnce } from './invariants/never-two-at-once.ts';
import { eachMessageOnce, heldMeansHeld } from './invariants/operators.ts';
import { rollbackIffTouched, rolledBackMeansRestored } from './invariants/rollback.ts';
import { succeededMeansRunning, undisturbedMeansSucceeded } from './invariants/success.ts';
import type { RunRecord } from './record.ts';
import {
  backward,
  call,
  completedAt,
  FOREIGN,
  forward,
  look,
  NEW,
  OLD,
  received,
  report,
  rolledBack,
  said,
  service,
  state,
  step,
  succeeded,
  update,
} from './records.ts';
import { SHA } from './spec.ts';

/** A bad version has a reason to be rolled back. */
const disturbed: RunRecord = (() => {
  const record = rolledBack();
  const services = record.scenario.services.map((one) => ({ ...one, quality: 'sick' as const }));
  return { ...record, scenario: { ...record.scenario, services } };
})();

const byStranger = { by: null } as const;
const history = (more: Partial<RunRecord['history']>): Partial<RunRecord> => ({
  history: { ...succeeded().history, ...more },
});
const aborted = report({ verdict: 'aborted', services: [] });
const tags = (release: string, name: string) => ({
  tags: [
    { key: 'slipway:release', value: release },
    { key: 'slipway:service', value: name },
  ],
});

describe.each(Object.entries(INVARIANTS))('%s', (_name, check) => {
  it.each([
    ['succeeded', succeeded()],
    ['was rolled back', disturbed],
  ])('holds for a run that %s', (_what, record) => {
    expect(check(record)).toEqual([]);
  });
});

interface Case {
  readonly check: Invariant;
  readonly what: string;
  readonly record: RunRecord;
  readonly says: RegExp;
}

const running = (digest: string) => ({ ...state(3, NEW, NEW), running: [digest] });
const inProgress = {
  ...state(3, NEW, NEW),
  primary: { ...state(3, NEW).primary, rolloutState: 'IN_PROGRESS' },
};

const CASES: readonly Case[] = [
  {
    check: succeededMeansRunning,
    what: 'the task definition is another one',
    record: succeeded({ after: { api: state(1, OLD) } }),
    says: /names/,
  },
  {
    check: succeededMeansRunning,
    what: 'the deployment is still on its way',
    record: succeeded({ after: { api: inProgress } }),
    says: /IN_PROGRESS/,
  },
  {
    check: succeededMeansRunning,
    what: 'an old task still runs',
    record: succeeded({ after: { api: running(OLD) } }),
    says: /runs sha256:old/,
  },
  {
    check: succeededMeansRunning,
    what: 'the last look came before it was steady',
    record: succeeded({ calls: [look(10), update(20, 1, 3), look(25)] }),
    says: /nobody looked/,
  },
  {
    check: succeededMeansRunning,
    what: 'the health check came before it was steady',
    record: succeeded({ probes: [{ service: 'api', atMs: 29, good: true }] }),
    says: /health check/,
  },
  {
    check: succeededMeansRunning,
    what: 'a stranger changed it, and we looked afterwards',
    record: succeeded({
      calls: [update(20, 1, 3), update(31, 3, 2, byStranger), look(40)],
      after: { api: state(2, FOREIGN) },
    }),
    says: /names/,
  },
  {
    check: undisturbedMeansSucceeded,
    what: 'nothing was wrong, and it was rolled back all the same',
    record: rolledBack(),
    says: /nothing disturbed it/,
  },
  {
    check: rolledBackMeansRestored,
    what: 'it is on another revision than before',
    record: rolledBack({ after: { api: state(2, FOREIGN) } }),
    says: /names/,
  },
  {
    check: rolledBackMeansRestored,
    what: 'a new task still runs',
    record: rolledBack({ after: { api: { ...state(1, OLD), running: [NEW] } } }),
    says: /runs sha256:new/,
  },
  {
    check: rolledBackMeansRestored,
    what: 'nobody looked whether it had come back',
    record: rolledBack({ calls: [look(10), update(20, 1, 3), update(60, 3, 1)] }),
    says: /nobody looked/,
  },
  {
    check: rolledBackMeansRestored,
    what: 'its health was not checked afterwards',
    record: rolledBack({ probes: [{ service: 'api', atMs: 40, good: true }] }),
    says: /health check/,
  },
  {
    check: rolledBackMeansRestored,
    what: 'it is left alone, and nobody else was there',
    record: rolledBack({
      report: report({ verdict: 'rolled-back', services: [service({ state: 'left-alone' })] }),
    }),
    says: /nobody else/,
  },
  {
    check: rolledBackMeansRestored,
    what: 'it is called untouched, and was updated',
    record: rolledBack({
      report: report({ verdict: 'rolled-back', services: [service({ state: 'untouched' })] }),
    }),
    says: /was updated/,
  },
  {
    check: rolledBackMeansRestored,
    what: 'latest stays on the new version',
    record: rolledBack({ after: { api: state(1, OLD, NEW) } }),
    says: /latest of api/,
  },
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
      attempts: [{ ...{ activity: 'updateServices', activityId: '20', number: 2 }, atMs: 9_000 }],
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
    check: rollbackIffTouched,
    what: 'it is called aborted, and a service was updated',
    record: succeeded({ report: aborted }),
    says: /aborted, but api was updated/,
  },
  {
    check: rollbackIffTouched,
    what: 'it is called aborted, and there was a rollback',
    record: succeeded({ report: aborted, calls: [], ...history({ scheduled: [backward(20)] }) }),
    says: /but there was a rollback/,
  },
  {
    check: rollbackIffTouched,
    what: 'it is called rolled back, and nothing was to be changed',
    record: rolledBack(history({ scheduled: [] })),
    says: /nothing was to be changed/,
  },
  {
    check: rollbackIffTouched,
    what: 'it is called succeeded, and services were put back',
    record: succeeded(history({ scheduled: [forward(20), backward(30)] })),
    says: /were put back/,
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

describe('strangers are nobody’s fault', () => {
  it('where one came after our last look', () => {
    const calls = [look(10), update(20, 1, 3), look(35), update(90, 3, 2, byStranger)];
    const after = { api: state(2, FOREIGN) };
    expect(succeededMeansRunning(succeeded({ calls, after }))).toEqual([]);
  });

  it('where one came before our first change, what he brought is what we go back to', () => {
    const calls = [update(5, 1, 2, byStranger), look(10), update(20, 2, 3), update(60, 3, 2), look(75)];
    const after = { api: state(2, FOREIGN) };
    const timeline = [completedAt(8, 2), completedAt(30, 3), completedAt(70, 2)];
    expect(rolledBackMeansRestored(rolledBack({ calls, after, timeline }))).toEqual([]);
  });
});
