/**
 * What the workers of a run offer: the real deploy activities over the simulated cloud; plain stand-ins for the pools
 * that touch no AWS.
 */
import { sleep as cancellableSleep } from '@temporalio/activity';
import type {
  BuildActivities,
  ChecksActivities,
  PushActivities,
} from '../../src/activities/contracts/build.ts';
import type { ControlActivities, ReleaseMark } from '../../src/activities/contracts/control.ts';
import type { DeployActivities } from '../../src/activities/contracts/deploy.ts';
import { createDeployActivities } from '../../src/activities/deploy.ts';
import type { DeployPorts } from '../../src/activities/deploy-ports.ts';
import type { HealthProbe } from '../../src/activities/health-probe.ts';
import { createAlarms } from '../../src/aws/alarms.ts';
import { createContainerLogs } from '../../src/aws/container-logs.ts';
import { createEcs } from '../../src/aws/ecs.ts';
import { createLogSearch } from '../../src/aws/log-search.ts';
import { createOneOffTasks } from '../../src/aws/one-off-task.ts';
import { createRevisions } from '../../src/aws/revisions.ts';
import { BuildFailedError } from '../../src/errors.ts';
import { TASK_QUEUE } from '../../src/release/names.ts';
import type { ReleaseReport } from '../../src/release/verdict.ts';
import { openEnvironment } from '../fakes/environment.ts';
import { memoryRecords } from '../fakes/records.ts';
import { now, SPEED, sleepOn } from './clock.ts';
import { createAlarmsClient, createEcsClient, createLogsClient } from './cloud/clients.ts';
import { createSimulatedRegistry, digestOf } from './cloud/images.ts';
import type { SimulatedCloud } from './cloud/simulated-cloud.ts';
import type { Probe } from './record.ts';
import type { Scenario } from './scenario.ts';
import { specOf } from './spec.ts';

export type AllActivities = ControlActivities &
  ChecksActivities &
  BuildActivities &
  PushActivities &
  DeployActivities;

/** What the pools leave behind, beside the calls. */
export interface Traces {
  readonly probes: Probe[];
  readonly marks: Map<string, ReleaseMark>;
  readonly kept: ReleaseReport[];
}

const sleep = (simulatedMs: number): Promise<void> => cancellableSleep(simulatedMs / SPEED);

export const createPorts = (scenario: Scenario, cloud: SimulatedCloud): DeployPorts => {
  const client = createEcsClient(cloud.operations, cloud.gate);
  const ecs = createEcs(client);
  const logsClient = createLogsClient(cloud.logs, cloud.gate);
  const logsIn = () => logsClient;
  const alarm = (): string => (scenario.bake === 'alarm' ? 'ALARM' : 'OK');
  return {
    ecs,
    revisions: createRevisions(client),
    registry: createSimulatedRegistry(cloud.images, cloud.gate),
    copies: { copy: () => Promise.reject(new Error('nothing is copied here')) },
    loadBalancers: { baseUrl: async () => null, targetHealth: async () => [] },
    logs: createContainerLogs({ ecs, logsIn, sleep }),
    oneOffTasks: createOneOffTasks(client),
    alarms: createAlarms(createAlarmsClient(alarm, cloud.gate)),
    logSearch: createLogSearch({ logsIn }),
    secrets: { state: async () => ({ kind: 'there' }) },
    turns: { check: async () => {} },
    records: memoryRecords(),
    texts: {
      readText: async (hash) => {
        throw new Error(`no text ${hash}`);
      },
    },
    now,
    sleep,
    sleepOn,
  };
};

/** Good only where something runs, and all that runs answers well. */
export const createProbe =
  (cloud: SimulatedCloud, probes: Probe[]): HealthProbe =>
  async ({ url }) => {
    const service = new URL(url).pathname.slice(1);
    const { running } = await cloud.look(service);
    const sick = running.some((digest) => cloud.images.behaviourOf(digest).quality === 'sick');
    const good = running.length > 0 && !sick;
    probes.push({ service, atMs: Date.now(), good });
    if (good) return { kind: 'good' };
    return running.length === 0
      ? { kind: 'unreachable', text: `${url}: ECONNREFUSED` }
      : { kind: 'bad', text: `${url} answered 500` };
  };

export const createActivities = (
  scenario: Scenario,
  cloud: SimulatedCloud,
  traces: Traces,
): AllActivities => ({
  ...createDeployActivities({
    ...createPorts(scenario, cloud),
    probe: createProbe(cloud, traces.probes),
  }),
  ...openEnvironment,
  async readSource() {
    return { spec: specOf(scenario), ancestors: [], rules: { policy: 'supersede', freezes: [] } };
  },
  async compareCommits() {
    return 'newer';
  },
  async recallRelease() {
    throw new Error('nobody goes back here');
  },
  async recallServices() {
    throw new Error('nobody asks here');
  },
  async recallGoodReleases() {
    return [];
  },
  async recallVerification() {
    throw new Error('nothing is promoted here');
  },
  async recallReferences() {
    throw new Error('nobody clears away here');
  },
  async runCheck({ check }) {
    return { logKey: `check/${check.name}`, setupMs: 1, setupCached: true, runMs: 1 };
  },
  async buildImage({ image }) {
    if (scenario.buildFails) throw new BuildFailedError(`image ${image.name} does not build`);
    return {
      kind: 'built',
      pushQueue: TASK_QUEUE.checks,
      localReference: image.name,
      logKey: `build/${image.name}`,
      emulated: false,
    };
  },
  async pushImage({ image }) {
    return { digest: digestOf(image.name, 'new'), logKey: `push/${image.name}` };
  },
  async takeTurn({ turn }) {
    return [...traces.marks.values()].filter((mark) => mark.releaseId !== turn.releaseId);
  },
  async openRelease(mark) {
    traces.marks.set(mark.releaseId, mark);
  },
  async closeRelease({ releaseId, report }) {
    traces.marks.delete(releaseId);
    for (const repair of report.repaired) traces.marks.delete(repair.releaseId);
    traces.kept.push(report);
  },
});
