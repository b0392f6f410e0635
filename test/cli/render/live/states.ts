/** What a live view may have to show: plain, long, many, hostile. */

import type { LiveState } from '../../../../src/cli/render/live/state.ts';
import type { PendingActivity } from '../../../../src/client/index.ts';
import type { ReleaseStatus, ServiceReport, StepStatus } from '../../../../src/release/verdict.ts';
import { START, SUCCEEDED, step } from '../reports.ts';

export const ID = 'deploy/shop/production/c0ffee';
export const NOW = START + 90_000;

const { verdict: _verdict, endedAtMs: _endedAtMs, ...told } = SUCCEEDED;

export const running = (more: Partial<ReleaseStatus> = {}): ReleaseStatus => ({
  ...told,
  verdict: null,
  endedAtMs: null,
  hold: null,
  stuck: null,
  phase: 'running',
  ...more,
});

export const stateOf = (status: ReleaseStatus | null, more: Partial<LiveState> = {}): LiveState => ({
  workflowId: ID,
  link: null,
  status,
  pending: [],
  trouble: null,
  ...more,
});

export const activity = (
  type: string,
  heartbeat: unknown,
  more: Partial<PendingActivity> = {},
): PendingActivity => ({
  activityId: `${type}-${JSON.stringify(heartbeat)?.length ?? 0}-${more.attempt ?? 1}`,
  type,
  attempt: 1,
  worker: '4711@build-host',
  heartbeat,
  ...more,
});

export const service = (
  name: string,
  state: ServiceReport['state'],
  baseline: string | null = `arn:x/${name}:6`,
): ServiceReport => ({
  name,
  service: `shop-${name}`,
  state,
  baseline,
  taskDefinition: `arn:x/${name}:7`,
});

export const build = (name: string, done: number, total: number, more: object = {}): PendingActivity =>
  activity('buildImage', {
    phase: 'building',
    lastLine: '',
    step: `build:${name}`,
    measured: { done, total, unit: 'steps', current: `[${done + 1}/${total}] RUN make`, ...more },
  });

export const rollout = (services: Readonly<Record<string, unknown>>): PendingActivity =>
  activity('waitUntilStable', { services });

export const tasks = (fresh: number, old: number, desired = 2) => ({
  new: { running: fresh, desired, ...(fresh < desired ? { pending: desired - fresh } : {}) },
  old: { running: old, desired: old },
});

/** Two builds run, one of them again; the rest is to come. */
export const BUILDING = stateOf(
  running({
    steps: [
      step('plan', '', 'succeeded', 0, 800, { detail: '2 images, 2 services' }),
      step('check', 'unit', 'succeeded', 800, 9_300),
      step('build', 'api', 'running', 800, undefined, { architecture: 'arm64' }),
      step('build', 'web', 'running', 800, undefined, { architecture: 'amd64' }),
      step('push', 'api', 'waiting', undefined, undefined, { architecture: 'arm64' }),
      step('push', 'web', 'waiting', undefined, undefined, { architecture: 'amd64' }),
      step('turn', '', 'waiting'),
      step('promote', '', 'waiting'),
    ],
    services: [service('api', 'untouched', null), service('web', 'untouched', null)],
  }),
  {
    pending: [
      build('api', 3, 7, { bytes: { done: 12_300_000, total: 40_000_000 } }),
      { ...build('web', 6, 8), attempt: 2, lastFailure: 'image web: the Docker engine went away' },
    ],
  },
);

export const ROLLING_OUT = stateOf(
  running({
    steps: [
      step('plan', '', 'succeeded', 0, 800),
      step('build', 'api', 'succeeded', 800, 13_100, { architecture: 'arm64' }),
      step('update', '1', 'succeeded', 14_000, 14_200, { detail: 'api, web' }),
      step('stable', '1', 'running', 14_200),
      step('health', '1', 'waiting'),
      step('promote', '', 'waiting'),
    ],
    services: [service('api', 'not-restored'), service('web', 'not-restored')],
    warnings: ['web has no deployment circuit breaker'],
  }),
  {
    pending: [
      rollout({
        api: {
          phase: 'starting',
          detail: '1/2 new running, 2 old left; container app exited with code 1',
          tasks: { ...tasks(1, 2), new: { running: 1, desired: 2, pending: 1, failed: 1 } },
          targets: { healthy: 1, total: 3 },
        },
        web: { phase: 'stable', detail: '', tasks: tasks(2, 0), targets: { healthy: 2, total: 2 } },
      }),
    ],
  },
);

export const HELD = stateOf(
  running({
    steps: [step('plan', '', 'succeeded', 0, 800), step('update', '1', 'waiting')],
    hold: { kind: 'paused', reason: 'paused by ada: lunch', sinceMs: START, untilMs: START + 600_000 },
    operators: [
      {
        atMs: START,
        action: 'pause',
        who: 'ada',
        reason: 'lunch',
        accepted: true,
        answer: 'it stops before the next change',
      },
    ],
  }),
);

/** Whatever a container, a commit, or an operator may write. */
export const EVIL =
  '\u001b[2J\u001b]0;title\u0007\u001b[31m\u009b1A\r\n\t::error::x\u202e\u200d👩‍👩‍👧‍👦🇩🇪👍🏽❤️日本語ｆｕｌｌ\u0301\u0000e\u0301 tail';

const stepsMany = (count: number): readonly StepStatus[] =>
  Array.from({ length: count }, (_, index) => {
    const state = (['succeeded', 'running', 'waiting', 'failed', 'skipped', 'cancelled'] as const)[index % 6];
    return step(
      'build',
      `${EVIL}${index}`,
      state ?? 'running',
      index * 100,
      index % 6 === 1 ? undefined : index * 200,
      {
        architecture: 'arm64',
        detail: EVIL,
      },
    );
  });

export const MANY = stateOf(
  running({
    commit: { sha: 'c0ffee'.repeat(7).slice(0, 40), subject: EVIL.repeat(4), author: EVIL },
    app: `shop${EVIL}`,
    startedBy: EVIL,
    cause: { kind: 'x', step: EVIL, summary: EVIL, evidence: [EVIL] },
    steps: stepsMany(40),
    services: Array.from({ length: 100 }, (_, index) => service(`service-${index}${EVIL}`, 'not-restored')),
    warnings: Array.from({ length: 9 }, () => EVIL),
    operators: Array.from({ length: 9 }, () => ({
      atMs: START,
      action: 'pause' as const,
      who: EVIL,
      reason: EVIL,
      accepted: false,
      answer: EVIL,
    })),
    hold: { kind: 'decision', reason: EVIL, sinceMs: START, untilMs: null },
    stuck: `service-1: ${EVIL}`,
  }),
  {
    link: `http://127.0.0.1:8233/${EVIL}`,
    trouble: 'Temporal does not answer',
    pending: [
      ...Array.from({ length: 9 }, (_, index) =>
        activity(
          EVIL,
          {
            phase: EVIL,
            lastLine: EVIL,
            step: `build:${EVIL}${index * 6 + 1}`,
            measured: { done: 1, total: 2, unit: EVIL, current: EVIL },
          },
          { attempt: 3, lastFailure: EVIL, worker: index % 2 ? EVIL : '', taskQueue: EVIL, isPolled: false },
        ),
      ),
      rollout(
        Object.fromEntries(
          Array.from({ length: 100 }, (_, index) => [
            `service-${index}${EVIL}`,
            {
              phase: index % 3 === 0 ? 'stable' : index % 3 === 1 ? 'starting' : EVIL,
              detail: EVIL,
              tasks: tasks(index % 3, 2),
              targets: { healthy: 1, total: 2 },
            },
          ]),
        ),
      ),
    ],
  },
);
