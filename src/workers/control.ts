/** Control: workflows, and the source of the commit. Holds the git credential, has no AWS rights. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createControlActivities } from '../activities/control.ts';
import { isKnownInTemporal } from '../activities/look-for-missed.ts';
import { askInTemporal } from '../activities/recall-release.ts';
import { endInTemporal } from '../activities/release-end.ts';
import { fateInTemporal } from '../activities/release-fate.ts';
import { TASK_QUEUE } from '../release/names.ts';
import { createFolderStore } from '../store/folder-store.ts';
import type { WorkerOptions } from './options.ts';
import type { PreparedRole } from './roles.ts';

/** Made once by `npm run build`, so that no worker start pays for a bundler. */
const WORKFLOW_BUNDLE = { codePath: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)) };

export const prepareControl = async (options: WorkerOptions): Promise<PreparedRole> => {
  const repositories = options.repositories ?? {};
  const apps = Object.keys(repositories);
  return {
    line: `control (${apps.length > 0 ? `serves ${apps.join(', ')}` : 'no repository configured'})`,
    queues: [
      {
        taskQueue: TASK_QUEUE.control,
        workflowBundle: WORKFLOW_BUNDLE,
        // One for each release that is under way, in all environments, waits for its end and does nothing else.
        slots: 500,
        activities: createControlActivities({
          store: createFolderStore(options.storeFolder),
          repositories,
          fateOf: fateInTemporal,
          endOf: endInTemporal,
          askEnvironment: askInTemporal,
          isKnownInTemporal,
          folder: join(options.dataFolder, 'repositories'),
        }),
      },
    ],
  };
};
