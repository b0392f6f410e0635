import { expect, it } from '@jest/globals';
import { whenReachable } from '../../../src/local/docker/when-reachable.ts';
import { RuntimeError } from '../../../src/local/ecs/tasks/task-runtime.ts';

const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const going = (): Error =>
  new RuntimeError(
    'CannotStartContainerError',
    'failed to update store for object type *libnetwork.endpoint',
    Object.assign(new Error('server error'), { statusCode: 500 }),
  );

/** `answers`: in turn; then it does. */
const engine = (answers: readonly boolean[]) => {
  const left = [...answers];
  return { answers: async () => left.shift() ?? true };
};

const failing = (errors: readonly Error[]) => {
  const left = [...errors];
  let tries = 0;
  const work = async (): Promise<string> => {
    tries += 1;
    const error = left.shift();
    if (error) throw error;
    return 'made';
  };
  return { work, tries: () => tries };
};

const patience = (patienceMs = 5_000) => ({ closing: new AbortController().signal, patienceMs, retryMs: 1 });

it.each([
  ['an engine that does not answer is asked again', [refused(), refused()], [], 3],
  ['what an engine that is going down says is not believed', [going(), refused()], [false], 3],
])('%s', async (_what, errors, pings, tries) => {
  const { work, tries: made } = failing(errors);
  expect(await whenReachable(engine(pings), work, patience())).toBe('made');
  expect(made()).toBe(tries);
});

it('a failure that the engine stands by is thrown at once', async () => {
  const { work, tries } = failing([going(), going()]);
  await expect(whenReachable(engine([true]), work, patience())).rejects.toThrow('failed to update store');
  expect(tries()).toBe(1);
});

it('an engine that stays away is waited for only so long', async () => {
  const { work } = failing(Array.from({ length: 1_000 }, refused));
  await expect(whenReachable(engine([]), work, patience(30))).rejects.toThrow('ECONNREFUSED');
});

it('nothing is tried again once the runtime is closing', async () => {
  const { work, tries } = failing([refused(), refused()]);
  const closing = AbortSignal.abort();
  await expect(whenReachable(engine([]), work, { ...patience(), closing })).rejects.toThrow('ECONNREFUSED');
  expect(tries()).toBe(1);
});
