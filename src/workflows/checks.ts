/**
 * The `checks` workflow: what pull requests get. The checks of one commit, on the pool that has no rights, as in a release
 * – but all of them, whichever fails first – and nothing else: no build, no push, nothing of AWS.
 */
import {
  CancellationScope,
  isCancellation,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { ChecksReading } from '../activities/contracts/checks.ts';
import {
  type CheckOutcome,
  type ChecksReport,
  type ChecksRequest,
  type ChecksStatus,
  type ChecksVerdict,
  readChecksRequest,
} from '../release/checks.ts';
import { count } from '../release/count.ts';
import { pictureOfChecks } from '../release/github-status.ts';
import { checksPage } from '../release/page/checks-page.ts';
import type { Commit } from '../release/plan.ts';
import type { Cause } from '../release/verdict.ts';
import { checksStatusQuery } from './desks/messages.ts';
import { checkSource, olderChecks } from './pools/github.ts';
import { causeOf, failureWith, ReleaseFailure } from './release-failure.ts';
import { ownRunId } from './run-id.ts';
import { startChecks } from './stages/run-checks.ts';
import { Herald } from './telling/herald.ts';
import { keepPage } from './telling/page.ts';
import { StepBoard } from './telling/step-board.ts';

/** Fails, with the report, where they have not all passed. @param input a ChecksRequest, as far as the starter got it right */
export const checks = async (input: ChecksRequest): Promise<ChecksReport> => {
  const run = new ChecksRun(input);
  await run.go();
  return CancellationScope.nonCancellable(() => run.end());
};

type ReadChecks = Extract<ChecksReading, { readonly kind: 'read' }>;

/** Of what a check wrote last, and of how many checks: a report has to fit into Temporal's history. Whole logs are in the store. */
const EVIDENCE_LINES = 20;
const LONGEST_LINE = 300;
const MOST_WITH_EVIDENCE = 50;

const cut = (text: string): string =>
  text.length <= LONGEST_LINE ? text : `${text.slice(0, LONGEST_LINE)}…`;

class ChecksRun {
  readonly #reading: ReturnType<typeof readChecksRequest>;
  readonly #board = new StepBoard();
  readonly #herald = new Herald();
  readonly #startedAtMs = Date.now();
  readonly #failed: CheckOutcome[] = [];
  #app: string;
  #commit: Commit | null = null;
  #cause: Cause | null = null;
  #verdict: ChecksVerdict | null = null;
  #endedAtMs: number | null = null;

  constructor(input: ChecksRequest) {
    this.#reading = readChecksRequest(input);
    this.#app = this.#reading.request?.app ?? '';
    setHandler(checksStatusQuery, () => this.#status());
    keepPage(() => checksPage(this.#status()));
  }

  async go(): Promise<void> {
    try {
      const { request, problem } = this.#reading;
      if (problem !== null) throw new ReleaseFailure('configuration', 'plan', problem);
      await this.#check(await this.#read(request), request);
      this.#verdict = this.#failed.length === 0 ? 'passed' : 'failed';
      this.#cause = this.#failed[0]?.cause ?? null;
    } catch (error) {
      this.#cause = causeOf(error, this.#board.latest() ?? 'plan');
      this.#verdict = isCancellation(error) || this.#cause.kind === 'superseded' ? 'cancelled' : 'failed';
      if (isCancellation(error))
        this.#cause = {
          ...this.#cause,
          summary: 'cancelled, by a person or by a newer push to the pull request',
        };
    }
  }

  async end(): Promise<ChecksReport> {
    this.#board.skipWaiting();
    this.#endedAtMs = Date.now();
    await this.#herald.leave();
    const { verdict, endedAtMs, ...status } = this.#status();
    const report: ChecksReport = {
      ...status,
      verdict: verdict ?? 'failed',
      endedAtMs: endedAtMs ?? Date.now(),
    };
    if (report.verdict === 'passed') return report;
    throw failureWith(report);
  }

  #read(request: ChecksRequest): Promise<ReadChecks> {
    const { app, sha, pullRequest } = request;
    const step = this.#board.announce('plan', '');
    return this.#board.run(
      step,
      async () => {
        const reading = await checkSource.readChecks({
          sha,
          ...(app !== undefined && { app }),
          ...(pullRequest !== undefined && { pullRequest }),
        });
        this.#app = reading.app;
        this.#commit = reading.commit;
        if (reading.kind === 'read')
          for (const { name } of reading.checks) this.#board.announce('check', name);
        this.#beginToTell(reading);
        return this.#demand(reading);
      },
      ({ checks: list }) => ({ detail: count(list.length, 'check') }),
    );
  }

  /** Says why there is nothing to check. */
  #demand(reading: ChecksReading): ReadChecks {
    switch (reading.kind) {
      case 'read':
        return reading;
      case 'outdated':
        throw new ReleaseFailure(
          'superseded',
          'plan',
          `the pull request has a newer commit: ${reading.head}`,
        );
      case 'unreadable':
        throw new ReleaseFailure('configuration', 'plan', reading.problem, reading.evidence);
    }
  }

  async #check(reading: ReadChecks, { pullRequest }: ChecksRequest): Promise<void> {
    const { app, commit } = reading;
    if (pullRequest !== undefined) {
      upsertMemo({ app, pullRequest, sha: commit.sha });
      // Said once the memo can be found; what it cannot end goes on in vain.
      const startedAtMs = workflowInfo().startTime.getTime();
      await olderChecks
        .endOlderChecks({ app, pullRequest, sha: commit.sha, startedAtMs })
        .catch((error: unknown) => {
          if (isCancellation(error)) throw error;
        });
    }
    const running = startChecks({ ...reading, app: reading.workspace }, this.#board, (promise) => promise);
    for (const [index, promise] of running.entries()) {
      const { name = '' } = reading.checks[index] ?? {};
      promise.then(this.#tell, (error: unknown) => {
        this.#noteEnd(name, error);
        this.#tell();
      });
    }
    await Promise.allSettled(running);
    if (CancellationScope.current().consideredCancelled) await CancellationScope.current().cancelRequested;
  }

  /** One fails by its own, or is not run as one that it needs has failed. */
  #noteEnd(name: string, error: unknown): void {
    if (isCancellation(error)) return;
    const id = `check:${name}`;
    const thrower = this.#board.stepThatThrew(error);
    if (thrower !== id) {
      this.#board.skip(id, `needs ${thrower ?? 'another check'}, which has failed`);
      return;
    }
    const cause = causeOf(error, id);
    const written = cause.evidence.filter((line) => !line.startsWith('what to do: '));
    const shown = this.#failed.length < MOST_WITH_EVIDENCE ? EVIDENCE_LINES : 1;
    const evidence = cause.evidence.slice(-shown).map(cut);
    this.#failed.push({ name, lastLine: cut(written.at(-1) ?? ''), cause: { ...cause, evidence } });
  }

  #beginToTell({ app, commit, github }: ChecksReading): void {
    if (!github) return;
    const subject = {
      kind: 'checks',
      runId: ownRunId(),
      app,
      environment: '',
      ...github,
      sha: commit.sha,
    } as const;
    this.#herald.begin({ subject, picture: pictureOfChecks(github.label, this.#status()) });
  }

  readonly #tell = (): void => {
    this.#herald.say(({ label }) => pictureOfChecks(label, this.#status()));
  };

  #status(): ChecksStatus {
    const { request } = this.#reading;
    return {
      verdict: this.#verdict,
      app: this.#app,
      commit: this.#commit,
      pullRequest: request?.pullRequest ?? null,
      startedBy: request?.startedBy ?? null,
      cause: this.#cause,
      steps: this.#board.list(),
      checks: this.#failed,
      startedAtMs: this.#startedAtMs,
      endedAtMs: this.#endedAtMs,
    };
  }
}
