/** Reports to render: one good release of two services, and what others change of it. */
import type {
  OperatorRecord,
  ReleaseReport,
  ReleaseStatus,
  ServiceReport,
  StepKind,
  StepState,
  StepStatus,
} from '../../../src/release/verdict.ts';

export const START = 1_790_000_000_000;

export function step(
  kind: StepKind,
  name: string,
  state: StepState,
  fromMs: number | undefined = undefined,
  toMs: number | undefined = undefined,
  more: Partial<StepStatus> = {},
): StepStatus {
  return {
    id: name ? `${kind}:${name}` : kind,
    kind,
    name,
    state,
    ...(fromMs === undefined ? {} : { startedAtMs: START + fromMs }),
    ...(toMs === undefined ? {} : { endedAtMs: START + toMs }),
    ...more,
  };
}

const td = (service: string, revision: number): string =>
  `arn:aws:ecs:eu-central-1:123456789012:task-definition/${service}:${revision}`;

export const SUCCEEDED: ReleaseReport = {
  verdict: 'succeeded',
  number: 1,
  app: 'shop',
  environment: 'production',
  cluster: 'shop production',
  commit: { sha: 'c0ffee'.repeat(7).slice(0, 40), subject: 'feat: a cart', author: 'Ada' },
  startedBy: 'ada',
  rollbackTo: null,
  broughtBy: null,
  cause: null,
  steps: [
    step('plan', '', 'succeeded', 0, 800),
    step('check', 'api', 'succeeded', 800, 9_300),
    step('build', 'api', 'succeeded', 800, 13_100, { architecture: 'arm64', detail: 'emulated' }),
    step('stable', 'api', 'succeeded', 14_000, 75_000),
  ],
  images: [
    {
      name: 'api',
      architecture: 'arm64',
      repositoryUri: 'localhost:4566/shop/api',
      digest: `sha256:${'ab'.repeat(32)}`,
      reused: false,
    },
    {
      name: 'runner',
      architecture: 'amd64',
      repositoryUri: 'localhost:4566/shop/runner',
      digest: `sha256:${'cd'.repeat(32)}`,
      reused: true,
    },
  ],
  services: [
    {
      name: 'api',
      service: 'shop-api',
      state: 'updated',
      baseline: td('shop-api', 6),
      taskDefinition: td('shop-api', 7),
    },
  ],
  warnings: [],
  repaired: [],
  operators: [],
  watched: [],
  startedAtMs: START,
  endedAtMs: START + 83_000,
};

/** What an operator said, and what came of it. */
export const said = (more: Partial<OperatorRecord> = {}): OperatorRecord => ({
  atMs: START + 10_000,
  action: 'rollback',
  who: 'ada',
  reason: 'orders fail',
  accepted: true,
  answer: 'every service that was touched goes back',
  ...more,
});

export const ROLLED_BACK: ReleaseReport = {
  ...SUCCEEDED,
  verdict: 'rolled-back',
  cause: {
    kind: 'task-failed',
    step: 'stable:api',
    summary: 'api: Essential container in task exited (exit code 1)',
    evidence: ['last log lines of api:\nError: no\u001b[31m config', '::error::not a command'],
  },
  steps: [
    ...SUCCEEDED.steps.slice(0, 3),
    step('stable', 'api', 'failed', 14_000, 20_000, { detail: 'exit code 1, twice' }),
    step('promote', '', 'skipped'),
    step('restore', 'api', 'succeeded', 20_000, 41_000),
  ],
  services: [
    {
      name: 'api',
      service: 'shop-api',
      state: 'restored',
      baseline: td('shop-api', 6),
      taskDefinition: td('shop-api', 6),
    },
    {
      name: 'web',
      service: 'shop-web',
      state: 'untouched',
      baseline: td('shop-web', 3),
      taskDefinition: td('shop-web', 3),
    },
  ],
  warnings: ['the circuit breaker of shop-api is off'],
};

const service = (name: string, more: Partial<ServiceReport>): ServiceReport => ({
  name,
  service: `shop-${name}`,
  state: 'restored',
  baseline: td(`shop-${name}`, 6),
  taskDefinition: td(`shop-${name}`, 6),
  ...more,
});

/** One of each end that a service can come to. */
export const ROLLBACK_FAILED: ReleaseReport = {
  ...ROLLED_BACK,
  verdict: 'rollback-failed',
  services: [
    service('api', {
      state: 'not-restored',
      taskDefinition: null,
      detail: 'left as it is by ada (skip): the old image is gone',
      now: '1 task of shop-api:7 serves; ECS still tries shop-api:6 (0 of 1 running)',
    }),
    service('cron', { state: 'restored' }),
    service('mail', {
      state: 'left-alone',
      taskDefinition: null,
      detail: 'somebody else moved it to shop-mail:9',
    }),
    service('new', {
      state: 'not-restored',
      baseline: null,
      taskDefinition: null,
      detail: 'first deployment: nothing to go back to',
    }),
    service('web', { state: 'untouched' }),
  ],
  operators: [
    said({ action: 'resume', reason: '', accepted: false, answer: 'the release is not paused' }),
    said({ action: 'skip', reason: 'the old image is gone', answer: 'api is left as it is' }),
  ],
  watched: ['alarm shop-5xx: OK for 10 min', 'logs of api "ERROR": 0 a minute, could not look 1 time'],
};

export const RUNNING: ReleaseStatus = {
  ...SUCCEEDED,
  verdict: null,
  endedAtMs: null,
  hold: null,
  stuck: null,
  phase: 'running',
};
