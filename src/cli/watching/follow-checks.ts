/** Watches the checks of a commit until they end: a line for each step that has news, and what is waited for. */
import {
  ChecksFailedError,
  checksStatus,
  describeRelease,
  type FoundRelease,
  type ReleaseClient,
  type ReleaseSnapshot,
  unreachable,
  untilAborted,
  waitForChecks,
} from '../../client/index.ts';
import type { ChecksReport, ChecksStatus } from '../../release/checks.ts';
import { adviceLines } from '../render/command-lines.ts';
import { missingWorkers, pendingLines } from '../render/pending.ts';
import { renderStep } from '../render/step-line.ts';
import { fitted } from '../render/wrap.ts';
import type { Terminal } from '../terminal.ts';
import { SIGN_OF_LIFE_MS } from './choose-view.ts';
import { FOLLOW_TIMING, type FollowTiming, pause } from './follow-release.ts';

export interface ChecksTiming extends FollowTiming {
  readonly signOfLifeMs: number;
}

const TIMING: ChecksTiming = { ...FOLLOW_TIMING, signOfLifeMs: SIGN_OF_LIFE_MS };

const NO_CONTROL = 'no control worker has answered: start one, if none is there: slipway worker control';

/** Null: told to let go; then it is said which worker was missing. @throws UnreachableError, ChecksFailedError */
export async function followChecks(
  client: ReleaseClient,
  run: FoundRelease,
  terminal: Terminal,
  signal: AbortSignal,
  { pollMs, statusMs, patienceMs, answerMs, signOfLifeMs }: ChecksTiming = TIMING,
): Promise<ChecksReport | null> {
  const shown = new Map<string, string>();
  let askedAtMs = 0;
  let lastLineMs = Date.now();
  let answeredAtMs = Date.now();
  let isAway = false;
  let isControlThere: boolean | undefined;
  let missing: readonly string[] = [];
  const print = (line: string): void => {
    lastLineMs = Date.now();
    terminal.progress(fitted(line, terminal.progressStyle));
  };
  const show = ({ steps }: Pick<ChecksStatus, 'steps'>): void => {
    for (const step of steps) {
      const key = `${step.state} ${step.detail ?? ''}`;
      if (step.state === 'waiting' || shown.get(step.id) === key) continue;
      shown.set(step.id, key);
      print(renderStep(step, terminal.progressStyle));
    }
  };
  // Whoever is told to let go does not wait for an answer first.
  const unlessLetGo = <T>(call: () => Promise<T>): Promise<T> => untilAborted(client, signal, call);
  const look = (): Promise<ReleaseSnapshot> =>
    client.temporal.withDeadline(Date.now() + answerMs, () => describeRelease(client, run));
  while (!signal.aborted) {
    try {
      const { running, pending } = await unlessLetGo(look);
      answeredAtMs = Date.now();
      isAway = false;
      missing = missingWorkers(pending);
      if (!running) {
        const report = await unlessLetGo(() => waitForChecks(client, run));
        show(report);
        return report;
      }
      if (Date.now() - askedAtMs > Math.min(statusMs, 2 * pollMs)) {
        askedAtMs = Date.now();
        // A query needs a control worker; without one the checks wait, and so do we.
        isControlThere ??= false;
        const status = await unlessLetGo(() => checksStatus(client, run)).catch(() => undefined);
        if (status) show(status);
        // One that was let go of has not been waited for.
        if (status || !signal.aborted) isControlThere = status !== undefined;
      }
      if (Date.now() - lastLineMs > signOfLifeMs) {
        const waits = pendingLines(pending, terminal.progressStyle);
        print(`… ${waits.join('; ') || (isControlThere ? 'between two steps' : NO_CONTROL)}`);
      }
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof ChecksFailedError) throw error;
      if (Date.now() - answeredAtMs > patienceMs) throw unreachable(client.address, error);
      if (!isAway) print('… Temporal does not answer; the checks go on as soon as it is back');
      isAway = true;
    }
    await pause(pollMs, signal);
  }
  // Of a Temporal that does not answer it has been said already.
  if (!isAway) {
    const lines = isControlThere === false ? [NO_CONTROL] : missing;
    const { progressStyle } = terminal;
    for (const line of lines.flatMap((each) => adviceLines(`! ${each}`, progressStyle, ''))) print(line);
  }
  return null;
}
