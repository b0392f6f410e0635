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
import type { Attempt, RunRecord } from './record.ts';
import type { Scenario } from './scenario.ts';
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
  runs += 1;
  const workflowId = `seed-${scenario.seed}-${runs}`;
  const traces: Traces = { probes: [], marks: new Map(), kept: [] };
  const restarts: Promise<void>[] = [];
  const handle: WorkflowHandle = lane.client.workflow.getHandle(workflowId);
  const operator = new Operator(scenario, handle);
  const counts = new Map<string, number>();
  const attempts: (Attempt & { atMs: number })[] = [];
  lane.guests.set(workflowId, {
    activities: spoil(createActivities(scenario, cloud, traces), cloud),
    isDead: (attempt) => cloud.gate.isDead(attempt),
    async onAttempt(attempt) {
      cloud.gate.begin(attempt);
      const { activity } = attempt;
      attempts.push({ ...attempt, atMs: Date.now() });
      const nth = (counts.get(activity) ?? 0) + 1;
      counts.set(activity, nth);
      for (const { at, worker } of scenario.restarts) {
        if (at.kind === 'activity' && at.name === activity && at.nth === nth)
          restarts.push(lane.restart(worker));
      }
      await operator.at({ activity });
    },
  });
  try {
    const before = await cloud.lookAll();
    await lane.client.workflow.start(DEPLOY_WORKFLOW, {
      taskQueue: TASK_QUEUE.control,
      workflowId,
      args: [{ environment: 'production', sha: SHA }],
    });
    await operator.at({ kind: 'early' });
    const report = reportOf(handle);
    const ending = await operator.attend(report.catch(() => undefined));
    const after = await cloud.lookAll();
    if (ending.kind === 'ended') await operator.at({ kind: 'late' });
    else await handle.terminate('the simulation has lost patience');
    const history = (await handle.fetchHistory()) as History;
    return {
      workflowId,
      history,
      record: {
        scenario,
        requested: digestsOf(scenario, 'new'),
        foreign: digestsOf(scenario, 'foreign'),
        before,
        after,
        calls: cloud.gate.calls,
        attempts,
        probes: traces.probes,
        timeline: cloud.timeline,
        sent: operator.all(),
        report: await report.catch(() => null),
        ending,
        history: factsOf(history),
        secrets: SECRETS,
      },
    };
  } finally {
    await Promise.all(restarts);
    lane.guests.delete(workflowId);
    await cloud.close();
  }
};

const digestsOf = ({ services }: Scenario, version: Version): Readonly<Record<string, string>> =>
  Object.fromEntries(services.map(({ name }) => [name, digestOf(name, version)]));

const reportOf = async (handle: WorkflowHandle): Promise<ReleaseReport> => {
  try {
    return (await handle.result()) as ReleaseReport;
  } catch (error) {
    const { cause } = error as WorkflowFailedError;
    const report = cause instanceof ApplicationFailure ? (cause.details?.[0] as ReleaseReport) : undefined;
    if (error instanceof WorkflowFailedError && report) return report;
    throw error;
  }
};
