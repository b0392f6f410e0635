/**
 * Of the deploy pool. What talks to ECS waits in poll intervals, so that a plan which scales time down scales its retries
 * too.
 */
import { ActivityCancellationType } from '@temporalio/workflow';
import type { DeployActivities, Unheld } from '../../activities/contracts/deploy.ts';
import { deployQueue } from '../../release/names.ts';
import type { ClaimedPlan, Plan } from '../../release/plan.ts';
import type { Whereabouts } from '../../release/whereabouts.ts';
import { HOUR, MINUTE, OWNS_PROCESS, PATIENCE_MS, QUESTION, READ, retryFrom, SECOND } from './options.ts';
import { poolActivities } from './proxy.ts';

/** Of the deploy workers of the environment, and of no others: theirs are the rights to look and to change. */
export const inspectionOf = ({
  deployQueue: name,
}: Pick<Whereabouts, 'deployQueue'>): Pick<DeployActivities, 'inspect'> =>
  poolActivities<Pick<DeployActivities, 'inspect'>>({
    ...READ,
    taskQueue: deployQueue(name),
    startToCloseTimeout: HOUR,
    heartbeatTimeout: 30 * SECOND,
  });

/** Somebody waits for the answer: a pool that is not there is told, not waited for. */
export const previewsOf = ({
  deployQueue: name,
}: Pick<Whereabouts, 'deployQueue'>): Pick<DeployActivities, 'preview'> =>
  poolActivities<Pick<DeployActivities, 'preview'>>({
    ...READ,
    retry: { ...READ.retry, maximumAttempts: 3 },
    taskQueue: deployQueue(name),
    scheduleToStartTimeout: 20 * SECOND,
    startToCloseTimeout: 5 * MINUTE,
    heartbeatTimeout: 30 * SECOND,
  });

/** Layers may be large; what is there already is not copied again by the next attempt. */
export const copiesOf = ({
  deployQueue: name,
}: Pick<Whereabouts, 'deployQueue'>): Pick<DeployActivities, 'copyImage'> =>
  poolActivities<Pick<DeployActivities, 'copyImage'>>({
    ...OWNS_PROCESS,
    taskQueue: deployQueue(name),
    startToCloseTimeout: 2 * HOUR,
    scheduleToCloseTimeout: 2 * HOUR + PATIENCE_MS,
  });

/** Whose queue, and how often to look. */
type Pace = Pick<Plan, 'deployQueue' | 'timing'>;

/** Paced, so that a long list takes its time; one that nobody takes is given up. */
export const clearsOf = ({
  deployQueue: name,
}: Pick<Whereabouts, 'deployQueue'>): Pick<DeployActivities, 'deregisterUnused'> =>
  poolActivities<Pick<DeployActivities, 'deregisterUnused'>>({
    ...READ,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    taskQueue: deployQueue(name),
    heartbeatTimeout: 30 * SECOND,
    startToCloseTimeout: 2 * HOUR,
    scheduleToStartTimeout: PATIENCE_MS,
    scheduleToCloseTimeout: 6 * HOUR,
  });

/** A dead deploy worker is noticed after six poll intervals, 30 s at the default; a busy one has 10 s at least. */
const deployOptions = ({ deployQueue: name, timing: { pollIntervalMs } }: Pace) => ({
  taskQueue: deployQueue(name),
  heartbeatTimeout: Math.max(10 * SECOND, Math.min(6 * pollIntervalMs, 30 * SECOND)),
  retry: retryFrom(
    Math.max(10, Math.min(pollIntervalMs / 5, SECOND)),
    Math.max(100, Math.min(6 * pollIntervalMs, 30 * SECOND)),
  ),
});

type Looks = Pick<DeployActivities, 'waitUntilStable' | 'checkHealth' | 'watchBake'>;

/** What only looks on while ECS does the work; nobody needs the turn for that. */
export const looksOf = (plan: Pace): Looks =>
  poolActivities<Looks>({
    ...deployOptions(plan),
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    startToCloseTimeout: 24 * HOUR,
  });

type Deploys = Omit<
  Unheld,
  'inspect' | 'preview' | 'copyImage' | 'compareServices' | 'describeServing' | 'deregisterUnused'
>;

/** A release that has the turn: whatever it changes, it changes under that turn. */
type Holding = Pace & Pick<ClaimedPlan, 'turn'>;

/** The way forward: ECS may be away or throttle for as long as it likes, the release waits. */
export const deploysOf = (plan: Holding, migrationMs = 0): Deploys => {
  const { turn } = plan;
  const options = deployOptions(plan);
  const { waitUntilStable, checkHealth, watchBake } = looksOf(plan);
  const mutates = poolActivities<DeployActivities>({
    ...options,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    startToCloseTimeout: 30 * MINUTE,
  });
  const migrates = poolActivities<DeployActivities>({
    ...options,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    startToCloseTimeout: migrationMs + HOUR,
  });
  const labels = poolActivities<DeployActivities>({
    ...options,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    startToCloseTimeout: 2 * MINUTE,
    // `latest` is a label: a release that is healthy does not wait for it for ever.
    scheduleToCloseTimeout: 10 * MINUTE,
  });
  return {
    waitUntilStable,
    checkHealth,
    watchBake,
    prepareRollout: (input) => mutates.prepareRollout({ ...input, turn }),
    updateServices: (input) => mutates.updateServices({ ...input, turn }),
    runMigration: (input) => migrates.runMigration({ ...input, turn }),
    moveLatest: (input) => labels.moveLatest({ ...input, turn }),
    tagKept: (input) => labels.tagKept({ ...input, turn }),
  };
};

/**
 * Tries of one activity before the compensation says that it is stuck (and goes on trying, for all to see): by the
 * intervals above twelve poll intervals, a minute at the default. What is refused for good is told at once.
 */
const RESTORE_ATTEMPTS = 7;

/** The way back: trouble has to come out into the open, so neither retries nor a missing worker are waited for for ever. */
export const restoresOf = (
  plan: Holding,
): Pick<Deploys, 'updateServices' | 'waitUntilStable' | 'checkHealth' | 'moveLatest'> => {
  const { timing, turn } = plan;
  const { retry, ...options } = deployOptions(plan);
  const bounded = {
    ...options,
    retry: { ...retry, maximumAttempts: RESTORE_ATTEMPTS },
    // Two minutes at the default: long enough for a deploy worker to be started again.
    scheduleToStartTimeout: Math.max(5 * SECOND, 24 * timing.pollIntervalMs),
  };
  const reads = poolActivities<DeployActivities>(
    {
      ...bounded,
      cancellationType: ActivityCancellationType.TRY_CANCEL,
      startToCloseTimeout: 24 * HOUR,
    },
    'go back: ',
  );
  const mutates = poolActivities<DeployActivities>(
    {
      ...bounded,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      startToCloseTimeout: 30 * MINUTE,
    },
    'go back: ',
  );
  return {
    updateServices: (input) => mutates.updateServices({ ...input, turn }),
    moveLatest: (input) => mutates.moveLatest({ ...input, turn }),
    waitUntilStable: reads.waitUntilStable,
    checkHealth: reads.checkHealth,
  };
};

export const deployQuestionsOf = ({
  deployQueue: name,
}: Pick<Whereabouts, 'deployQueue'>): Pick<DeployActivities, 'compareServices'> =>
  poolActivities<Pick<DeployActivities, 'compareServices'>>({
    ...QUESTION,
    taskQueue: deployQueue(name),
  });

/** What the report can do without: after a minute at the default it is left out. */
export const lastWordsOf = (plan: Pace): Pick<DeployActivities, 'describeServing'> => {
  const { timing } = plan;
  const { taskQueue, retry } = deployOptions(plan);
  return poolActivities<Pick<DeployActivities, 'describeServing'>>({
    taskQueue,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { ...retry, maximumAttempts: 5 },
    startToCloseTimeout: Math.max(5 * SECOND, 6 * timing.pollIntervalMs),
    scheduleToCloseTimeout: Math.max(5 * SECOND, 12 * timing.pollIntervalMs),
  });
};
