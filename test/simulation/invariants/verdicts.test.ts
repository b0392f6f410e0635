/** What a verdict promises: each clause can be broken. */
import { describe, expect, it } from '@jest/globals';
import {
  backward,
  type Case,
  completedAt,
  FOREIGN,
  forward,
  history,
  look,
  NEW,
  OLD,
  report,
  rolledBack,
  service,
  state,
  succeeded,
  update,
} from '../records.ts';
import { rollbackIffTouched, rolledBackMeansRestored } from './rollback.ts';
import { succeededMeansRunning, undisturbedMeansSucceeded } from './success.ts';

const byStranger = { by: null } as const;
const aborted = report({ verdict: 'aborted', services: [] });
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
