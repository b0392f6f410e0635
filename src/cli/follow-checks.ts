/** Watches the checks of a commit until they end: a line for each step that has news, and what is waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  checksStatus,
  describeRelease,
  type FoundRelease,
  type PendingActivity,
  type ReleaseClient,
  unreachable,
  waitForChecks,
} from '../client/index.ts';
import type { ChecksReport, ChecksStatus } from '../release/checks.ts';
import { SIGN_OF_LIFE_MS } from './choose-view.ts';
import { FOLLOW_TIMING } from './follow-release.ts';
import { pendingLines } from './render/pending.ts';
import { inert } from './render/sanitize.ts';
import { renderStep } from './render/step-line.ts';
import type { Terminal } from './terminal.ts';

/** Null: told to let go. @throws UnreachableError, ChecksFailedError */
export async function followChecks(
  client: ReleaseClient,
  run: FoundRelease,
  terminal: Terminal,
  signal: AbortSignal,
  { pollMs, statusMs, patienceMs } = FOLLOW_TIMING,
): Promise<ChecksReport | null> {
  const shown = new Map<string, string>();
  let askedAtMs = 0;
  let lastLineMs = Date.now();
  let answeredAtMs = Date.now();
  const print = (line: string): void => {
    lastLineMs = Date.now();
    terminal.progress(inert(line));
  };
  const show = ({ steps }: Pick<ChecksStatus, 'steps'>): void => {
    for (const step of steps) {
      const key = `${step.state} ${step.detail ?? ''}`;
      if (step.state === 'waiting' || shown.get(step.id) === key) continue;
      shown.set(step.id, key);
      print(renderStep(step, terminal.progressStyle));
    }
  };
  const look = async (): Promise<{ running: boolean; pending: readonly PendingActivity[] }> => {
    const snapshot = await describeRelease(client, run);
    answeredAtMs = Date.now();
    return snapshot;
  };
  while (!signal.aborted) {
    try {
      const { running, pending } = await look();
      if (!running) {
        const report = await waitForChecks(client, run);
        show(report);
        return report;
      }
      if (Date.now() - askedAtMs > Math.min(statusMs, 2 * pollMs)) {
        askedAtMs = Date.now();
        // A query needs a control worker; without one the checks wait, and so do we.
        const status = await checksStatus(client, run).catch(() => undefined);
        if (status) show(status);
      }
      if (Date.now() - lastLineMs > SIGN_OF_LIFE_MS) {
        const waits = pendingLines(pending, terminal.progressStyle);
        print(`… ${waits.join('; ') || 'no control worker has taken it yet'}`);
      }
    } catch (error) {
      if (error instanceof Error && error.name === 'ChecksFailed') throw error;
      if (Date.now() - answeredAtMs > patienceMs) throw unreachable(client.address, error);
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
  return null;
}
