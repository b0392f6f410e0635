// A state file without a disk: for parts whose saving is not what is tested.
import type { OpenStateFile } from '../../src/local/state-file.ts';

export function memoryStateFile<T>(state: T): OpenStateFile<T> {
  const nothing = async (): Promise<void> => undefined;
  return { state, save: nothing, caughtUp: nothing, saved: async (answer) => answer };
}
