/**
 * A day in the life of an environment: several releases that come at about the same time, and what befalls them.
 * All of it follows from the seed.
 */
import type { QueuePolicy } from '../../../src/release/environment/state.ts';
import { Random } from '../random.ts';
import type { Fault, Quality, Restart, Scenario, ServiceScenario } from '../scenario.ts';

/** A commit of the main line, or of a branch that left it before its first one. */
export interface Brought {
  readonly place: number;
  readonly branch: number;
}

/** The nth start of an activity; retries count. */
export interface Moment {
  readonly kind: 'activity';
  readonly name: string;
  readonly nth: number;
}

export interface Harm {
  readonly at: Moment;
  /** `terminate`: without a word. `pause` is over by itself after some hundred milliseconds. */
  readonly how: 'terminate' | 'cancel' | 'abort' | 'rollback' | 'pause';
}

export interface DayRelease {
  /** Real milliseconds after the day has begun. */
  readonly atMs: number;
  /** Null: it goes back to an earlier release. */
  readonly brings: Brought | null;
  /** Number of the release that it goes back to; null: wherever the environment says. */
  readonly to: number | null;
  /** Of all containers of its images. */
  readonly quality: Quality;
  /** How long its build takes, in real milliseconds. */
  readonly buildMs: number;
  readonly allowOlder: boolean;
  readonly overridesFreeze: boolean;
  readonly harm: Harm | null;
}

export interface Day {
  readonly seed: number;
  readonly policy: QueuePolicy;
  readonly services: readonly ServiceScenario[];
  readonly waves: readonly (readonly string[])[];
  readonly releases: readonly DayRelease[];
  /** Each is started when the one before has ended, and not at its time. */
  readonly oneAfterTheOther: boolean;
  /** Each release runs one, and watches for a while. */
  readonly migration: Scenario['migration'];
  readonly bake: Scenario['bake'];
  readonly faults: readonly Fault[];
  readonly restarts: readonly Restart[];
  /** Real milliseconds after the day has begun. */
  readonly freeze: { readonly fromMs: number; readonly untilMs: number } | null;
  /** Messages and ends of releases in one run of the environment; null: as many as Temporal thinks good. */
  readonly runLength: number | null;
}

const NAMES = ['api', 'web', 'runner'] as const;

const serviceNamed = (name: string): ServiceScenario => ({
  name,
  desired: 1,
  breaker: 'off',
  firstEver: false,
  byTag: false,
  hasHealth: true,
  minimumHealthyPercent: 100,
  quality: 'good',
});

const plain = (brings: Brought | null, more: Partial<DayRelease> = {}): DayRelease => ({
  atMs: 0,
  brings,
  to: null,
  quality: 'good',
  buildMs: 0,
  allowOlder: false,
  overridesFreeze: false,
  harm: null,
  ...more,
});

const QUIET = {
  oneAfterTheOther: false,
  migration: null,
  bake: 'none',
  faults: [],
  restarts: [],
  freeze: null,
  runLength: null,
} as const satisfies Partial<Day>;

/** Nothing befalls it: so many good commits come at once, each on the one before (or each on a branch of its own). */
export const rushOf = (
  policy: QueuePolicy,
  count: number,
  commits: 'in line' | 'unrelated' = 'in line',
): Day => ({
  seed: count,
  policy,
  services: ['api', 'web'].map(serviceNamed),
  waves: [['api'], ['web']],
  releases: Array.from({ length: count }, (_, index) =>
    plain(commits === 'in line' ? { place: index + 2, branch: 0 } : { place: 1, branch: index + 1 }, {
      buildMs: (index * 37) % 200,
    }),
  ),
  ...QUIET,
});

/** Two releases, one after the other: the second one is terminated in the middle of a step. */
export const killedAt = (
  at: Moment,
  more: { readonly quality?: Quality; readonly thenAt?: Moment } = {},
): Day => ({
  ...QUIET,
  seed: 1,
  policy: 'queue',
  services: ['api', 'web'].map(serviceNamed),
  waves: [['api', 'web']],
  oneAfterTheOther: true,
  migration: { exitCode: 0, reversible: true },
  bake: 'quiet',
  releases: [
    plain({ place: 2, branch: 0 }),
    plain({ place: 3, branch: 0 }, { quality: more.quality ?? 'good', harm: { at, how: 'terminate' } }),
    ...(more.thenAt
      ? [plain({ place: 4, branch: 0 }, { harm: { at: more.thenAt, how: 'terminate' } as const })]
      : []),
  ],
});

/** After all that: it must succeed, whatever the day has left. */
export const lastOf = (day: Day): DayRelease =>
  plain(
    {
      place: Math.max(2, ...day.releases.map(({ brings }) => (brings?.branch === 0 ? brings.place : 0))) + 1,
      branch: 0,
    },
    { allowOlder: true, overridesFreeze: true },
  );

export const dayOf = (seed: number): Day => {
  const random = new Random(seed + 7_000);
  const names = NAMES.slice(0, random.between(1, 3));
  const count = random.between(4, 9);
  const troubled = random.chance(0.6);
  return {
    ...QUIET,
    seed,
    policy: random.pick<QueuePolicy>(['supersede', 'queue', 'reject']),
    services: names.map(serviceNamed),
    waves: random.chance(0.5) ? [names] : names.map((name) => [name]),
    releases: Array.from({ length: count }, (_, index) => releaseOf(random, index)),
    faults: troubled ? [faultOf(random, names), faultOf(random, names)] : [],
    restarts: random.chance(0.25)
      ? [{ at: momentOf(random), worker: random.pick(['control', 'deploy']) }]
      : [],
    freeze: random.chance(0.25) ? freezeOf(random) : null,
    runLength: random.chance(0.6) ? random.between(1, 4) : null,
  };
};

const releaseOf = (random: Random, index: number): DayRelease => {
  const atMs = random.chance(0.5) ? 0 : random.between(0, 4_000);
  const harm: Harm | null = random.chance(0.3)
    ? {
        at: momentOf(random),
        how: random.pick(['terminate', 'terminate', 'terminate', 'cancel', 'abort', 'rollback', 'pause']),
      }
    : null;
  if (index > 0 && random.chance(0.25)) {
    return plain(null, { atMs: atMs + 500, to: random.chance(0.5) ? null : random.between(1, 4), harm });
  }
  return plain(
    { place: random.between(2, 9), branch: random.chance(0.2) ? random.between(1, 2) : 0 },
    {
      atMs,
      harm,
      quality: random.chance(0.75)
        ? random.pick(['good', 'good', 'slow'])
        : random.pick(['crashes', 'unpullable', 'unhealthy', 'sick']),
      buildMs: random.between(0, 800),
      allowOlder: random.chance(0.2),
      overridesFreeze: random.chance(0.1),
    },
  );
};

/** Trouble that a release gets over by itself: what it does to one release is the seeds' matter, not the days'. */
const faultOf = (random: Random, names: readonly string[]): Fault => {
  const service = names[random.below(names.length)] ?? '';
  const [operation, about] = random.pick([
    ['UpdateService', service],
    ['UpdateService', service],
    ['UpdateService', service],
    ['RegisterTaskDefinition', service],
    ['DescribeServices', '*'],
    ['moveLatest', service],
  ]);
  return {
    operation,
    service: about,
    nth: random.between(1, 6),
    times: 1,
    kind: random.pick([
      'throttle',
      'server-error',
      'lose-answer',
      'lose-answer',
      'kill-before',
      'kill-after',
    ]),
  };
};

const MOMENTS = [
  'inspect',
  'buildImage',
  'tellEnvironment',
  'takeTurn',
  'prepareRollout',
  'openRelease',
  'updateServices',
  'updateServices',
  'waitUntilStable',
  'waitUntilStable',
  'checkHealth',
  'moveLatest',
  'closeRelease',
] as const;

const momentOf = (random: Random): Moment => ({
  kind: 'activity',
  name: random.pick(MOMENTS),
  nth: random.between(1, 2),
});

const freezeOf = (random: Random): Day['freeze'] => {
  const fromMs = random.between(0, 3_000);
  return { fromMs, untilMs: fromMs + random.between(500, 3_000) };
};

/** What the cloud needs to know of a day. */
export const scenarioFor = ({ seed, services, waves, faults, migration, bake }: Day): Scenario => ({
  seed,
  services,
  waves,
  faults,
  messages: [],
  restarts: [],
  approval: 'none',
  migration,
  bake,
  buildFails: false,
  brokenOff: null,
  answers: { paused: 'resume', decision: 'rollback', retries: 0, stuck: 'give-up' },
});
