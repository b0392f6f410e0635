/**
 * How the rollouts of services stand, as the wait for stability says it in its heartbeat. It may be of another version:
 * only what has the right shape is taken, and text is cleaned.
 */
import type { PendingActivity } from '../../client/watch-release.ts';
import { type Fields, isFields } from '../../release/fields.ts';
import { oneLine } from './sanitize.ts';

export interface TasksView {
  readonly running: number;
  readonly desired: number;
  readonly pending: number;
  readonly failed: number;
}

export interface RolloutView {
  readonly phase: string;
  readonly detail: string;
  readonly tasks: { readonly old: TasksView; readonly new: TasksView } | null;
  readonly targets: { readonly healthy: number; readonly total: number } | null;
}

/** By the service's name. */
export const rolloutsIn = (pending: readonly PendingActivity[]): ReadonlyMap<string, RolloutView> =>
  new Map(
    pending.flatMap(({ heartbeat }) => {
      const services = isFields(heartbeat) && isFields(heartbeat.services) ? heartbeat.services : {};
      return Object.entries(services).flatMap(([name, progress]) =>
        isFields(progress) ? [[oneLine(name), rolloutView(progress)] as const] : [],
      );
    }),
  );

const rolloutView = ({ phase, detail, tasks, targets }: Fields): RolloutView => ({
  phase: textOf(phase),
  detail: textOf(detail),
  tasks:
    isFields(tasks) && isFields(tasks.old) && isFields(tasks.new)
      ? { old: tasksView(tasks.old), new: tasksView(tasks.new) }
      : null,
  targets: isFields(targets) ? { healthy: countOf(targets.healthy), total: countOf(targets.total) } : null,
});

const tasksView = ({ running, desired, pending, failed }: Fields): TasksView => ({
  running: countOf(running),
  desired: countOf(desired),
  pending: countOf(pending),
  failed: countOf(failed),
});

const textOf = (value: unknown): string => (typeof value === 'string' ? oneLine(value) : '');
const countOf = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
