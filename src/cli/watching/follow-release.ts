/**
 * Watches a release until it ends: `describe()` twice a second (it costs Temporal no action), its status only
 * when the history has grown or some seconds have passed. A Temporal or a control worker that is away for
 * a while is said and waited for: the release goes on without us.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FoundRelease, ReleaseClient, ReleaseSnapshot } from '../../client/index.ts';
import {
  describeRelease,
  NoVerdictError,
  newestRun,
  releaseStatus,
  unreachable,
  untilAborted,
  waitForRelease,
} from '../../client/index.ts';
import type { ReleaseReport } from '../../release/verdict.ts';
import { stuckNames } from '../render/hold.ts';
import type { ReleaseView } from './release-view.ts';

export interface FollowTiming {
  readonly pollMs: number;
  /** Longest time between two status queries while nothing seems to happen. */
  readonly statusMs: number;
  /** How long Temporal may be away before we give up watching. */
  readonly patienceMs: number;
  /** What takes longer is no answer: a connection may stand and let nothing through. */
  readonly answerMs: number;
}

export const FOLLOW_TIMING: FollowTiming = {
  pollMs: 500,
  statusMs: 5_000,
  patienceMs: 120_000,
  answerMs: 10_000,
};

/** `stuck`: the rollback needs a person (DESIGN.md: the CLI leaves with 4, the run goes on trying). */
export type FollowEnd =
  | { readonly kind: 'ended'; readonly report: ReleaseReport }
  | { readonly kind: 'stuck'; readonly reason: string; readonly names: readonly string[] }
  | { readonly kind: 'detached' };

/** @throws UnreachableError, NoVerdictError */
export async function followRelease(
  client: ReleaseClient,
  found: FoundRelease,
  view: ReleaseView,
  signal: AbortSignal,
  timing: FollowTiming = FOLLOW_TIMING,
): Promise<FollowEnd> {
  let release = found;
  let historyLength = -1;
  let askedAtMs = 0;
  let awaySinceMs: number | undefined;
  // Whoever is told to let go does not wait for an answer first.
  const unlessLetGo = <T>(call: () => Promise<T>): Promise<T> => untilAborted(client, signal, call);
  const look = (): Promise<ReleaseSnapshot> =>
    client.temporal.withDeadline(Date.now() + timing.answerMs, async () => {
      const snapshot = await describeRelease(client, release);
      if (snapshot.running) return snapshot;
      release = await newestRun(client, release);
      return describeRelease(client, release);
    });
  while (!signal.aborted) {
    let snapshot: ReleaseSnapshot;
    try {
      snapshot = await unlessLetGo(look);
      if (!snapshot.running) {
        const report = await unlessLetGo(() => waitForRelease(client, release));
        view.ended(report);
        return { kind: 'ended', report };
      }
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof NoVerdictError) throw error;
      awaySinceMs ??= Date.now();
      if (Date.now() - awaySinceMs > timing.patienceMs) throw unreachable(client.address, error);
      view.temporalIsAway();
      await pause(timing.pollMs, signal);
      continue;
    }
    awaySinceMs = undefined;
    const due = snapshot.historyLength !== historyLength || Date.now() - askedAtMs > timing.statusMs;
    if (due) {
      historyLength = snapshot.historyLength;
      askedAtMs = Date.now();
      // A query needs a control worker; without one the release waits, and so do we.
      const status = await unlessLetGo(() => releaseStatus(client, release)).catch(() => undefined);
      if (signal.aborted) break;
      if (status) view.show(status, snapshot.pending);
      else view.controlIsAway();
      if (status?.stuck) return { kind: 'stuck', reason: status.stuck, names: stuckNames(status) };
    }
    view.tick(snapshot.pending);
    await pause(timing.pollMs, signal);
  }
  return { kind: 'detached' };
}

/** Cut short by the signal. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);
