/** Of the control pool: git, the store, and Temporal itself. */
import { ActivityCancellationType } from '@temporalio/workflow';
import type { ControlActivities } from '../../activities/contracts/control.ts';
import type { EnvironmentActivities } from '../../activities/contracts/environment.ts';
import { TASK_QUEUE } from '../../release/names.ts';
import { DAY, HOUR, MINUTE, PATIENCE_MS, QUESTION, READ, SECOND, SOON } from './options.ts';
import { poolActivities } from './proxy.ts';

export const control = poolActivities<
  Pick<
    ControlActivities,
    | 'readSource'
    | 'recallRelease'
    | 'recallGoodReleases'
    | 'recallReferences'
    | 'recallVerification'
    | 'compareCommits'
  >
>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: 10 * MINUTE,
  scheduleToCloseTimeout: PATIENCE_MS,
  heartbeatTimeout: 30 * SECOND,
});

/** What a healthy release does not wait for for ever. */
export const looksBack = poolActivities<Pick<ControlActivities, 'recallGoodReleases'>>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
  scheduleToCloseTimeout: 10 * MINUTE,
});

/** One that still runs is waited for, so there is no limit but an operator's. */
export const takes = poolActivities<Pick<ControlActivities, 'takeTurn'>>({
  ...READ,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: 24 * HOUR,
  heartbeatTimeout: 30 * SECOND,
});

/** The mark has to be there before the first change: no release goes on without it. */
export const marks = poolActivities<Pick<ControlActivities, 'openRelease'>>({
  ...READ,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
});

/** A report that cannot be kept is a warning: the verdict does not wait for it for ever. */
export const farewell = poolActivities<Pick<ControlActivities, 'closeRelease'>>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
  scheduleToCloseTimeout: 10 * MINUTE,
});

/** The environment is there, or is started: only Temporal has to be reachable. */
export const toEnvironment = poolActivities<Pick<EnvironmentActivities, 'tellEnvironment'>>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
});

/** For as long as a release may take: an approval may be waited for over days. */
export const awaitsReleases = poolActivities<Pick<EnvironmentActivities, 'awaitRelease'>>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: 30 * DAY,
  heartbeatTimeout: 30 * SECOND,
});

/** Nothing is granted before the store has said what was granted before. */
export const recalls = poolActivities<Pick<EnvironmentActivities, 'recallEnvironment'>>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
});

/** Somebody waits for the answer, and would rather hear of trouble. */
export const ledgers = poolActivities<Pick<EnvironmentActivities, 'readLedger'>>({
  ...READ,
  retry: { ...READ.retry, maximumAttempts: 3 },
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
  scheduleToCloseTimeout: MINUTE,
});

/** Of a plan that somebody waits for; fetching a repository for the first time takes its time. */
export const foretells = poolActivities<
  Pick<ControlActivities, 'readSource' | 'recallGoodReleases' | 'compareCommits' | 'foreseeTurn'>
>({
  ...READ,
  retry: { ...READ.retry, maximumAttempts: 3 },
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: 5 * MINUTE,
  heartbeatTimeout: 30 * SECOND,
});

/** What an environment keeps in the store it has in its state as well: trouble with the store holds nothing up. */
export const environmentMemory = poolActivities<Pick<EnvironmentActivities, 'keepEntry' | 'keepFreeze'>>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
  scheduleToCloseTimeout: PATIENCE_MS,
});

export const controlQuestions = poolActivities<Pick<ControlActivities, 'recallServices'>>({
  ...QUESTION,
  taskQueue: TASK_QUEUE.control,
});
