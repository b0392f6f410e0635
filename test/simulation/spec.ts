/** The app of a scenario, as its `slipway.yaml` would say it. Times are those of the activities' clock. */
import type { ReleaseSpec } from '../../src/release/plan.ts';
import { CLUSTER } from './cloud/simulated-cloud.ts';
import type { Scenario } from './scenario.ts';

export const SHA = 'd'.repeat(40);

const HEALTH = {
  successes: 2,
  failures: 2,
  intervalMs: 200,
  requestTimeoutMs: 5_000,
  timeoutMs: 60_000,
};

/** Approvals are waited for in Temporal's time. */
const APPROVAL_DEADLINE_MS = 1_500;

export const specOf = (scenario: Scenario): ReleaseSpec => {
  const names = scenario.services.map(({ name }) => name);
  const [first = ''] = names;
  return {
    app: 'shop',
    environment: 'production',
    cluster: CLUSTER,
    commit: { sha: SHA, subject: 'a change', author: 'Ada' },
    source: { hash: 'f'.repeat(64), bytes: 1 },
    checks: [],
    images: names.map((name) => ({
      name,
      context: name,
      dockerfile: 'Dockerfile',
      args: {},
      commitArg: 'COMMIT_SHA',
      repository: `shop/${name}`,
      provenance: false,
      timeoutMs: 60_000,
    })),
    services: scenario.services.map(({ name, hasHealth }) => ({
      name,
      service: name,
      containers: { app: name },
      ...(hasHealth ? { health: { ...HEALTH, url: `http://simulated/${name}` } } : {}),
    })),
    waves: scenario.waves,
    timing: {
      // Short where nothing moves, yet so long that a busy machine does not break a good release.
      stabilityTimeoutMs: 160_000,
      stallTimeoutMs: 80_000,
      capacityTimeoutMs: 80_000,
      pollIntervalMs: 200,
    },
    ...(scenario.approval === 'none' ? {} : { approval: { deadlineMs: APPROVAL_DEADLINE_MS } }),
    ...(scenario.migration && {
      migration: {
        service: first,
        container: 'app',
        command: ['migrate'],
        reversible: scenario.migration.reversible,
        timeoutMs: 20_000,
      },
    }),
    ...(scenario.bake === 'none' ? {} : { bake: bakeOf(scenario, first) }),
  };
};

const bakeOf = ({ bake }: Scenario, service: string): NonNullable<ReleaseSpec['bake']> => ({
  durationMs: 3_000,
  alarms: ['errors'],
  logs: bake === 'errors' ? [{ service, pattern: 'ERROR', maximumPerMinute: 0 }] : [],
});
