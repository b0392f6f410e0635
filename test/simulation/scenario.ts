/** What a seed fixes: the app, how the new version behaves, the faults, what operators and strangers do and when. */
import type { OperatorAction } from '../../src/release/operator.ts';
import { Random } from './random.ts';

/** What containers of an image do. */
export type Quality =
  | 'good'
  /** Comes up late, but within the limits. */
  | 'slow'
  | 'crashes'
  | 'unpullable'
  /** Runs, and never passes its container health check. */
  | 'unhealthy'
  /** Passes ECS's checks, answers the health check with 500. */
  | 'sick'
  /** Runs well at first, and ends after some hundred milliseconds: about when it is stable or asked for its health. */
  | 'crashes-later';

export interface ServiceScenario {
  readonly name: string;
  readonly desired: number;
  readonly breaker: 'off' | 'stop' | 'rollback';
  /** It never ran: there is nothing to go back to. */
  readonly firstEver: boolean;
  /** Its task definition names the image by tag, so the baseline is a pinned copy. */
  readonly byTag: boolean;
  readonly hasHealth: boolean;
  readonly minimumHealthyPercent: number;
  readonly quality: Quality;
}

export type FaultKind =
  | 'throttle'
  | 'server-error'
  /** Done, but the answer never arrives. */
  | 'lose-answer'
  | 'deny'
  /** The worker dies before the call has an effect, or after it. */
  | 'kill-before'
  | 'kill-after'
  /** Somebody else updates the service just before the call. */
  | 'foreign';

/** Meets the calls from the nth on, `times` of them, of an operation (on one service, or `*` for calls about many). */
export interface Fault {
  readonly operation: string;
  readonly service: string;
  readonly nth: number;
  readonly times: number;
  readonly kind: FaultKind;
}

/** The nth start of an activity (retries count), or the start or the end of the whole release. */
export type Moment =
  | { readonly kind: 'activity'; readonly name: string; readonly nth: number }
  | { readonly kind: 'early' | 'late' };

export interface Message {
  readonly at: Moment;
  readonly action: OperatorAction | 'cancel';
  readonly via: 'signal' | 'update';
  /** How often it is sent, each time with the same id. */
  readonly copies: number;
  /** Of `pause`: for so long, in real milliseconds; null: until somebody resumes. */
  readonly forMs: number | null;
  readonly service: string;
}

export interface Restart {
  readonly at: Moment;
  readonly worker: 'control' | 'deploy';
}

export interface Scenario {
  readonly seed: number;
  readonly services: readonly ServiceScenario[];
  readonly waves: readonly (readonly string[])[];
  readonly faults: readonly Fault[];
  readonly messages: readonly Message[];
  readonly restarts: readonly Restart[];
  readonly approval: 'none' | 'approve' | 'deny' | 'nobody';
  readonly migration: { readonly exitCode: number; readonly reversible: boolean } | null;
  readonly bake: 'none' | 'quiet' | 'alarm' | 'errors';
  readonly buildFails: boolean;
  /** Somebody terminates the release at this moment; another one of the same commit follows. */
  readonly brokenOff: Moment | null;
  /** What the operator says in the end to whatever waits for a person. */
  readonly answers: {
    readonly paused: 'resume' | 'rollback' | 'abort';
    readonly decision: 'rollback' | 'give-up';
    /** After so many retries: skip or give up. */
    readonly retries: number;
    readonly stuck: 'skip' | 'give-up';
  };
}

const NAMES = ['api', 'web', 'runner', 'mailer'] as const;

export const scenarioOf = (seed: number): Scenario => {
  const random = new Random(seed);
  const names = NAMES.slice(0, random.between(1, 4));
  const allGood = random.chance(0.5);
  const services = names.map((name) => serviceOf(random, name, allGood));
  const troubled = random.chance(0.7);
  return {
    seed,
    services,
    waves: wavesOf(random, names),
    faults: troubled ? some(random, 3, () => faultOf(random, names)) : [],
    messages: random.chance(0.45) ? some(random, 3, () => messageOf(random, names)) : [],
    restarts: random.chance(0.2)
      ? [{ at: momentOf(random), worker: random.pick(['control', 'deploy']) }]
      : [],
    approval: random.chance(0.85) ? 'none' : random.pick(['approve', 'approve', 'deny', 'nobody']),
    migration: random.chance(0.15)
      ? { exitCode: random.pick([0, 0, 0, 1]), reversible: random.chance(0.5) }
      : null,
    bake: random.chance(0.8) ? 'none' : random.pick(['quiet', 'quiet', 'alarm', 'errors']),
    buildFails: random.chance(0.04),
    answers: {
      paused: random.pick(['resume', 'resume', 'rollback', 'abort']),
      decision: random.pick(['rollback', 'give-up']),
      retries: random.below(3),
      stuck: random.pick(['skip', 'give-up']),
    },
    brokenOff: random.chance(0.08) ? momentOf(random) : null,
  };
};

const serviceOf = (random: Random, name: string, allGood: boolean): ServiceScenario => {
  const firstEver = random.chance(0.07);
  return {
    name,
    desired: firstEver ? random.between(1, 2) : random.pick([0, 1, 1, 2, 2, 3]),
    breaker: random.pick(['off', 'stop', 'rollback', 'rollback']),
    firstEver,
    byTag: random.chance(0.4),
    hasHealth: random.chance(0.7),
    minimumHealthyPercent: random.pick([0, 50, 100, 100]),
    quality:
      allGood || random.chance(0.6)
        ? random.pick(['good', 'good', 'good', 'slow'])
        : random.pick(['crashes', 'unpullable', 'unhealthy', 'sick', 'crashes-later']),
  };
};

/** Each wave has at least one service. */
const wavesOf = (random: Random, names: readonly string[]): readonly (readonly string[])[] => {
  const count = random.between(1, Math.min(3, names.length));
  const waves: string[][] = Array.from({ length: count }, () => []);
  for (const [index, name] of names.entries()) {
    waves[index < count ? index : random.below(count)]?.push(name);
  }
  return waves;
};

const faultOf = (random: Random, names: readonly string[]): Fault => {
  const service = names[random.below(names.length)] ?? '';
  // A stranger changes one service, whatever is being asked for.
  if (random.chance(0.12)) {
    return { operation: 'DescribeServices', service, nth: random.between(1, 12), times: 1, kind: 'foreign' };
  }
  // The one call that changes anything gets most of the trouble.
  const changes = random.chance(0.4);
  const [operation, about] = changes
    ? (['UpdateService', service] as const)
    : random.pick([
        ['RegisterTaskDefinition', service],
        ['RegisterTaskDefinition', service],
        ['DescribeServices', '*'],
        ['DescribeServices', '*'],
        ['DescribeTaskDefinition', service],
        ['ListTasks', service],
        ['DescribeServiceDeployments', '*'],
        ['ListTaskDefinitions', service],
        ['RunTask', '*'],
        ['moveLatest', service],
      ]);
  const kind = random.pick<FaultKind>([
    'throttle',
    'server-error',
    'lose-answer',
    changes ? 'lose-answer' : 'throttle',
    'deny',
    changes ? 'deny' : 'throttle',
    random.pick(['kill-before', 'kill-after', 'lose-answer']),
  ]);
  const once = kind.startsWith('kill') || random.chance(0.6);
  const nth = operation === 'DescribeServices' ? random.between(1, 12) : random.pick([1, 1, 2, 3]);
  // Denied for long: an operator has to say what becomes of it.
  const times = once ? 1 : kind === 'deny' ? random.between(5, 12) : random.between(2, 4);
  return { operation, service: about, nth, times, kind };
};

const MOMENTS = [
  'inspect',
  'prepareRollout',
  'updateServices',
  'updateServices',
  'waitUntilStable',
  'waitUntilStable',
  'checkHealth',
  'moveLatest',
] as const;

const momentOf = (random: Random): Moment => ({
  kind: 'activity',
  name: random.pick(MOMENTS),
  nth: random.between(1, 3),
});

const messageOf = (random: Random, names: readonly string[]): Message => ({
  at: random.chance(0.12) ? { kind: random.pick(['early', 'late']) } : momentOf(random),
  action: random.pick([
    'pause',
    'pause',
    'resume',
    'rollback',
    'rollback',
    'abort',
    'abort',
    'approve',
    'deny',
    'retry',
    'skip',
    'give-up',
    'cancel',
  ]),
  via: random.chance(0.7) ? 'signal' : 'update',
  copies: random.chance(0.3) ? random.between(2, 3) : 1,
  forMs: random.chance(0.4) ? random.between(100, 600) : null,
  service: names[random.below(names.length)] ?? '',
});

const some = <T>(random: Random, limit: number, make: () => T): readonly T[] =>
  Array.from({ length: random.between(1, limit) }, make);
