/** Looks whether anybody works on the release that has the turn, for as long as it has not ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '@temporalio/activity';
import {
  isSuspicious,
  type OpenTask,
  type Patience,
  type Polled,
  type Unattended,
  unattendedOf,
} from '../release/environment/attendance.ts';

export interface AttendancePorts extends Patience {
  /** Time between two looks. */
  readonly everyMs: number;
  /** What the release has to do and nobody does, its queues as Temporal names them. */
  readonly openTasks: (releaseId: string) => Promise<readonly OpenTask[]>;
  /** As in `Polled`. */
  readonly lastPollMs: (queue: string, kind: OpenTask['kind']) => Promise<number | null>;
}

/** A pool that is gone is told of within a minute and a half. */
export const ATTENDANCE_TIMING = { everyMs: 15_000, taskMs: 30_000, pollMs: 75_000 } as const;

export interface Watch {
  readonly releaseId: string;
  /** What was said last; undefined: that is not known, and it is said again. */
  readonly said: Unattended | null | undefined;
  readonly hasTurn: () => Promise<boolean>;
  readonly say: (unattended: Unattended | null) => Promise<void>;
}

/** Resolves when it is told to stop. Errors: none; a look that fails is a look that says nothing. */
export const watchAttendance = async (
  ports: AttendancePorts,
  watch: Watch,
  signal: AbortSignal,
): Promise<void> => {
  let { said } = watch;
  while (!signal.aborted) {
    try {
      if (await watch.hasTurn()) {
        const now = await look(ports, watch.releaseId, said ?? null);
        // Of what was said before nothing may be known any more; that nothing was wrong needs no word.
        const isNews = now !== said && !signal.aborted;
        if (isNews) await watch.say(now);
        said = now;
      }
    } catch (error) {
      log.warn('whether anybody works on the release is not known', { releaseId: watch.releaseId, error });
    }
    await sleep(ports.everyMs, undefined, { signal }).catch(() => undefined);
  }
};

/** The same object where all is as it was. */
const look = async (
  ports: AttendancePorts,
  releaseId: string,
  said: Unattended | null,
): Promise<Unattended | null> => {
  const nowMs = Date.now();
  const tasks = (await ports.openTasks(releaseId)).filter((task) => isSuspicious(task, nowMs, ports));
  // All is well, and nothing else has to be asked.
  if (tasks.length === 0 && said === null) return null;
  const polled = async <T extends Pick<OpenTask | Unattended, 'queue' | 'kind'>>(
    of: T,
  ): Promise<T & Polled> => ({
    ...of,
    lastPollMs: await ports.lastPollMs(of.queue, of.kind === 'activity' ? 'activity' : 'workflow'),
  });
  const before = said && (await polled(said));
  const found = unattendedOf(await Promise.all(tasks.map(polled)), before, nowMs, ports);
  const isAsBefore = found && said && found.queue === said.queue && found.kind === said.kind;
  return isAsBefore ? said : found;
};
