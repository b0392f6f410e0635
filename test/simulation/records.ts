/** Records of runs as they should be, for tests that make them as they should not be. */
import type { OperatorRecord, ReleaseReport, ServiceReport } from '../../src/release/verdict.ts';
import type { Received, Scheduled } from './history.ts';
import type { Invariant } from './invariants/facts.ts';
import type { Attempt, Call, RunRecord, ServiceState } from './record.ts';
import type { Scenario } from './scenario.ts';

export const OLD = 'sha256:old';
export const NEW = 'sha256:new';
export const FOREIGN = 'sha256:foreign';

const SCENARIO: Scenario = {
  seed: 1,
  services: [
    {
      name: 'api',
      desired: 1,
      breaker: 'off',
      firstEver: false,
      byTag: false,
      hasHealth: true,
      minimumHealthyPercent: 100,
      quality: 'good',
    },
  ],
  waves: [['api']],
  faults: [],
  messages: [],
  restarts: [],
  approval: 'none',
  migration: null,
  bake: 'none',
  buildFails: false,
  brokenOff: null,
  answers: { paused: 'resume', decision: 'rollback', retries: 0, stuck: 'skip' },
};

export const ours: Attempt = {
  workflowId: 'release',
  activity: 'updateServices',
  activityId: '1',
  number: 1,
};

export const state = (revision: number, digest: string, latest: string = OLD): ServiceState => ({
  primary: { id: `ecs-svc/${revision}`, taskDefinition: `api:${revision}`, rolloutState: 'COMPLETED' },
  desired: 1,
  image: `registry.test/shop/api@${digest}`,
  running: [digest],
  latest,
});

/** A call of ours that went well. */
export const call = (atMs: number, operation: string, input: object, more: Partial<Call> = {}): Call => ({
  operation,
  service: 'api',
  input,
  by: ours,
  startedAtMs: atMs,
  endedAtMs: atMs + 1,
  done: true,
  outcome: 'ok',
  ...more,
});

export const look = (atMs: number): Call => call(atMs, 'DescribeServices', { services: ['api'] });

export const update = (atMs: number, from: number, to: number, more: Partial<Call> = {}): Call =>
  call(
    atMs,
    'UpdateService',
    { service: 'api', taskDefinition: `api:${to}` },
    {
      before: { id: `ecs-svc/${from}`, taskDefinition: `api:${from}`, rolloutState: 'COMPLETED' },
      after: { id: `ecs-svc/${to}`, taskDefinition: `api:${to}`, rolloutState: 'IN_PROGRESS' },
      ...more,
    },
  );

export const completedAt = (atMs: number, revision: number): RunRecord['timeline'][number] => ({
  atMs,
  line: `ecs: (service api) (deployment ecs-svc/${revision}) deployment completed.`,
});

export const step = (
  eventId: number,
  activity: string,
  input: object,
  decidedAfter = eventId - 2,
): Scheduled => ({ eventId, activity, activityId: String(eventId), input, decidedAfter });

export const forward = (eventId: number): Scheduled =>
  step(eventId, 'updateServices', { allOrNothing: true, updates: [] });
export const backward = (eventId: number): Scheduled =>
  step(eventId, 'updateServices', { allOrNothing: false, updates: [] });

export const received = (eventId: number, name: string, id: string): Received => ({
  eventId,
  atMs: eventId,
  kind: 'signal',
  name,
  note: { id },
});

export const said = (action: OperatorRecord['action'], id: string, accepted = true): OperatorRecord => ({
  atMs: 0,
  action,
  who: 'Olga',
  reason: id,
  accepted,
  answer: '',
});

export const service = (more: Partial<ServiceReport> = {}): ServiceReport => ({
  name: 'api',
  service: 'api',
  state: 'updated',
  baseline: 'api:1',
  taskDefinition: 'api:3',
  ...more,
});

export const report = (more: Partial<ReleaseReport> = {}): ReleaseReport => ({
  verdict: 'succeeded',
  number: 1,
  app: 'shop',
  environment: 'production',
  cluster: 'shop',
  commit: null,
  startedBy: null,
  rollbackTo: null,
  broughtBy: null,
  cause: null,
  steps: [],
  images: [],
  services: [service()],
  warnings: [],
  repaired: [],
  operators: [],
  watched: [],
  startedAtMs: 0,
  endedAtMs: 0,
  ...more,
});

/** From revision 1 to 3 (2 is a stranger's), steady at 30, healthy at 40. */
export const succeeded = (more: Partial<RunRecord> = {}): RunRecord => ({
  scenario: SCENARIO,
  workflowId: 'release',
  requested: { api: NEW },
  foreign: { api: FOREIGN },
  before: { api: state(1, OLD) },
  after: { api: state(3, NEW, NEW) },
  calls: [look(10), update(20, 1, 3), look(35), call(50, 'moveLatest', {})],
  attempts: [],
  probes: [{ service: 'api', atMs: 40, good: true }],
  timeline: [completedAt(1, 1), completedAt(30, 3)],
  sent: [],
  report: report(),
  ending: { kind: 'ended' },
  history: {
    events: 100,
    largestPayloadBytes: 1_000,
    text: 'nothing to see',
    scheduled: [forward(20)],
    received: [],
  },
  secrets: ['hunter2'],
  ...more,
});

/** The same, found ill, and back on revision 1 from 60 on, steady at 70, healthy at 80. */
export const rolledBack = (more: Partial<RunRecord> = {}): RunRecord => {
  const base = succeeded();
  return {
    ...base,
    after: { api: state(1, OLD) },
    calls: [look(10), update(20, 1, 3), look(35), update(60, 3, 1), look(75)],
    probes: [{ service: 'api', atMs: 80, good: true }],
    timeline: [completedAt(1, 1), completedAt(30, 3), completedAt(70, 1)],
    report: report({ verdict: 'rolled-back', services: [service({ state: 'restored' })] }),
    history: { ...base.history, scheduled: [forward(20), backward(40)] },
    ...more,
  };
};

/** A history that differs in these facts. */
export const history = (more: Partial<RunRecord['history']>): Pick<RunRecord, 'history'> => ({
  history: { ...succeeded().history, ...more },
});

/** A record that breaks an invariant, and what the invariant says of it. */
export interface Case {
  readonly check: Invariant;
  readonly what: string;
  readonly record: RunRecord;
  readonly says: RegExp;
}
