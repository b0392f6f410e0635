/**
 * The rows of the truth table: what is deployed onto what, and what each contestant is known to make of it
 * (ecs-deployers.md, section 5). All but the image's architecture is said by the container's command, so that the same
 * change can be made by clients that only know task definitions, and by one that builds images.
 */

export type Breaker = 'off' | 'on' | 'rollback';
export type Contestant = 'awscli' | 'ecs-deploy' | 'slipway';
export type Opinion = 'right' | 'wrong';

/** What a container's command does. Its first words, `: <name>`, tell which version it is. */
export const programs = {
  base: 'touch /tmp/ok; trap "exit 0" TERM; while :; do sleep 1 & wait $!; done',
  good: 'touch /tmp/ok; trap "exit 0" TERM; while :; do sleep 1 & wait $!; done',
  crash: 'echo cannot start >&2; exit 3',
  unhealthy: 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done',
  slow: 'trap "exit 0" TERM; sleep 12 & wait $!; touch /tmp/ok; while :; do sleep 1 & wait $!; done',
  foreign: 'touch /tmp/ok; trap "exit 0" TERM; while :; do sleep 1 & wait $!; done',
} as const;
export type Program = keyof typeof programs;

export const commandOf = (program: Program): string[] => ['sh', '-c', `: ${program}; ${programs[program]}`];

export interface Situation {
  readonly name: string;
  readonly breaker: Breaker;
  /** What is deployed; `base` is what runs already. */
  readonly program: Program;
  /** A container beside it whose image cannot be pulled. */
  readonly unpullable?: true;
  readonly missingSecret?: true;
  /** The image is for the architecture that the service has not. */
  readonly wrongArchitecture?: true;
  /** Containers count as healthy by a check that looks for /tmp/ok. */
  readonly checked?: true;
  readonly desired?: 0;
  /** The service has never run anything. */
  readonly first?: true;
  /** Somebody else updates the service while this is under way. */
  readonly foreign?: true;
  readonly expected: Readonly<Record<Contestant, Opinion>>;
  /** What Slipway must say of it, where it does not succeed. */
  readonly cause?: RegExp;
  /** `script/test` runs it. */
  readonly core?: true;
}

const allRight = { awscli: 'right', 'ecs-deploy': 'right', slipway: 'right' } as const;
/** They take ECS's rollback for their success. */
const theyAreWrong = { awscli: 'wrong', 'ecs-deploy': 'wrong', slipway: 'right' } as const;

const BREAKERS: readonly Breaker[] = ['off', 'on', 'rollback'];
const withEach = (
  name: string,
  core: readonly Breaker[],
  more: Pick<Situation, 'program' | 'unpullable' | 'checked' | 'cause'>,
): Situation[] =>
  BREAKERS.map((breaker) => ({
    name,
    breaker,
    ...more,
    ...(core.includes(breaker) ? { core: true } : {}),
    expected:
      more.program !== 'good' || more.unpullable
        ? breaker === 'rollback'
          ? theyAreWrong
          : allRight
        : allRight,
  }));

export const SITUATIONS: readonly Situation[] = [
  ...withEach('good image', ['rollback'], { program: 'good' }),
  ...withEach('crash at start', ['off', 'rollback'], { program: 'crash', cause: /exited with code 3/ }),
  ...withEach('unpullable image', ['rollback'], { program: 'good', unpullable: true, cause: /pull/i }),
  ...withEach('failing health check', ['rollback'], {
    program: 'unhealthy',
    checked: true,
    cause: /health check/i,
  }),
  {
    name: 'wrong architecture',
    breaker: 'rollback',
    program: 'good',
    wrongArchitecture: true,
    cause: /arm64|amd64/,
    expected: theyAreWrong,
  },
  {
    name: 'missing secret',
    breaker: 'rollback',
    program: 'good',
    missingSecret: true,
    cause: /nowhere/,
    expected: theyAreWrong,
    core: true,
  },
  {
    name: 'desired count 0',
    breaker: 'rollback',
    program: 'good',
    desired: 0,
    expected: allRight,
    core: true,
  },
  {
    name: 'somebody else’s update in mid-deployment',
    breaker: 'rollback',
    program: 'slow',
    checked: true,
    foreign: true,
    cause: /foreign-change/,
    expected: theyAreWrong,
    core: true,
  },
  {
    name: 'first deployment ever',
    breaker: 'off',
    program: 'good',
    first: true,
    expected: allRight,
    core: true,
  },
  {
    name: 'first deployment ever, crashing',
    breaker: 'rollback',
    program: 'crash',
    first: true,
    cause: /exited with code 3/,
    expected: allRight,
  },
  { name: 'the same task definition', breaker: 'rollback', program: 'base', expected: allRight, core: true },
];

/** `crash-at-start-off`: names clusters and environments. */
export const idOf = ({ name, breaker }: Situation): string =>
  `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${breaker}`;
