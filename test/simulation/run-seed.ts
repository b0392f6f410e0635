/** Runs one scenario in a lane: the real workflow and the real deploy activities, and all that befalls them. */
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DEPLOY_WORKFLOW, TASK_QUEUE } from '../../src/release/names.ts';
import type { ReleaseReport } from '../../src/release/verdict.ts';
import { type AllActivities, createActivities, type Traces } from './activities.ts';
import { digestOf, type Version } from './cloud/images.ts';
import { SECRETS, type SimulatedCloud, startCloud } from './cloud/simulated-cloud.ts';
import { factsOf, type History } from './history.ts';
import type { Lane } from './lanes.ts';
import { Operator } from './operator.ts';
import type { Attempt, Ending, RunRecord } from './record.ts';
import type { Moment, Scenario } from './scenario.ts';
import { SHA } from './spec.ts';

export interface Run {
  readonly record: RunRecord;
  readonly history: History;
  readonly workflowId: string;
}

/** A wrong engine: its activities are not what they should be. */
export type Spoil = (activities: AllActivities, cloud: SimulatedCloud) => AllActivities;

let runs = 0;

export const runSeed = async (
  lane: Lane,
  scenario: Scenario,
  spoil: Spoil = (activities) => activities,
): Promise<Run> => {
  const cloud = await startCloud(scenario);
  const traces: Traces = { probes: [], marks: new Map(), kept: [] };
  const attempts: (Attempt & { atMs: number })[] = [];
  const restarts: Promise<void>[] = [];
  const activities = spoil(createActivities(scenario, cloud, traces), cloud);
  const isDead = (attempt: Attempt): boolean => cloud.gate.isDead(attempt);

  const release = async (part: Scenario): Promise<Released> => {
    runs += 1;
    const workflowId = `seed-${scenario.seed}-${runs}`;
    const handle = lane.client.workflow.getHandle(workflowId);
    const operator = new Operator(part, handle);
    const counts = new Map<string, number>();
    lane.guests.set(workflowId, {
      activities,
      isDead,
      async onAttempt(attempt) {
        cloud.gate.begin(attempt);
        attempts.push({ ...attempt, atMs: Date.now() });
        const { activity } = attempt;
        const nth = (counts.get(activity) ?? 0) + 1;
        counts.set(activity, nth);
        const isNow = (at: Moment | null): boolean =>
          at?.kind === 'activity' && at.name === activity && at.nth === nth;
        for (const { at, worker } of part.restarts) if (isNow(at)) restarts.push(lane.restart(worker));
        await operator.at({ activity });
        if (isNow(part.brokenOff))
          await handle.terminate('somebody has terminated it').catch(() => undefined);
      },
    });
    await lane.client.workflow.start(DEPLOY_WORKFLOW, {
      taskQueue: TASK_QUEUE.control,
      workflowId,
      args: [{ environment: 'production', sha: SHA }],
    });
    await operator.at({ kind: 'early' });
    const report = reportOf(handle).catch(() => null);
    const ending = await operator.attend(report);
    if (ending.kind === 'ended') await operator.at({ kind: 'late' });
    else await handle.terminate('the simulation has lost patience');
    return { workflowId, handle, operator, ending, report: await report };
  };

  try {
    const before = await cloud.lookAll();
    let last = await release(scenario);
    const wasBrokenOff = scenario.brokenOff !== null && last.ending.kind === 'ended' && !last.report;
    if (wasBrokenOff) last = await release({ ...scenario, messages: [], restarts: [], brokenOff: null });
    const after = await cloud.lookAll();
    const { workflowId, handle, operator, ending, report } = last;
    const history = (await handle.fetchHistory()) as History;
    const record: RunRecord = {
      scenario,
      workflowId,
      requested: digestsOf(scenario, 'new'),
      foreign: digestsOf(scenario, 'foreign'),
      before,
      after,
      calls: cloud.gate.calls,
      attempts: attempts.filter((attempt) => attempt.workflowId === workflowId),
      probes: traces.probes,
      timeline: cloud.timeline,
      sent: operator.all(),
      report,
      ending,
      history: factsOf(history),
      secrets: SECRETS,
    };
    return { record, history, workflowId };
  } finally {
    await Promise.all(restarts);
    for (const id of new Set(attempts.map(({ workflowId }) => workflowId))) lane.guests.delete(id);
    await cloud.close();
  }
};

interface Released {
  readonly workflowId: string;
  readonly handle: WorkflowHandle;
  readonly operator: Operator;
  readonly ending: Ending;
  readonly report: ReleaseReport | null;
}

const digestsOf = ({ services }: Scenario, version: Version): Readonly<Record<string, string>> =>
  Object.fromEntries(services.map(({ name }) => [name, digestOf(name, version)]));

export const reportOf = async (handle: WorkflowHandle): Promise<ReleaseReport> => {
  try {
    return (await handle.result()) as ReleaseReport;
  } catch (error) {
    const { cause } = error as WorkflowFailedError;
    const report = cause instanceof ApplicationFailure ? (cause.details?.[0] as ReleaseReport) : undefined;
    if (error instanceof WorkflowFailedError && report) return report;
    throw error;
  }
};
