/**
 * What GitHub is to show of a release or of the checks of a commit: one deployment status and commit statuses. A picture is
 * always whole, so that the newest one is all that has to be told, whatever was lost before.
 */
import type { ChecksReport } from './checks.ts';
import type { ReleaseReport, StepStatus, Verdict } from './verdict.ts';

/** GitHub's words. */
export type DeploymentState = 'queued' | 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';
export type CommitState = 'pending' | 'success' | 'failure' | 'error';

export interface DeploymentStatus {
  readonly state: DeploymentState;
  /** Untrusted text of any length: made fit where it is sent. */
  readonly description: string;
}

export interface CommitStatus {
  readonly context: string;
  readonly state: CommitState;
  /** As above. */
  readonly description: string;
}

export interface Picture {
  /** Null where nothing is deployed. */
  readonly deployment: DeploymentStatus | null;
  readonly statuses: readonly CommitStatus[];
}

/** Where a commit is told about. */
export interface GitHubPlace {
  /** `owner/name` */
  readonly repository: string;
  /**
   * Of a release: what GitHub is to call the environment, `<app>/<environment>` where several apps share the repository. Of
   * checks: empty, or the app's name there.
   */
  readonly label: string;
}

/** The run that is told about, and where. */
export interface GitHubSubject extends GitHubPlace {
  readonly kind: 'release' | 'checks';
  /** `<workflow id>/<first run id>` */
  readonly runId: string;
  readonly app: string;
  /** Of checks: empty. */
  readonly environment: string;
  readonly sha: string;
}

const LONGEST = 300;
const MOST_CHECKS = 50;

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** Of a single check; of the whole, whose word counts, there are others. */
const OF_ONE_CHECK = /^slipway\/(?:.+\/)?check\/[^/]+$/;

/** Nothing of it says how the whole has ended: that is looked for at Temporal, and not believed to whoever says it. */
export const isUnderWay = ({ deployment, statuses }: Picture): boolean =>
  (deployment === null || deployment.state === 'queued' || deployment.state === 'in_progress') &&
  statuses.some(({ state }) => state === 'pending') &&
  statuses.every(({ context, state }) => state === 'pending' || OF_ONE_CHECK.test(context));

/** Whatever else is shown of a commit is none of ours. */
export const isOurContext = (context: string): boolean => context.startsWith('slipway/');

export type ReleasePhase = 'waiting' | 'deploying' | 'restoring';

const PHASE: Readonly<Record<ReleasePhase, DeploymentStatus>> = {
  waiting: { state: 'queued', description: 'tests, builds, and waits for its turn' },
  deploying: { state: 'in_progress', description: 'it has its turn: services are being updated' },
  restoring: { state: 'in_progress', description: 'rolling back every service that it touched' },
};

export const pictureOfPhase = (label: string, phase: ReleasePhase): Picture => {
  const deployment = PHASE[phase];
  return of(label, deployment, 'pending');
};

/** Red is for what was tried and failed; what never happened, or needs a person, is an error. */
const VERDICT: Readonly<Record<Verdict, readonly [DeploymentState, CommitState, string]>> = {
  succeeded: ['success', 'success', 'deployed'],
  failed: ['failure', 'failure', 'failed, no service was updated'],
  'rolled-back': ['failure', 'failure', 'rolled back'],
  'rollback-failed': ['error', 'error', 'rollback failed, a person is needed'],
  superseded: ['inactive', 'error', 'not deployed'],
  aborted: ['inactive', 'error', 'aborted, no service was updated'],
  refused: ['error', 'error', 'refused'],
};

/** @param report null: it ended without one */
export const pictureOfRelease = (label: string, report: ReleaseReport | null): Picture => {
  if (report === null) {
    const description = 'ended without a verdict; the next release puts right what it left';
    return of(label, { state: 'error', description }, 'error');
  }
  const { verdict, number, broughtBy, rollbackTo, cause } = report;
  const [state, commitState, word] = VERDICT[verdict];
  const which = number === null ? '' : `release ${number}: `;
  const back = rollbackTo === null ? '' : `, back to release ${rollbackTo}`;
  const done = broughtBy === null ? `${word}${back}` : `serves already, since release ${broughtBy}`;
  const why = verdict === 'succeeded' || cause === null ? '' : ` – ${cause.summary}`;
  return of(label, { state, description: cut(`${which}${done}${why}`) }, commitState);
};

const of = (label: string, deployment: DeploymentStatus, state: CommitState): Picture => ({
  deployment,
  statuses: [{ context: `slipway/${label}`, state, description: deployment.description }],
});

const contextsOf = (label: string) => ({
  all: label === '' ? 'slipway/checks' : `slipway/${label}/checks`,
  one: (name: string) => (label === '' ? `slipway/check/${name}` : `slipway/${label}/check/${name}`),
});

export const pictureOfChecks = (
  label: string,
  {
    steps,
    verdict,
    cause,
    checks,
  }: Pick<ChecksReport, 'steps' | 'cause' | 'checks'> & {
    readonly verdict: ChecksReport['verdict'] | null;
  },
): Picture => {
  const contexts = contextsOf(label);
  const own = steps.filter(({ kind }) => kind === 'check');
  const done = own.filter(({ state }) => state === 'succeeded').length;
  const count = `${done} of ${own.length} passed`;
  const overall: Omit<CommitStatus, 'context'> =
    verdict === null
      ? { state: 'pending', description: count }
      : verdict === 'passed'
        ? { state: 'success', description: count }
        : {
            state: verdict === 'failed' ? 'failure' : 'error',
            description: cut(cause === null ? count : cause.summary),
          };
  const each = own.slice(0, MOST_CHECKS).map((step) => ({
    context: contexts.one(step.name),
    ...stateOf(step, verdict !== null, checks.find(({ name }) => name === step.name)?.lastLine ?? ''),
  }));
  return { deployment: null, statuses: [{ context: contexts.all, ...overall }, ...each] };
};

const stateOf = (
  { state, detail = '' }: StepStatus,
  isOver: boolean,
  lastLine: string,
): Omit<CommitStatus, 'context'> => {
  switch (state) {
    case 'succeeded':
      return { state: 'success', description: 'passed' };
    case 'failed':
      return { state: 'failure', description: cut(lastLine === '' ? detail : `${detail}: ${lastLine}`) };
    case 'cancelled':
      return { state: 'error', description: 'cancelled' };
    case 'skipped':
      return { state: 'error', description: detail === '' ? 'not run' : `not run: ${cut(detail)}` };
    case 'waiting':
    case 'running':
      return isOver
        ? { state: 'error', description: 'ended without a result' }
        : { state: 'pending', description: state === 'waiting' ? 'waits' : 'runs' };
  }
};

/** What was shown last of a run that has ended without a word: nothing stays pending. */
export const brokenOff = ({ deployment, statuses }: Picture): Picture => ({
  deployment,
  statuses: statuses.map((status) =>
    status.state === 'pending'
      ? { ...status, state: 'error', description: 'ended without a result' }
      : status,
  ),
});
