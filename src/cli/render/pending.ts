/**
 * What a release that runs is waiting for at this moment: its pending activities, so that every wait has a reason.
 */
import type { PendingActivity } from '../../client/watch-release.ts';
import type { ReleaseStatus } from '../../release/verdict.ts';
import { workerCommand } from '../../release/worker-command.ts';
import { cutTo } from './columns.ts';
import { heartbeatText } from './heartbeat-text.ts';
import { oneLine } from './sanitize.ts';
import { said } from './short-names.ts';
import type { RenderOptions } from './style.ts';

/** `findInterrupted: production waits for release … to end`, `openRelease: attempt 3, after: ENOSPC`. */
export const pendingLines = (pending: readonly PendingActivity[], { width }: RenderOptions): string[] =>
  pending.map((activity) => {
    const { attempt, lastFailure, worker } = activity;
    const tries = attempt > 1 ? `attempt ${attempt}` : '';
    const after = lastFailure === undefined ? '' : `after: ${cutTo(said(lastFailure), width * 2)}`;
    const parts = [
      worker === '' ? waitsForWorker(activity) : '',
      [tries, after].filter(Boolean).join(', '),
      heartbeatText(activity),
    ];
    return `${oneLine(activity.type)}: ${parts.filter(Boolean).join(' – ') || 'a worker is at it'}`;
  });

/** The queue is named: of a pool with queues of its own, the workers of another one are no help. */
export const waitsForWorker = ({ taskQueue, isPolled }: PendingActivity): string => {
  if (taskQueue === undefined) return 'no worker has taken it yet';
  const queue = oneLine(taskQueue);
  if (isPolled !== false) return `no worker of queue ${queue} has taken it yet`;
  const command = workerCommand(taskQueue);
  const start = command === undefined ? 'start a worker of it' : `start one: ${oneLine(command)}`;
  return `nobody asks queue ${queue} for work: ${start}`;
};

/** Why the checks of a commit have not got on, where workers are missing; of none that are at work. */
export const missingWorkers = (pending: readonly PendingActivity[]): string[] => [
  ...new Set(pending.filter(({ worker }) => worker === '').map(missing)),
];

const missing = (activity: PendingActivity): string => {
  const { taskQueue = '', isPolled } = activity;
  const command = isPolled === false ? undefined : workerCommand(taskQueue);
  const hint = command === undefined ? '' : `; start one, if none is there: ${oneLine(command)}`;
  return `${waitsForWorker(activity)}${hint}`;
};

/** A release in a few words: what holds it, else what it does. */
export function doingNow(status: ReleaseStatus, pending: readonly PendingActivity[]): string {
  const { hold, phase, stuck, steps } = status;
  if (stuck !== null) return `rollback stuck: ${oneLine(stuck)}`;
  const steady = steps.filter(({ state }) => state === 'running').map(({ id }) => oneLine(id));
  const said = pending.map(heartbeatText).filter(Boolean);
  const does = [steady.join(', '), said.join('; ')].filter(Boolean).join(' – ') || 'between two steps';
  if (phase === 'restoring') return `rolls back: ${does}`;
  return hold === null ? does : `${oneLine(hold.reason)}: ${does}`;
}
