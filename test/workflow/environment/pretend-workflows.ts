/**
 * A release that only queues: it goes through the same doors as a real one, and what it does with its turn is one
 * activity. Bundled together with the real workflows.
 */
import {
  ActivityCancellationType,
  ApplicationFailure,
  condition,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { EnvironmentActivities } from '../../../src/activities/contracts/environment.ts';
import type { TurnAnswer } from '../../../src/release/environment/queue.ts';
import type { CommitLine, Entrant, Rules } from '../../../src/release/environment/state.ts';
import { TASK_QUEUE } from '../../../src/release/names.ts';
import type { ReleaseReport, Verdict } from '../../../src/release/verdict.ts';
import { turnSignal } from '../../../src/workflows/desks/environment-messages.ts';

export * from '../../../src/workflows/index.ts';

export interface Pretence {
  readonly app: string;
  readonly environment: string;
  readonly commit: CommitLine;
  readonly rules: Rules;
  readonly entrant?: Partial<Entrant>;
  readonly prepareMs?: number;
  /** Between its change and its end; Temporal makes a second of the shortest time. */
  readonly restMs?: number;
  /** How it ends once it has had its turn. */
  readonly verdict?: Verdict;
}

export interface PretendActivities {
  /** What the turn is for. */
  change(input: { readonly releaseId: string; readonly fence: number }): Promise<void>;
}

const { tellEnvironment } = proxyActivities<Pick<EnvironmentActivities, 'tellEnvironment'>>({
  taskQueue: TASK_QUEUE.control,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  startToCloseTimeout: 60_000,
});

const { change } = proxyActivities<PretendActivities>({
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  startToCloseTimeout: 60_000,
  heartbeatTimeout: 2_000,
});

export const pretendRelease = async (what: Pretence): Promise<ReleaseReport> => {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const releaseId = `${workflowId}/${firstExecutionRunId}`;
  const { app, environment, commit, rules, prepareMs = 0, restMs = 1, verdict = 'succeeded' } = what;
  const startedAtMs = Date.now();
  let answer: TurnAnswer | null = null;
  setHandler(turnSignal, (letter) => {
    if (letter.releaseId === releaseId) answer = letter.answer;
  });
  const entrant: Entrant = {
    releaseId,
    commit,
    rollbackTo: null,
    startedBy: 'ada',
    startedAtMs,
    allowOlder: false,
    overrideFreeze: null,
    ...what.entrant,
  };
  const is = (...kinds: readonly TurnAnswer['kind'][]): boolean =>
    answer !== null && kinds.includes(answer.kind);
  const end = (how: Verdict): ReleaseReport => {
    const report = reportOf(what, how, startedAtMs);
    if (how === 'succeeded') return report;
    throw ApplicationFailure.create({ type: how, message: how, nonRetryable: true, details: [report] });
  };
  await tellEnvironment({ app, environment, arrival: { entrant, rules, ready: false } });
  await condition(() => answer !== null);
  if (prepareMs > 0) await condition(() => is('superseded', 'refused'), prepareMs);
  if (!is('superseded', 'refused')) {
    await tellEnvironment({ app, environment, arrival: { entrant, rules, ready: true } });
    await condition(() => is('granted', 'superseded', 'refused'));
  }
  const last = answer as TurnAnswer | null;
  if (last?.kind !== 'granted') return end(last?.kind === 'refused' ? 'refused' : 'superseded');
  await change({ releaseId, fence: last.fence });
  if (restMs > 0) await sleep(restMs);
  return end(verdict);
};

const reportOf = (
  { app, environment, commit }: Pretence,
  verdict: Verdict,
  startedAtMs: number,
): ReleaseReport => ({
  verdict,
  number: null,
  app,
  environment,
  cluster: null,
  commit: { sha: commit.sha, subject: commit.subject, author: '' },
  startedBy: null,
  rollbackTo: null,
  broughtBy: null,
  cause: null,
  steps: [{ id: 'register', kind: 'register', name: '', state: 'succeeded' }],
  images: [],
  services: [],
  warnings: [],
  repaired: [],
  operators: [],
  watched: [],
  startedAtMs,
  endedAtMs: Date.now(),
});
