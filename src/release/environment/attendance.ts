/**
 * Whether anybody works on a release: what it has to do lies in task queues, and a pool that is gone takes nothing from
 * them. Its turn is not taken away for that – when the pool comes back the release goes on, and the next one would need
 * the same pool – but everybody is told.
 */
import { isFields } from '../fields.ts';
import { instant } from './freeze.ts';

export interface Unattended {
  readonly queue: string;
  /** `activity`, `workflow`: no worker polls the queue for these. `failing`: workers take it and fail, over and over. */
  readonly kind: 'activity' | 'workflow' | 'failing';
  /** When what nobody takes came into the queue. */
  readonly sinceMs: number;
}

/** Something that a release has to do and that is not done: an activity that nobody has taken, or a workflow task. */
export interface OpenTask {
  readonly queue: string;
  readonly kind: 'activity' | 'workflow';
  readonly sinceMs: number;
  readonly attempt: number;
}

export interface Polled {
  /** When a worker last asked the queue for tasks of this kind; null: Temporal knows of none. */
  readonly lastPollMs: number | null;
}

export interface Patience {
  /** So long a task may lie in its queue: a worker that is started anew takes a moment. */
  readonly taskMs: number;
  /** A worker that is there has polled since: longer than one poll may take (a minute). */
  readonly pollMs: number;
}

/** A worker that is replaced may cost a workflow task a try or two, of ten seconds each; each begins anew. */
const MOST_TRIES = 3;

const isFailing = ({ kind, attempt }: OpenTask): boolean => kind === 'workflow' && attempt > MOST_TRIES;

const isOverdue = ({ sinceMs }: OpenTask, nowMs: number, { taskMs }: Patience): boolean =>
  nowMs - sinceMs >= taskMs;

/** Only of these it has to be known who polls their queue. */
export const isSuspicious = (task: OpenTask, nowMs: number, patience: Patience): boolean =>
  isFailing(task) || isOverdue(task, nowMs, patience);

/**
 * Null: it is attended to. One that is unattended stays so, with its beginning, until its queue is polled again: tries
 * that run out of time in between are no work.
 *
 * @param before what was said last, and when its queue was polled
 */
export const unattendedOf = (
  tasks: readonly (OpenTask & Polled)[],
  before: (Unattended & Polled) | null,
  nowMs: number,
  patience: Patience,
): Unattended | null => {
  const isPolled = ({ lastPollMs }: Polled): boolean =>
    lastPollMs !== null && nowMs - lastPollMs < patience.pollMs;
  const [found] = tasks
    .flatMap((task): readonly Unattended[] => {
      const { queue, kind, sinceMs } = task;
      if (isOverdue(task, nowMs, patience) && !isPolled(task)) return [{ queue, kind, sinceMs }];
      return isFailing(task) ? [{ queue, kind: 'failing', sinceMs }] : [];
    })
    .sort((one, other) => one.sinceMs - other.sinceMs);
  if (before === null) return found ?? null;
  const { lastPollMs: _, ...same } = before;
  if (found) return found.queue === before.queue && found.kind === before.kind ? same : found;
  const isBack = before.lastPollMs !== null && before.lastPollMs > before.sinceMs;
  return before.kind === 'failing' || isBack ? null : same;
};

/** Goes on after "nobody works on it:". */
export const whyUnattended = ({ queue, kind, sinceMs }: Unattended): string =>
  kind === 'failing'
    ? `workers of ${queue} fail at it since ${instant(sinceMs)}`
    : `no worker polls ${queue} since ${instant(sinceMs)}`;

/** What comes as a signal, which anybody may send with anything in it. Undefined: it is none. */
export const readAttendance = (
  input: unknown,
): { readonly releaseId: string; readonly unattended: Unattended | null } | undefined => {
  if (!isFields(input) || typeof input.releaseId !== 'string') return undefined;
  const { releaseId, unattended } = input;
  if (unattended === null) return { releaseId, unattended };
  if (!isFields(unattended)) return undefined;
  const { queue, kind, sinceMs } = unattended;
  if (typeof queue !== 'string' || typeof sinceMs !== 'number' || !Number.isFinite(sinceMs)) return undefined;
  if (Math.abs(sinceMs) > LATEST_MS) return undefined;
  if (kind !== 'activity' && kind !== 'workflow' && kind !== 'failing') return undefined;
  return { releaseId, unattended: { queue: queue.slice(0, LONGEST_QUEUE), kind, sinceMs } };
};

/** The end of what a Date can say. */
const LATEST_MS = 8.64e15;
const LONGEST_QUEUE = 200;
