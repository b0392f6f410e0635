/** Records of releases in memory. */
import type { ReleaseRecords } from '../../src/activities/release-records.ts';
import type { ReleaseRecord } from '../../src/release/environment/record.ts';

export const memoryRecords = (): ReleaseRecords & { readonly kept: ReadonlyMap<number, ReleaseRecord> } => {
  const kept = new Map<number, ReleaseRecord>();
  return {
    kept,
    keep: async (record) => {
      kept.set(record.number, record);
    },
    read: async (_place, number) => kept.get(number),
  };
};
