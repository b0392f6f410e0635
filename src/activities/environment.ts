/** What releases and environments say to each other through control, and how a release's end reaches its environment. */
import { Context } from '@temporalio/activity';
import { outcomeOf } from '../release/environment/ledger.ts';
import {
  ARRIVAL_SIGNAL,
  ATTENDANCE_SIGNAL,
  ENVIRONMENT_WORKFLOW,
  environmentSummary,
  environmentWorkflowId,
} from '../release/names.ts';
import { ATTENDANCE_TIMING, type AttendancePorts, watchAttendance } from './attendance.ts';
import { lastPollInTemporal, openTasksInTemporal } from './attendance-in-temporal.ts';
import type { AwaitReleaseInput, EnvironmentActivities } from './contracts/environment.ts';
import { createEnvironmentMemory, type EnvironmentMemoryPorts, orUndefined } from './environment-memory.ts';
import { createForeseeTurn } from './foresee-turn.ts';
import { createReadLedger } from './read-ledger.ts';
import type { Fate } from './release-fate.ts';
import { keptReport } from './release-marks.ts';
import { readTurn } from './turns.ts';
import { BEAT_EVERY_MS, whileBeating } from './while-beating.ts';

export interface EnvironmentPorts extends EnvironmentMemoryPorts {
  /** Resolves when the release has ended. */
  readonly endOf: (releaseId: string) => Promise<Exclude<Fate, { readonly kind: 'running' }>>;
  /** Default: what Temporal shows of it, at the pace of production. */
  readonly attendance?: AttendancePorts;
}

const IN_TEMPORAL: AttendancePorts = {
  ...ATTENDANCE_TIMING,
  openTasks: openTasksInTemporal,
  lastPollMs: lastPollInTemporal,
};

export const createEnvironmentActivities = (ports: EnvironmentPorts): EnvironmentActivities => ({
  ...createEnvironmentMemory(ports),
  readLedger: createReadLedger(ports.store),
  foreseeTurn: createForeseeTurn(createEnvironmentMemory(ports).recallEnvironment),

  async tellEnvironment({ app, environment, arrival }) {
    const { client, info } = Context.current();
    await client.workflow.signalWithStart(ENVIRONMENT_WORKFLOW, {
      workflowId: environmentWorkflowId(app, environment),
      taskQueue: info.taskQueue,
      args: [{ app, environment }],
      signal: ARRIVAL_SIGNAL,
      signalArgs: [arrival],
      staticSummary: environmentSummary(app, environment),
    });
  },

  async awaitRelease(input) {
    const context = Context.current();
    const everyMs = Math.max(20, Math.min(BEAT_EVERY_MS, (context.info.heartbeatTimeoutMs ?? 20_000) / 4));
    // One controller: what `AbortSignal.any` makes may be collected in Node 20, and then never hears of it.
    const over = new AbortController();
    context.cancelled.catch(() => over.abort());
    void watchAttendance(ports.attendance ?? IN_TEMPORAL, watchOf(ports, input), over.signal);
    try {
      const end = await whileBeating(
        () => context.heartbeat(),
        () => ports.endOf(input.releaseId),
        everyMs,
      );
      const { releaseId, unattended: _, ...place } = input;
      // One that was terminated after its last words has said all there is to say.
      // What cannot be read is no word either: whoever takes the turn next hears of the damage.
      const report =
        end.kind === 'reported' ? end.report : await orUndefined(keptReport(ports.store, place, releaseId));
      return report ? outcomeOf(report) : null;
    } finally {
      over.abort();
    }
  },
});

/** One that has not taken its turn yet may wait for a busy pool: that is what queues are for. */
const watchOf = (
  { store }: EnvironmentPorts,
  { releaseId, unattended, ...place }: AwaitReleaseInput,
): Parameters<typeof watchAttendance>[1] => {
  const { client, info } = Context.current();
  return {
    releaseId,
    // What the attempt before has said went with it.
    said: info.attempt === 1 ? unattended : undefined,
    hasTurn: async () => (await readTurn(store, place))?.releaseId === releaseId,
    say: (now) =>
      client.workflow
        .getHandle(environmentWorkflowId(place.app, place.environment))
        .signal(ATTENDANCE_SIGNAL, { releaseId, unattended: now }),
  };
};
