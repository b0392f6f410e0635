/** Checks: repository code, run without any credential of ours. */
import { join } from 'node:path';
import { createChecksActivities } from '../activities/check.ts';
import { TASK_QUEUE } from '../release/names.ts';
import { createFolderStore } from '../store/folder-store.ts';
import type { WorkerOptions } from './options.ts';
import type { PreparedRole } from './roles.ts';

/** As many checks at a time; each may use as many processors as its own tools like. */
const CHECK_SLOTS = 4;

export const prepareChecks = async (options: WorkerOptions): Promise<PreparedRole> => ({
  line: 'checks (runs repository code: not isolated from this machine)',
  queues: [
    {
      taskQueue: TASK_QUEUE.checks,
      slots: CHECK_SLOTS,
      activities: createChecksActivities({
        store: createFolderStore(options.storeFolder),
        folder: join(options.dataFolder, 'workspaces'),
      }),
    },
  ],
});
