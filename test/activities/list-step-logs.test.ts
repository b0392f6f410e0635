/** Which steps have a log: whoever asks, the worker has files left for what it is there for. */
import { describe, expect, it } from '@jest/globals';
import { createReadStepLogs } from '../../src/activities/read-step-log.ts';
import { problemOfLogQuestion } from '../../src/release/logs/read-log-question.ts';
import type { Store } from '../../src/store/store.ts';

const OWNER = { workflowId: 'deploy/shop/production/x', runIds: ['run', 'first'] };

const steps = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ step: `check:c${n}`, logKey: null }));

describe('the list of the logs of a release', () => {
  it('is in the order of the steps, and looks at few of them at a time', async () => {
    let [now, most] = [0, 0];
    const logBytes = async (key: string): Promise<number | undefined> => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
      // Some lie under the run that the release began with.
      return key.includes('/first/') || key.endsWith('0.log') ? key.length : undefined;
    };
    const { listStepLogs } = createReadStepLogs({ logBytes } as Partial<Store> as Store);
    const { logs } = await listStepLogs({ kind: 'steps', ...OWNER, steps: steps(300) });
    expect(logs.map(({ step }) => step)).toEqual(steps(300).map(({ step }) => step));
    expect(logs.every(({ bytes }) => bytes !== null)).toBe(true);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(20);
  });

  it.each([
    ['steps', { runIds: OWNER.runIds, steps: steps(5_001) }],
    ['runs', { runIds: Array(11).fill('run'), steps: steps(1) }],
  ])('is not of %s without end', (_what, more) => {
    expect(problemOfLogQuestion({ kind: 'steps', ...OWNER, ...more })).toMatch(/input of a question/);
    expect(problemOfLogQuestion({ kind: 'steps', ...OWNER, steps: steps(5_000) })).toBeNull();
  });
});
