/** Statuses of releases and environments, small and large. */
import { type EnvironmentState, emptyEnvironment } from '../../../src/release/environment/state.ts';
import type { ReleaseStatus, ServiceReport, StepStatus } from '../../../src/release/verdict.ts';

export const NOW = Date.UTC(2026, 10, 29, 18, 0, 0);
export const SHA = '4f1c'.repeat(10);
export const ID = `deploy/shop/production/${SHA}`;

export const statusWith = (more: Partial<ReleaseStatus> = {}): ReleaseStatus => ({
  phase: 'running',
  hold: null,
  stuck: null,
  verdict: null,
  number: 12,
  app: 'shop',
  environment: 'production',
  cluster: 'shop',
  commit: { sha: SHA, subject: 'feat: a cart', author: 'Ada' },
  startedBy: 'ada',
  rollbackTo: null,
  broughtBy: null,
  cause: null,
  steps: [
    { id: 'plan', kind: 'plan', name: '', state: 'succeeded', startedAtMs: NOW, endedAtMs: NOW + 2_300 },
    {
      id: 'build:api',
      kind: 'build',
      name: 'api',
      state: 'running',
      startedAtMs: NOW + 2_300,
      architecture: 'arm64',
    },
    { id: 'update:1', kind: 'update', name: '1', state: 'waiting' },
  ],
  images: [],
  services: [serviceOf('api'), serviceOf('web')],
  warnings: [],
  repaired: [],
  operators: [],
  watched: [],
  startedAtMs: NOW,
  endedAtMs: null,
  ...more,
});

export const serviceOf = (name: string, more: Partial<ServiceReport> = {}): ServiceReport => ({
  name,
  service: `shop-${name}`,
  state: 'updated',
  baseline: `arn:aws:ecs:eu-central-1:1:task-definition/${name}:7`,
  taskDefinition: `arn:aws:ecs:eu-central-1:1:task-definition/${name}:8`,
  ...more,
});

/** What somebody writes into a commit, or a container says, to be more than text. */
export const HOSTILE = [
  '[click](https://evil.example/)',
  '<img src=x onerror=alert(1)>',
  '` `` ``` ````',
  '# heading',
  '| a | b |',
  'https://evil.example www.evil.example',
  '![x](https://evil.example/pixel)',
  `${String.fromCharCode(27)}[31mred${String.fromCharCode(27)}]8;;https://evil.example${String.fromCharCode(7)}`,
  'two\n```\nlines\n\n# and a heading',
  'abc\u202edef\u200b',
  '</code></pre><script>',
] as const;

/** Every text of it is hostile, and as long as it may be; every list is. */
export const hugeStatus = (services: number, text: string): ReleaseStatus => {
  const steps: StepStatus[] = Array.from({ length: services * 3 }, (_, index) => ({
    id: `build:${text}-${index}`,
    kind: 'build',
    name: text,
    state: (['waiting', 'running', 'succeeded', 'failed', 'skipped'] as const)[index % 5] ?? 'waiting',
    startedAtMs: NOW,
    detail: text,
    architecture: 'amd64',
  }));
  return statusWith({
    app: text,
    environment: text,
    cluster: text,
    startedBy: text,
    commit: { sha: SHA, subject: text, author: text },
    hold: { kind: 'decision', reason: text, sinceMs: NOW, untilMs: null },
    stuck: text,
    cause: { kind: text, step: text, summary: text, evidence: Array.from({ length: 300 }, () => text) },
    steps,
    services: Array.from({ length: services }, (_, index) =>
      serviceOf(`service-${index}`, { detail: text, now: text }),
    ),
    warnings: Array.from({ length: 100 }, () => text),
    operators: Array.from({ length: 200 }, () => ({
      atMs: NOW,
      action: 'abort',
      who: text,
      reason: text,
      accepted: false,
      answer: text,
    })),
  });
};

export const environmentWith = (more: Partial<EnvironmentState> = {}): EnvironmentState => ({
  ...emptyEnvironment('shop', 'production'),
  ...more,
});
