import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createSlots, NoSlotError } from '../../src/server/slots.ts';

describe('slots', () => {
  it('let so many work at a time, and the others in their order', async () => {
    const slots = createSlots(2);
    const order: number[] = [];
    let working = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        slots.run(async () => {
          order.push(index);
          working += 1;
          most = Math.max(most, working);
          await sleep(1);
          working -= 1;
        }, 5_000),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('are given back also where the work has failed', async () => {
    const slots = createSlots(1);
    const fails = slots.run(() => Promise.reject(new Error('no')), 10);
    await expect(fails).rejects.toThrow('no');
    expect(await slots.run(async () => 'yes', 10)).toBe('yes');
  });

  it('are not waited for longer than one likes, and who has gone from the line takes none', async () => {
    const slots = createSlots(1);
    let done = (): void => {};
    const first = slots.run(
      () =>
        new Promise<void>((resolve) => {
          done = resolve;
        }),
      10,
    );
    let begun = false;
    const impatient = slots.run(async () => {
      begun = true;
    }, 20);
    await expect(impatient).rejects.toBeInstanceOf(NoSlotError);
    const patient = slots.run(async () => 'mine', 5_000);
    done();
    await first;
    expect(await patient).toBe('mine');
    expect(begun).toBe(false);
    expect(await slots.run(async () => 'again', 10)).toBe('again');
  });
});
