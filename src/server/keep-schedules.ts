/**
 * The schedules of the reconcile, as the configuration says: made, changed and removed at the start of a receiver. Any
 * number of receivers with the same configuration come to the same.
 */
import {
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import type { ReleaseClient } from '../client/index.ts';
import { RECONCILE_PREFIX, RECONCILE_WORKFLOW, reconcileScheduleId, TASK_QUEUE } from '../release/names.ts';
import type { ReconcileRequest } from '../release/reconcile.ts';
import { reconcileEveryMs, type ServeConfiguration } from './configuration.ts';

interface Wish {
  readonly scheduleId: string;
  readonly everyMs: number;
  readonly request: ReconcileRequest;
}

export interface SchedulesKept {
  readonly kept: readonly string[];
  readonly removed: readonly string[];
}

/** Errors: those of Temporal's client; what was done by then stays, and is found done by the next try. */
export async function keepSchedules(
  { temporal }: ReleaseClient,
  configuration: ServeConfiguration,
): Promise<SchedulesKept> {
  const wishes = wishesOf(configuration);
  for (const wish of wishes) await keep(temporal.schedule.getHandle(wish.scheduleId), wish);
  const kept = wishes.map(({ scheduleId }) => scheduleId);
  const removed: string[] = [];
  for await (const { scheduleId } of temporal.schedule.list()) {
    if (!scheduleId.startsWith(RECONCILE_PREFIX) || kept.includes(scheduleId)) continue;
    const handle = temporal.schedule.getHandle(scheduleId);
    const request = requestOf(await describe(handle));
    if (request?.receiver !== configuration.name) continue;
    if (await remove(handle)) removed.push(scheduleId);
  }
  return { kept, removed };
}

function wishesOf({ name, deployments }: ServeConfiguration): readonly Wish[] {
  return deployments.flatMap((deployment) => {
    const everyMs = reconcileEveryMs(deployment);
    if (everyMs === null) return [];
    const { app, environment, ref } = deployment;
    const request = { app, environment, ref, receiver: name };
    return [{ scheduleId: reconcileScheduleId(app, environment, ref), everyMs, request }];
  });
}

async function keep(handle: ScheduleHandle, wish: Wish): Promise<void> {
  const before = await describe(handle);
  if (before === undefined) {
    const made = await create(handle, wish);
    if (made) return;
  } else if (isSame(before, wish)) return;
  // Somebody may have paused it, and means it.
  await handle.update(({ state }) => ({ ...scheduleOf(wish), state }));
}

/** False: another receiver was faster. */
async function create(handle: ScheduleHandle, wish: Wish): Promise<boolean> {
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

const scheduleOf = ({ scheduleId, everyMs, request }: Wish): Omit<ScheduleUpdateOptions, 'state'> => ({
  // Not all of them at the same moment.
  spec: { intervals: [{ every: everyMs }], jitter: Math.min(everyMs / 5, 30_000) },
  action: {
    type: 'startWorkflow',
    workflowType: RECONCILE_WORKFLOW,
    workflowId: scheduleId,
    taskQueue: TASK_QUEUE.control,
    args: [request],
    staticSummary: `${request.app} → ${request.environment}: has a push to ${request.ref} been missed?`,
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

const requestOf = (description: ScheduleDescription | undefined): ReconcileRequest | undefined =>
  description?.action.args?.[0] as ReconcileRequest | undefined;

function isSame(before: ScheduleDescription, { everyMs, request }: Wish): boolean {
  const { app, environment, ref, receiver } = requestOf(before) ?? {};
  const [interval, ...others] = before.spec.intervals ?? [];
  return (
    others.length === 0 &&
    interval?.every === everyMs &&
    app === request.app &&
    environment === request.environment &&
    ref === request.ref &&
    receiver === request.receiver
  );
}
