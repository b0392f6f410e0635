/** So many at a time; whoever comes later waits in line, but not for ever. */
export class NoSlotError extends Error {}

export interface Slots {
  /** @throws NoSlotError where none came free in time; then `work` has not begun */
  run<T>(work: () => Promise<T>, waitMs: number): Promise<T>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const line: (() => void)[] = [];

  const take = (waitMs: number): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const mine = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        line.splice(line.indexOf(mine), 1);
        reject(new NoSlotError('too many at a time'));
      }, waitMs);
      line.push(mine);
    });
  };

  const giveBack = (): void => {
    const next = line.shift();
    if (next) next();
    else free += 1;
  };

  return {
    async run(work, waitMs) {
      await take(waitMs);
      try {
        return await work();
      } finally {
        giveBack();
      }
    },
  };
}
