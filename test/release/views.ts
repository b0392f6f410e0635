/** Short names for what ECS shows, so that a row of a table is one situation. Times are milliseconds after the start. */
import { expect } from '@jest/globals';
import {
  type Expectation,
  initialMemory,
  type JudgeMemory,
  type Judgement,
  judge,
  needsServiceDeployment,
} from '../../src/release/judging/judge.ts';
import type {
  DeploymentView,
  ServiceDeploymentView,
  ServiceEvent,
  ServiceView,
  StoppedContainer,
  StoppedTask,
} from '../../src/release/judging/observation.ts';
import type { Timing } from '../../src/release/plan.ts';

export const arn = (name: string): string => `arn:aws:ecs:eu-west-1:123456789012:task-definition/${name}`;
export const OLD = arn('api:7');
export const NEW = arn('api:8');
export const FOREIGN = arn('api:9');

export const expected: Expectation = {
  service: 'api',
  taskDefinition: NEW,
  deploymentId: 'ecs-svc/new',
  baseline: OLD,
  startedAtMs: 0,
};

export const timing: Timing = {
  stabilityTimeoutMs: 900_000,
  stallTimeoutMs: 300_000,
  capacityTimeoutMs: 600_000,
  pollIntervalMs: 5_000,
};

const deployment = (
  id: string,
  status: string,
  taskDefinition: string,
  more: Partial<DeploymentView>,
): DeploymentView => ({
  id: `ecs-svc/${id}`,
  status,
  taskDefinition,
  desired: 2,
  running: 0,
  pending: 0,
  failed: 0,
  rolloutState: 'IN_PROGRESS',
  rolloutReason: null,
  createdAtMs: 0,
  ...more,
});

/** Our deployment. */
export const mine = (more: Partial<DeploymentView> = {}, status = 'PRIMARY'): DeploymentView =>
  deployment('new', status, NEW, more);

/** The one before ours. */
export const old = (more: Partial<DeploymentView> = {}, status = 'ACTIVE'): DeploymentView =>
  deployment('old', status, OLD, { running: 2, rolloutState: 'COMPLETED', createdAtMs: -900_000, ...more });

/** One that we did not make. */
export const other = (
  taskDefinition: string,
  more: Partial<DeploymentView> = {},
  id = 'other',
): DeploymentView => deployment(id, 'PRIMARY', taskDefinition, more);

export const service = (
  deployments: readonly DeploymentView[],
  more: Partial<ServiceView> = {},
): ServiceView => ({
  name: 'api',
  arn: 'arn:aws:ecs:eu-west-1:123456789012:service/shop/api',
  status: 'ACTIVE',
  taskDefinition: deployments.find(({ status }) => status === 'PRIMARY')?.taskDefinition ?? OLD,
  desired: 2,
  running: deployments.reduce((sum, { running }) => sum + running, 0),
  pending: 0,
  createdAtMs: -9_000_000,
  targetGroups: [],
  deployments,
  events: [],
  ...more,
});

export const event = (atMs: number, message: string): ServiceEvent => ({
  atMs,
  message: `(service api) ${message}`,
});

export const NO_ROOM =
  'was unable to place a task because no container instance met all of its requirements.';

let taskNumber = 0;

export const stopped = (more: Partial<StoppedTask> = {}): StoppedTask => {
  taskNumber += 1;
  return {
    arn: `arn:aws:ecs:eu-west-1:123456789012:task/shop/${taskNumber.toString(16).padStart(32, '0')}`,
    startedBy: expected.deploymentId,
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    lastStatus: 'STOPPED',
    createdAtMs: 1_000,
    stoppedAtMs: 10_000,
    containers: [],
    ...more,
  };
};

export const container = (
  exitCode: number | null,
  reason: string | null = null,
  name = 'api',
): StoppedContainer => ({ name, exitCode, reason, healthStatus: null });

export const crashed = (exitCode: number, more: Partial<StoppedTask> = {}): StoppedTask =>
  stopped({ containers: [container(exitCode)], ...more });

/** ECS could not even start it: `stoppedReason` says why. */
export const notStarted = (stoppedReason: string, more: Partial<StoppedTask> = {}): StoppedTask =>
  stopped({ stopCode: 'TaskFailedToStart', stoppedReason, ...more });

/** An old task that has been told to stop and finishes its connections. */
export const draining = (more: Partial<StoppedTask> = {}): StoppedTask =>
  stopped({
    startedBy: 'ecs-svc/old',
    stopCode: 'ServiceSchedulerInitiated',
    stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/new)',
    lastStatus: 'DEACTIVATING',
    ...more,
  });

/** ECS's own account of our deployment. */
export const record = (status: string, more: Partial<ServiceDeploymentView> = {}): ServiceDeploymentView => ({
  arn: 'arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/api/x',
  status,
  reason: null,
  breaker: { triggered: false, failures: 0, threshold: 3 },
  alarms: { watched: false, triggered: [] },
  ...more,
});

export interface Look {
  readonly atMs: number;
  readonly service: ServiceView | undefined;
  readonly stopped?: readonly StoppedTask[];
  /** What ECS's own account of the deployment says; absent: there is none. */
  readonly record?: ServiceDeploymentView | null;
}

/** Judges look after look, as the activity does, and returns the last judgement. */
export const judgeAll = (looks: readonly Look[], expectation: Expectation = expected): Judgement => {
  let memory: JudgeMemory = initialMemory(expectation.startedAtMs);
  let last: Judgement | undefined;
  for (const look of looks) {
    const { service: view, stopped: tasks = [], record = null } = look;
    const asked = view !== undefined && needsServiceDeployment(expectation, view, memory, look.atMs);
    const seen = { service: view, stopped: tasks, record: asked ? record : undefined };
    const result = judge(expectation, seen, memory, timing, look.atMs);
    ({ memory } = result);
    last = result.judgement;
  }
  if (!last) throw new Error('no look at all');
  return last;
};

/** One look, some time after the update. */
export const once = (
  view: ServiceView | undefined,
  tasks: readonly StoppedTask[] = [],
  atMs = 20_000,
): Judgement => judgeAll([{ atMs, service: view, stopped: tasks }]);

/** What a judgement has to match. */
export const failure = (kind: string, summary: RegExp | string = /./): object => ({
  state: 'failed',
  kind,
  summary: expect.stringMatching(summary),
});
export const waiting = (phase: string): object => ({ state: 'waiting', phase });

export const inProgress = service([mine({ running: 1, pending: 1 }), old()]);
