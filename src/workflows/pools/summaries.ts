/**
 * What Temporal's UI and CLI show beside each activity, and each name that an activity has: one that is missing here does
 * not compile. A summary is said when the activity is scheduled, and costs no event of its own.
 */
import type { BuildActivities, ChecksActivities, PushActivities } from '../../activities/contracts/build.ts';
import type { CheckSourceActivities } from '../../activities/contracts/checks.ts';
import type { ControlActivities } from '../../activities/contracts/control.ts';
import type { DeployActivities } from '../../activities/contracts/deploy.ts';
import type { GitHubActivities } from '../../activities/contracts/github.ts';
import type { ServiceLogActivities, StepLogActivities } from '../../activities/contracts/logs.ts';
import type { ReconcileActivities, ReconcilePullsActivities } from '../../activities/contracts/reconcile.ts';
import { workflowIdOf } from '../../release/names.ts';
import { nameList, summaryLine } from '../../release/page/inert.ts';

type AllActivities = ControlActivities &
  CheckSourceActivities &
  GitHubActivities &
  ReconcileActivities &
  ReconcilePullsActivities &
  StepLogActivities &
  ServiceLogActivities &
  DeployActivities &
  ChecksActivities &
  BuildActivities &
  PushActivities;

type Summaries = {
  readonly [Name in keyof AllActivities]: (input: Parameters<AllActivities[Name]>[0]) => string;
};

/** Not of a branch or a tag. */
const short = (sha: string): string => (/^[0-9a-f]{40}$/.test(sha) ? sha.slice(0, 12) : sha);
const named = (all: readonly { readonly name: string }[]): string => nameList(all.map(({ name }) => name));
const imaged = (all: readonly { readonly image: string }[]): string =>
  nameList(all.map(({ image }) => image));

const SUMMARIES: Summaries = {
  readSource: ({ sha, environment }) => `fetch ${short(sha)}, read its slipway.yaml for ${environment}`,
  recallRelease: ({ to, environment }) =>
    to === undefined
      ? `find the last good release of ${environment}`
      : `find release ${to} of ${environment}`,
  recallServices: ({ number }) => `recall what release ${number} has left`,
  recallGoodReleases: ({ environment }) => `recall what a rollback of ${environment} may go to`,
  recallReferences: ({ environment }) => `recall which task definitions ${environment} needs`,
  recallVerification: ({ environment, sha }) => `ask whether ${environment} has verified ${short(sha)}`,
  compareCommits: ({ sha, serving }) => `compare ${short(sha)} with ${short(serving)}, which serves`,
  takeTurn: ({ environment }) => `take the turn of ${environment}, look for what was broken off`,
  openRelease: ({ waves }) =>
    `mark what is about to change: ${named(waves.flatMap(({ targets }) => targets))}`,
  closeRelease: ({ report }) => `keep the report: ${report.verdict}`,
  tellEnvironment: ({ environment, arrival }) =>
    arrival.ready ? `ask ${environment} for the turn` : `join the queue of ${environment}`,
  recallEnvironment: ({ environment }) => `recall what the store knows of ${environment}`,
  awaitRelease: ({ releaseId }) => `wait for the end of ${workflowIdOf(releaseId)}`,
  keepEntry: ({ entry }) => `keep release ${entry.number} (${entry.verdict})`,
  keepFreeze: ({ freeze }) => (freeze ? 'keep the freeze' : 'keep that there is no freeze'),
  readLedger: ({ environment }) => `read the ledger of ${environment}`,
  foreseeTurn: ({ environment }) => `ask ${environment} what would become of a release now`,
  readChecks: ({ sha }) => `fetch ${short(sha)}, read its checks`,
  endOlderChecks: ({ pullRequest }) => `end the checks of earlier commits of pull request ${pullRequest}`,
  tellGitHub: ({ subject, picture }) =>
    `tell ${subject.repository}: ${picture.deployment?.state ?? picture.statuses.at(-1)?.state ?? 'how it stands'}`,
  awaitEnd: ({ subject }) => `wait for the end of ${workflowIdOf(subject.runId)}`,
  lookForMissed: ({ ref, environment }) => `look whether ${ref} has anything new for ${environment}`,
  lookForMissedPulls: ({ app }) => `look whether a pull request of ${app} has not been checked`,
  keepPulls: ({ heads }) => `remember ${heads.length} pull requests whose checks were started`,
  keepTip: ({ sha }) => `remember that ${short(sha)} was started`,
  listStepLogs: () => 'list the logs of a release',
  readStepLog: ({ step }) => `read the log of ${step}`,
  readServiceLog: ({ environment }) => `read the logs of containers in ${environment}`,
  preview: ({ spec }) => `look at ${spec.cluster}: ${named(spec.services)}`,
  inspect: ({ spec }) => `inspect ${spec.cluster}: ${named(spec.services)}`,
  copyImage: ({ image }) => `copy ${image} from the registry of another environment`,
  prepareRollout: ({ plan }) => `record baselines, register: ${named(plan.services)}`,
  runMigration: ({ migration, mayStart }) =>
    `${mayStart ? 'run' : 'look for'} the migration of ${migration.service}`,
  updateServices: ({ updates }) => `update ${named(updates)}`,
  waitUntilStable: ({ rollouts }) => `wait until stable: ${named(rollouts)}`,
  checkHealth: ({ targets }) => `check health: ${named(targets)}`,
  watchBake: ({ services, bake }) => `watch for ${Math.round(bake.durationMs / 1_000)} s: ${named(services)}`,
  moveLatest: ({ images }) => `move latest: ${imaged(images)}`,
  tagKept: ({ images }) => `protect images: ${imaged(images)}`,
  compareServices: ({ services }) => `compare with what was released: ${named(services)}`,
  deregisterUnused: ({ families, dryRun }) =>
    `${dryRun ? 'look for' : 'deregister'} unused task definitions: ${nameList(families)}`,
  describeServing: ({ services }) => `ask what runs now: ${nameList(services)}`,
  runCheck: ({ check }) => `check ${check.name}`,
  buildImage: ({ image }) => `build ${image.name} (${image.architecture})`,
  pushImage: ({ image }) => `push ${image.name} (${image.architecture})`,
};

/** @param input as the activity takes it; one that cannot be told of is a bug, and no reason to stop a release */
export const summaryOf = (activity: string, input: unknown): string => {
  const tell = SUMMARIES[activity as keyof Summaries] as ((given: unknown) => string) | undefined;
  try {
    return summaryLine(tell?.(input) ?? activity);
  } catch {
    return activity;
  }
};
