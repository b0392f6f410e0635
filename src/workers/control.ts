/** Control: workflows, and the source of the commit. Holds the git credential, has no AWS rights. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createControlActivities } from '../activities/control.ts';
import { isKnownInTemporal } from '../activities/look-for-missed.ts';
import { createReadStepLogs } from '../activities/read-step-log.ts';
import { askInTemporal } from '../activities/recall-release.ts';
import { endInTemporal } from '../activities/release-end.ts';
import { fateInTemporal } from '../activities/release-fate.ts';
import { runEndInTemporal } from '../activities/run-end.ts';
import { indexedInTemporal } from '../activities/search-attributes.ts';
import { TASK_QUEUE } from '../release/names.ts';
import { createFolderStore } from '../store/folder-store.ts';
import { prepareGitHub } from './github.ts';
import type { WorkerOptions } from './options.ts';
import { registerSearchAttributes } from './register-search-attributes.ts';
import type { PreparedRole } from './roles.ts';

/** Made once by `npm run build`, so that no worker start pays for a bundler. */
const WORKFLOW_BUNDLE = { codePath: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)) };

export const prepareControl = async (options: WorkerOptions): Promise<PreparedRole> => {
  const repositories = options.repositories ?? {};
  const apps = Object.keys(repositories);
  const github = await prepareGitHub(options.gitHub ?? {}, repositories);
  const told = Object.entries(github.gitHubRepositories).map(
    ([app, repository]) => `${app} as ${repository}`,
  );
  const store = createFolderStore(options.storeFolder);
  const activities = {
    ...createControlActivities({
      store,
      repositories,
      fateOf: fateInTemporal,
      endOf: endInTemporal,
      runEnd: runEndInTemporal,
      ...github,
      askEnvironment: askInTemporal,
      areIndexed: indexedInTemporal,
      isKnownInTemporal,
      folder: join(options.dataFolder, 'repositories'),
    }),
    ...createReadStepLogs(store),
  };
  const { tellGitHub, awaitEnd, readChecks, endOlderChecks, lookForMissedPulls, keepPulls } = activities;
  return {
    onConnected: registerSearchAttributes,
    line: `control (${apps.length > 0 ? `serves ${apps.join(', ')}` : 'no repository configured'}${told.length > 0 ? `; tells GitHub of ${told.join(', ')}` : ''})`,
    queues: [
      {
        taskQueue: TASK_QUEUE.control,
        workflowBundle: WORKFLOW_BUNDLE,
        // One for each release that is under way, in all environments, waits for its end and does nothing else.
        slots: 500,
        activities,
      },
      // One for each release and each pull request that GitHub is told of, and one more while it is told.
      {
        taskQueue: TASK_QUEUE.telling,
        slots: 500,
        activities: { tellGitHub, awaitEnd, endOlderChecks, lookForMissedPulls, keepPulls },
      },
      { taskQueue: TASK_QUEUE.proposals, slots: 4, activities: { readChecks } },
    ],
  };
};
