import { describe, expect, it } from '@jest/globals';
import { inParallel, patiently, patientReads } from '../../src/activities/in-parallel.ts';
import { RefusedByServiceError, TransientError } from '../../src/errors.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('inParallel', () => {
  it('answers in the order of the items, whichever is ready first', async () => {
    const work = async (turns: number): Promise<string> => {
      for (let turn = 0; turn < turns; turn += 1) await nextTurn();
      return `after ${turns}`;
    };
    expect(await inParallel([3, 1, 2], 2, work)).toEqual(['after 3', 'after 1', 'after 2']);
    expect(await inParallel([], 2, work)).toEqual([]);
  });

  it('works at no more than the limit at once, and at as many', async () => {
    let open = 0;
    const seen: number[] = [];
    await inParallel([...'abcdefg'], 3, async () => {
      open += 1;
      seen.push(open);
      await nextTurn();
      open -= 1;
    });
    expect(Math.max(...seen)).toBe(3);
    expect(seen).toHaveLength(7);
  });

  it('begins no further item after an error, and throws it', async () => {
    const begun: string[] = [];
    const work = async (item: string): Promise<void> => {
      begun.push(item);
      await nextTurn();
      if (item === 'a') throw new Error('a is broken');
    };
    await expect(inParallel([...'abcdef'], 2, work)).rejects.toThrow('a is broken');
    await nextTurn();
    expect(begun).toEqual(['a', 'b']);
  });
});

describe('a patient call', () => {
  const throttled = new TransientError('Rate exceeded');
  const slept: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    slept.push(ms);
  };
  const failing = (times: number, error: unknown) => {
    slept.length = 0;
    let calls = 0;
    return async (): Promise<number> => {
      calls += 1;
      if (calls <= times) throw error;
      return calls;
    };
  };

  it('is made again after a growing pause while the error may pass', async () => {
    expect(await patiently(sleep, failing(3, throttled))).toBe(4);
    expect(slept).toEqual([500, 1_000, 2_000]);
  });

  it('gives up in the end, and leaves it to Temporal', async () => {
    await expect(patiently(sleep, failing(99, throttled))).rejects.toBe(throttled);
    expect(slept).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
  });

  it.each([
    ['a refusal', new RefusedByServiceError('AccessDenied')],
    ['a bug of ours', new TypeError('x is not a function')],
  ])('is made once where trying again changes nothing: %s', async (_what, error) => {
    await expect(patiently(sleep, failing(1, error))).rejects.toBe(error);
    expect(slept).toEqual([]);
  });

  it('keeps what the port is: its private state, its arguments', async () => {
    class Port {
      #calls = 0;
      async twice(word: string): Promise<string> {
        this.#calls += 1;
        if (this.#calls === 1) throw throttled;
        return word + word;
      }
    }
    expect(await patientReads(new Port(), sleep).twice('ho')).toBe('hoho');
  });
});
