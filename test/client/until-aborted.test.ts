import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { ReleaseClient } from '../../src/client/index.ts';
import { untilAborted } from '../../src/client/until-aborted.ts';

/** As the SDK does it: each call within listens to the signal, for good. */
const leakyClient = () => {
  let current: AbortSignal | undefined;
  const request = (): Promise<string> =>
    new Promise((resolve, reject) => {
      current?.addEventListener('abort', () => reject(current?.reason));
      setImmediate(() => resolve('answer'));
    });
  const temporal = {
    withAbortSignal: async <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> => {
      current = signal;
      if (signal.aborted) throw signal.reason;
      return call();
    },
  } as unknown as ReleaseClient['temporal'];
  return { client: { temporal }, request };
};

describe('calls that a signal ends', () => {
  it('leave nothing on the signal, however many there are', async () => {
    const { client, request } = leakyClient();
    const { signal } = new AbortController();
    for (let count = 0; count < 50; count++) {
      expect(await untilAborted(client, signal, () => Promise.all([request(), request()]))).toHaveLength(2);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    }
  });

  it('end when it is aborted, with its reason', async () => {
    const { client, request } = leakyClient();
    const stop = new AbortController();
    const asking = untilAborted(client, stop.signal, request);
    stop.abort('let go');
    await expect(asking).rejects.toBe('let go');
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  it('are not made after that', async () => {
    const { client, request } = leakyClient();
    await expect(untilAborted(client, AbortSignal.abort('gone'), request)).rejects.toBe('gone');
  });
});
