/**
 * `slipway/client`: start a release, watch it, wait for its report. Depends on `@temporalio/client` and
 * `src/release` only (test/client/imports.test.ts), so that a webhook or a script can import it without the workers.
 */

export { shellWord, slipwayCommand } from '../release/shell-word.ts';
export { checksStatus, type StartChecksRequest, startChecks, waitForChecks } from './checks.ts';
export { type ConnectSettings, connect, type ReleaseClient, unreachable } from './connect.ts';
export {
  type EnvironmentName,
  environmentStatus,
  type FreezeWish,
  freezeEnvironment,
  unfreezeEnvironment,
} from './environment.ts';
export {
  AmbiguousReleaseError,
  type BrokenEnd,
  ChecksFailedError,
  GcFailedError,
  NoControlWorkerError,
  NoDeployWorkerError,
  NoVerdictError,
  RefusedByReleaseError,
  ReleaseNotFoundError,
  UnreachableError,
} from './errors.ts';
export {
  type FoundRelease,
  findRelease,
  type ListedRelease,
  newestEndedRelease,
  newestRelease,
  runningReleases,
  startOne,
} from './find-release.ts';
export { collectGarbage, type GcWish } from './gc.ts';
export { environmentHistory, type History, type HistoryWish, releaseInLedger } from './ledger.ts';
export { type AskForLogOptions, askForLog, logRunsOf } from './logs.ts';
export { operate } from './operate.ts';
export { planRelease } from './plan.ts';
export { type OnceStarted, startChecksOnce, startReleaseOnce } from './start-once.ts';
export {
  type StartedRelease,
  type StartRequest,
  type StartRollbackRequest,
  startRelease,
  startRollback,
} from './start-release.ts';
export { type Survey, surveyServices } from './survey.ts';
export { untilAborted } from './until-aborted.ts';
export {
  describeRelease,
  newestRun,
  type PendingActivity,
  type ReleaseSnapshot,
  releaseStatus,
  waitForRelease,
} from './watch-release.ts';
