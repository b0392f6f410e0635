/**
 * The schedules of the reconcile, as the configuration says: made, changed and removed at the start of a receiver. Any
 * number of receivers with the same configuration come to the same; one of another name has schedules of its own, also for
 * the same rule, and neither touches those of the other.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import type { ReleaseClient } from '../client/index.ts';
import { RECONCILE_PREFIX, TASK_QUEUE } from '../release/names.ts';
import type { ServeConfiguration } from './configuration.ts';
import { isMadeBy, type WantedSchedule, wantedSchedules } from './reconcile-schedules.ts';

export interface SchedulesKept {
  readonly kept: readonly string[];
  readonly removed: readonly string[];
}

/** Errors: those of Temporal's client; what was done by then stays, and is found done by the next try. */
export async function keepSchedules(
  { temporal }: ReleaseClient,
  configuration: ServeConfiguration,
): Promise<SchedulesKept> {
  const wishes = wantedSchedules(configuration);
  for (const wish of wishes) await keep(temporal.schedule.getHandle(wish.scheduleId), wish);
  const kept = wishes.map(({ scheduleId }) => scheduleId);
  const removed: string[] = [];
  for await (const { scheduleId } of temporal.schedule.list()) {
    if (!scheduleId.startsWith(RECONCILE_PREFIX) || kept.includes(scheduleId)) continue;
    const handle = temporal.schedule.getHandle(scheduleId);
    const { action } = (await describe(handle)) ?? {};
    if (!action || !isMadeBy(configuration.name, scheduleId, action)) continue;
    if (await remove(handle)) removed.push(scheduleId);
  }
  return { kept, removed };
}

async function keep(handle: ScheduleHandle, wish: WantedSchedule): Promise<void> {
  const before = await describe(handle);
  if (before === undefined) {
    const made = await create(handle, wish);
    if (made) return;
  } else if (isSame(before, wish)) return;
  // Somebody may have paused it, and means it.
  await handle.update(({ state }) => ({ ...scheduleOf(wish), state }));
}

/** False: another receiver was faster. */
async function create(handle: ScheduleHandle, wish: WantedSchedule): Promise<boolean> {
  try {
    await handle.client.create({
      ...scheduleOf(wish),
      scheduleId: wish.scheduleId,
      // So that it is known from now on what was there before the first delivery.
      state: { triggerImmediately: true },
    });
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

/** False: another receiver was faster. */
async function remove(handle: ScheduleHandle): Promise<boolean> {
  try {
    await handle.delete();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

const scheduleOf = ({
  scheduleId,
  everyMs,
  workflowType,
  request,
  summary,
}: WantedSchedule): Omit<ScheduleUpdateOptions, 'state'> => ({
  // Not all of them at the same moment.
  spec: { intervals: [{ every: everyMs }], jitter: Math.min(everyMs / 5, 30_000) },
  action: {
    type: 'startWorkflow',
    workflowType,
    workflowId: scheduleId,
    taskQueue: TASK_QUEUE.control,
    args: [request],
    staticSummary: summary,
  },
  // A look that was missed while Temporal was away is not made up for: the next one sees the same.
  policies: { overlap: 'SKIP', catchupWindow: '1 minute' },
});

async function describe(handle: ScheduleHandle): Promise<ScheduleDescription | undefined> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

function isSame({ spec, action }: ScheduleDescription, wish: WantedSchedule): boolean {
  const [interval, ...others] = spec.intervals ?? [];
  return (
    others.length === 0 &&
    interval?.every === wish.everyMs &&
    action.workflowType === wish.workflowType &&
    isDeepStrictEqual(action.args, [wish.request])
  );
}
