/**
 * Activity proxies by pool, with every retry policy, time-out and cancellation type in one table.
 *
 * Cancellation types are always explicit: unset, the SDK sends TRY_CANCEL whatever its docs say
 * (facts/temporal.md 1.4). Reads may be abandoned at once; whatever mutates, or owns a child process, is waited for.
 * Which errors are worth another try is said by the errors themselves (non-retryable ApplicationFailures).
 * What talks to ECS waits in poll intervals, so that a plan which scales time down scales its retries too.
 */
import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { BuildActivities, ChecksActivities, PushActivities } from '../activities/build-contract.ts';
import type { DeployActivities, Unheld } from '../activities/contract.ts';
import type { ControlActivities } from '../activities/control-contract.ts';
import type { EnvironmentActivities } from '../activities/environment-contract.ts';
import { buildQueue, deployQueue, TASK_QUEUE } from '../release/names.ts';
import type { Architecture, ClaimedPlan, Plan } from '../release/plan.ts';
import type { Whereabouts } from '../release/whereabouts.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Of short work without a heartbeat. One that a dying worker had taken is begun again after that; a slow store or Temporal
 * has as long as ever, attempt by attempt.
 */
const SOON = 15 * SECOND;

/** A pool that is down is waited for this long before the release gives up on a step that changed nothing. */
const PATIENCE_MS = HOUR;

const retryFrom = (firstMs: number, longestMs: number) => ({
  initialInterval: firstMs,
  backoffCoefficient: 2,
  maximumInterval: longestMs,
});

const READ = {
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: retryFrom(SECOND, 30 * SECOND),
} as const satisfies ActivityOptions;

const OWNS_PROCESS = {
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  heartbeatTimeout: 20 * SECOND,
  retry: { ...retryFrom(2 * SECOND, 30 * SECOND), maximumAttempts: 6 },
} as const satisfies ActivityOptions;

export const control = proxyActivities<
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
export const looksBack = proxyActivities<Pick<ControlActivities, 'recallGoodReleases'>>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
  scheduleToCloseTimeout: 10 * MINUTE,
});

/** One that still runs is waited for, so there is no limit but an operator's. */
export const takes = proxyActivities<Pick<ControlActivities, 'takeTurn'>>({
  ...READ,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: 24 * HOUR,
  heartbeatTimeout: 30 * SECOND,
});

/** The mark has to be there before the first change: no release goes on without it. */
export const marks = proxyActivities<Pick<ControlActivities, 'openRelease'>>({
  ...READ,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
});

/** A report that cannot be kept is a warning: the verdict does not wait for it for ever. */
export const farewell = proxyActivities<Pick<ControlActivities, 'closeRelease'>>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
  scheduleToCloseTimeout: 10 * MINUTE,
});

/** The environment is there, or is started: only Temporal has to be reachable. */
export const toEnvironment = proxyActivities<Pick<EnvironmentActivities, 'tellEnvironment'>>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
});

/** For as long as a release may take: an approval may be waited for over days. */
export const awaitsReleases = proxyActivities<Pick<EnvironmentActivities, 'awaitRelease'>>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: 30 * DAY,
  heartbeatTimeout: 30 * SECOND,
});

/** Nothing is granted before the store has said what was granted before. */
export const recalls = proxyActivities<Pick<EnvironmentActivities, 'recallEnvironment'>>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
});

/** Somebody waits for the answer, and would rather hear of trouble. */
export const ledgers = proxyActivities<Pick<EnvironmentActivities, 'readLedger'>>({
  ...READ,
  retry: { ...READ.retry, maximumAttempts: 3 },
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
  scheduleToCloseTimeout: MINUTE,
});

/** What an environment keeps in the store it has in its state as well: trouble with the store holds nothing up. */
export const environmentMemory = proxyActivities<Pick<EnvironmentActivities, 'keepEntry' | 'keepFreeze'>>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: SOON,
  scheduleToCloseTimeout: PATIENCE_MS,
});

/** The check's own time limit is kept by the activity; this one only catches an activity that hangs. */
export const checks = (timeoutMs: number): ChecksActivities =>
  proxyActivities<ChecksActivities>({
    ...OWNS_PROCESS,
    taskQueue: TASK_QUEUE.checks,
    startToCloseTimeout: timeoutMs + 30 * MINUTE,
    scheduleToCloseTimeout: timeoutMs + PATIENCE_MS,
  });

export const builds = (architecture: Architecture, timeoutMs: number): BuildActivities =>
  proxyActivities<BuildActivities>({
    ...OWNS_PROCESS,
    taskQueue: buildQueue(architecture),
    startToCloseTimeout: timeoutMs + 5 * MINUTE,
    scheduleToCloseTimeout: timeoutMs + PATIENCE_MS,
  });

/**
 * Only the workers beside one engine poll this queue: nobody there for twelve poll intervals (a minute at the
 * default) means that the host is gone.
 */
export const pushes = (taskQueue: string, pollIntervalMs: number): PushActivities =>
  proxyActivities<PushActivities>({
    ...OWNS_PROCESS,
    taskQueue,
    scheduleToStartTimeout: Math.max(5 * SECOND, 12 * pollIntervalMs),
    startToCloseTimeout: 30 * MINUTE,
  });

/** Of the deploy workers of the environment, and of no others: theirs are the rights to look and to change. */
export const inspectionOf = ({
  deployQueue: name,
}: Pick<Whereabouts, 'deployQueue'>): Pick<DeployActivities, 'inspect'> =>
  proxyActivities<Pick<DeployActivities, 'inspect'>>({
    ...READ,
    taskQueue: deployQueue(name),
    startToCloseTimeout: HOUR,
    heartbeatTimeout: 30 * SECOND,
  });

/** Layers may be large; what is there already is not copied again by the next attempt. */
export const copiesOf = ({
  deployQueue: name,
}: Pick<Whereabouts, 'deployQueue'>): Pick<DeployActivities, 'copyImage'> =>
  proxyActivities<Pick<DeployActivities, 'copyImage'>>({
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
  proxyActivities<Pick<DeployActivities, 'deregisterUnused'>>({
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
  proxyActivities<Looks>({
    ...deployOptions(plan),
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    startToCloseTimeout: 24 * HOUR,
  });

type Deploys = Omit<
  Unheld,
  'inspect' | 'copyImage' | 'compareServices' | 'describeServing' | 'deregisterUnused'
>;

/** A release that has the turn: whatever it changes, it changes under that turn. */
type Holding = Pace & Pick<ClaimedPlan, 'turn'>;

/** The way forward: ECS may be away or throttle for as long as it likes, the release waits. */
export const deploysOf = (plan: Holding, migrationMs = 0): Deploys => {
  const { turn } = plan;
  const options = deployOptions(plan);
  const { waitUntilStable, checkHealth, watchBake } = looksOf(plan);
  const mutates = proxyActivities<DeployActivities>({
    ...options,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    startToCloseTimeout: 30 * MINUTE,
  });
  const migrates = proxyActivities<DeployActivities>({
    ...options,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    startToCloseTimeout: migrationMs + HOUR,
  });
  const labels = proxyActivities<DeployActivities>({
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
  const reads = proxyActivities<DeployActivities>({
    ...bounded,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    startToCloseTimeout: 24 * HOUR,
  });
  const mutates = proxyActivities<DeployActivities>({
    ...bounded,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    startToCloseTimeout: 30 * MINUTE,
  });
  return {
    updateServices: (input) => mutates.updateServices({ ...input, turn }),
    moveLatest: (input) => mutates.moveLatest({ ...input, turn }),
    waitUntilStable: reads.waitUntilStable,
    checkHealth: reads.checkHealth,
  };
};

/** A person waits for the answer: whoever does not give one soon is not waited for. */
const QUESTION = {
  ...READ,
  startToCloseTimeout: 30 * SECOND,
  scheduleToCloseTimeout: MINUTE,
} as const satisfies ActivityOptions;

export const controlQuestions = proxyActivities<Pick<ControlActivities, 'recallServices'>>({
  ...QUESTION,
  taskQueue: TASK_QUEUE.control,
});

export const deployQuestionsOf = ({
  deployQueue: name,
}: Pick<Whereabouts, 'deployQueue'>): Pick<DeployActivities, 'compareServices'> =>
  proxyActivities<Pick<DeployActivities, 'compareServices'>>({
    ...QUESTION,
    taskQueue: deployQueue(name),
  });

/** What the report can do without: after a minute at the default it is left out. */
export const lastWordsOf = (plan: Pace): Pick<DeployActivities, 'describeServing'> => {
  const { timing } = plan;
  const { taskQueue, retry } = deployOptions(plan);
  return proxyActivities<Pick<DeployActivities, 'describeServing'>>({
    taskQueue,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { ...retry, maximumAttempts: 5 },
    startToCloseTimeout: Math.max(5 * SECOND, 6 * timing.pollIntervalMs),
    scheduleToCloseTimeout: Math.max(5 * SECOND, 12 * timing.pollIntervalMs),
  });
};
