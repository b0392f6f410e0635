/**
 * All pools' activities in memory, with a record of the calls. Each can be told to fail, once or for ever; the
 * default is a release of two services in two waves that goes well.
 */
import { Context } from '@temporalio/activity';
import type {
  BuildActivities,
  ChecksActivities,
  PushActivities,
} from '../../src/activities/contracts/build.ts';
import type { ControlActivities } from '../../src/activities/contracts/control.ts';
import type { DeployActivities } from '../../src/activities/contracts/deploy.ts';
import type { PreparedRollout, RolloutTarget } from '../../src/activities/contracts/rollout.ts';
import type { Architecture, ImageDigest, Plan, ReleaseRequest } from '../../src/release/plan.ts';
import { openEnvironment } from './environment.ts';

export type AllActivities = ControlActivities &
  ChecksActivities &
  BuildActivities &
  PushActivities &
  DeployActivities;
export type ActivityName = keyof AllActivities;

export interface RecordedCall {
  readonly name: ActivityName;
  /** What matters of the input, as one word: the check, the image, the services. */
  readonly about: string;
}

export const SHA = 'a'.repeat(40);
export const ENGINE_QUEUE = 'slipway-engine-test';

export const digestOf = (image: string): string =>
  `sha256:${Buffer.from(image.padEnd(32, '.')).toString('hex')}`;

export const planFor = (request: ReleaseRequest): Plan => ({
  app: 'shop',
  environment: request.environment,
  cluster: 'shop',
  commit: { sha: SHA, subject: 'a change', author: 'Ada' },
  source: { hash: 'f'.repeat(64), bytes: 1 },
  checks: [check('lint', []), check('unit', ['lint'])],
  images: [image('api', 'arm64'), image('worker', 'amd64')],
  services: [service('api', 'arm64', true), service('worker', 'amd64', false)],
  waves: [['worker'], ['api']],
  timing: {
    stabilityTimeoutMs: 60_000,
    stallTimeoutMs: 30_000,
    capacityTimeoutMs: 30_000,
    pollIntervalMs: 20,
  },
  inPlace: null,
  warnings: [],
});

const check = (name: string, needs: readonly string[]): Plan['checks'][number] => ({
  name,
  directory: '.',
  needs,
  run: 'true',
  env: {},
  timeoutMs: 60_000,
});

const image = (name: string, architecture: Architecture): Plan['images'][number] => ({
  name,
  context: name,
  dockerfile: 'Dockerfile',
  args: {},
  commitArg: 'COMMIT_SHA',
  architecture,
  repository: `shop/${name}`,
  repositoryUri: `registry/shop/${name}`,
  movesLatest: true,
  provenance: false,
  timeoutMs: 60_000,
});

const service = (name: string, architecture: Architecture, hasHealth: boolean): Plan['services'][number] => ({
  name,
  service: `shop-${name}`,
  serviceArn: `arn:service/${name}`,
  containers: { [name]: name },
  architecture,
  ...(hasHealth
    ? {
        health: {
          url: `http://localhost/${name}`,
          successes: 1,
          failures: 1,
          intervalMs: 10,
          requestTimeoutMs: 10,
          timeoutMs: 100,
        },
      }
    : {}),
});

export const baselineOf = (name: string): string => `arn:task-definition/${name}:1`;
export const nextOf = (name: string): string => `arn:task-definition/${name}:2`;

export const targetOf = (name: string): RolloutTarget => ({
  name,
  service: `shop-${name}`,
  found: baselineOf(name),
  baseline: { taskDefinition: baselineOf(name), restoreTo: baselineOf(name) },
  taskDefinition: nextOf(name),
  desired: 1,
});

/** As if services (all of them by default) had never been deployed before. */
export const withoutBaselines = (
  prepared: PreparedRollout,
  ...names: readonly string[]
): PreparedRollout => ({
  ...prepared,
  targets: prepared.targets.map((target) =>
    names.length === 0 || names.includes(target.name)
      ? { ...target, baseline: { taskDefinition: null, restoreTo: null, whyNone: 'it never ran' } }
      : target,
  ),
});

const recordedImages = ({ images }: Plan): readonly ImageDigest[] =>
  images.map(({ name, architecture, repositoryUri }) => ({
    image: name,
    architecture,
    repositoryUri,
    digest: digestOf(name),
  }));

const goodActivities: AllActivities = {
  ...openEnvironment,
  async readSource(request) {
    return { spec: planFor(request), ancestors: [], rules: { policy: 'supersede', freezes: [] } };
  },
  async recallRelease({ environment }) {
    const spec = planFor({ environment, sha: SHA });
    return { number: 1, spec: { ...spec, checks: [] }, images: recordedImages(spec) };
  },
  async recallServices() {
    return {
      cluster: 'shop',
      services: [{ name: 'api', service: 'shop-api', taskDefinition: nextOf('api') }],
    };
  },
  async recallGoodReleases() {
    return [];
  },
  async recallReferences({ app = 'shop', environment, keep = 5 }) {
    const turn = { app, environment, fence: 7 };
    const scope = {
      turn,
      cluster: 'shop',
      services: [{ name: 'api', service: 'shop-api' }],
      families: ['api'],
    };
    return {
      app,
      environment,
      keep,
      holder: null,
      scope,
      needed: [{ taskDefinition: nextOf('api'), why: 'release 1' }],
    };
  },
  async recallVerification({ environment }) {
    return { kind: 'verified', promotion: { environment, number: 12, images: [] } };
  },
  async compareCommits() {
    return 'newer';
  },
  async runCheck(input) {
    return { logKey: `check/${input.check.name}`, setupMs: 1, setupCached: true, runMs: 1 };
  },
  async buildImage(input) {
    return {
      kind: 'built',
      pushQueue: ENGINE_QUEUE,
      localReference: input.image.name,
      logKey: `build/${input.image.name}`,
      emulated: false,
    };
  },
  async pushImage(input) {
    return { digest: digestOf(input.image.name), logKey: `push/${input.image.name}` };
  },
  async copyImage() {
    return { uploaded: 3 };
  },
  async inspect({ spec }) {
    return planFor({ environment: spec.environment, sha: spec.commit.sha });
  },
  async preview({ spec }) {
    const { images, services, waves, warnings } = planFor({
      environment: spec.environment,
      sha: spec.commit.sha,
    });
    return {
      obstacle: null,
      inPlace: null,
      images: images.map(({ name, architecture, repositoryUri }) => ({
        name,
        architecture,
        repositoryUri,
        source: 'build' as const,
        digest: null,
      })),
      services: services.map(({ name, service: ecsService, health }) => ({
        name,
        service: ecsService,
        wave: 1 + waves.findIndex((names) => names.includes(name)),
        live: `${name}:1`,
        base: 'live' as const,
        changes: [`container ${name}: image registry/shop/${name}:old → registry/shop/${name}:new`],
        note: null,
        window: { desired: 2, minimumHealthyPercent: 100, maximumPercent: 200 },
        breaker: true,
        health: health?.url ?? null,
        rollback: { to: `${name}:1`, problems: [], notes: [], unchecked: [] },
        drift: null,
      })),
      moreServices: 0,
      moreImages: 0,
      warnings,
    };
  },
  async prepareRollout(input) {
    return {
      targets: input.plan.services.map((planned) => targetOf(planned.name)),
      latest: input.images.map(({ image: name, repositoryUri }) => ({
        image: name,
        repositoryUri,
        digest: digestOf(`old ${name}`),
        next: digestOf(name),
      })),
    };
  },
  async takeTurn() {
    return [];
  },
  async openRelease() {},
  async closeRelease() {},
  async runMigration() {
    return { taskArn: 'arn:task/migration', exitCode: 0, ran: true, failure: null };
  },
  async updateServices(input) {
    const rollouts = input.updates.map(({ name, service: ecsService, taskDefinition }) => ({
      name,
      service: ecsService,
      taskDefinition,
      deploymentId: `ecs-svc/${name}`,
      started: true,
      startedAtMs: 0,
    }));
    return { rollouts, problems: [], untouched: false };
  },
  async watchBake() {
    return { breaches: [], watched: ['alarm errors: OK in 3 looks'] };
  },
  async waitUntilStable() {
    return { failures: [] };
  },
  async checkHealth() {
    return { failures: [] };
  },
  async moveLatest() {},
  async compareServices({ services }) {
    return {
      services: services.map((recorded) => ({
        ...recorded,
        state: 'as-recorded' as const,
        live: recorded.taskDefinition,
        now: `1 task of ${recorded.name}:2 serves`,
        empty: false,
        differences: [],
      })),
    };
  },
  async tagKept() {},
  async deregisterUnused() {
    return { deregistered: ['api:1'], kept: [{ why: 'release 1', revisions: ['api:2'] }], stopped: null };
  },
  async describeServing({ services }) {
    return { services: services.map((name) => ({ service: name, now: `1 task of ${name}:2 serves` })) };
  },
};

/** What a call is about, for the record. */
const ABOUT: { readonly [Name in ActivityName]: (input: Parameters<AllActivities[Name]>[0]) => string } = {
  readSource: (input) => input.environment,
  recallRelease: ({ to }) => String(to ?? 'last'),
  recallServices: ({ number }) => String(number),
  recallGoodReleases: ({ count }) => String(count),
  recallReferences: (input) => input.environment,
  recallVerification: (input) => input.environment,
  compareCommits: (input) => input.serving,
  tellEnvironment: ({ arrival }) => (arrival.ready ? 'ready' : 'join'),
  recallEnvironment: (input) => input.environment,
  awaitRelease: (input) => input.releaseId,
  keepEntry: ({ entry }) => entry.verdict,
  keepFreeze: ({ freeze }) => freeze?.reason ?? '',
  readLedger: ({ kind }) => kind,
  foreseeTurn: (input) => input.environment,
  takeTurn: (input) => input.environment,
  openRelease: (mark) => mark.waves.flatMap(({ targets }) => targets.map(({ name }) => name)).join(','),
  closeRelease: (input) => input.report.verdict,
  runMigration: (input) => input.migration.command.join(' '),
  watchBake: (input) => input.services.map(({ name }) => name).join(','),
  runCheck: (input) => input.check.name,
  buildImage: (input) => input.image.name,
  pushImage: (input) => input.image.name,
  copyImage: ({ image: name, from, to }) => `${name} ${from} → ${to}`,
  inspect: ({ spec }) => spec.environment,
  preview: ({ spec }) => spec.environment,
  prepareRollout: (input) => input.images.map((built) => built.image).join(','),
  updateServices: (input) =>
    input.updates.map((update) => `${update.name}=${update.taskDefinition.split('/')[1]}`).join(','),
  waitUntilStable: (input) =>
    input.rollouts.map((rollout) => `${rollout.name}=${rollout.taskDefinition.split('/')[1]}`).join(','),
  checkHealth: (input) => input.targets.map((target) => `${target.name}@${target.commit ?? 'any'}`).join(','),
  moveLatest: (input) =>
    input.images
      .map(({ image: name, digest }) => (digest === digestOf(name) ? name : `${name} back`))
      .join(','),
  compareServices: (input) => input.services.map(({ name }) => name).join(','),
  tagKept: (input) => input.images.map(({ image: name, digests }) => `${name}:${digests.length}`).join(','),
  deregisterUnused: (input) => `${input.turn.fence}${input.dryRun ? ' dry' : ''}`,
  describeServing: (input) => input.services.join(','),
};

/** Runs until the release cancels it, as a wait on a slow rollout does. */
export const untilCancelled = async (): Promise<never> => {
  const beat = setInterval(() => Context.current().heartbeat(), 50);
  try {
    return await (Context.current().cancelled as Promise<never>);
  } finally {
    clearInterval(beat);
  }
};

export class FakePools {
  readonly calls: RecordedCall[] = [];
  readonly #overrides = new Map<ActivityName, (input: never, call: number) => Promise<unknown>>();
  readonly #counts = new Map<ActivityName, number>();

  /** Replaces an activity; `call` counts from 1. `good` runs the default. */
  on<Name extends ActivityName>(
    name: Name,
    behave: (
      input: Parameters<AllActivities[Name]>[0],
      call: number,
      good: () => ReturnType<AllActivities[Name]>,
    ) => ReturnType<AllActivities[Name]>,
  ): this {
    const good = goodActivities[name] as (input: unknown) => ReturnType<AllActivities[Name]>;
    this.#overrides.set(name, (input, call) => behave(input, call, () => good(input)));
    return this;
  }

  /** The plan, with what an environment may ask for beyond the default. */
  plan(more: Partial<Plan>): this {
    return this.on('inspect', async (_input, _call, good) => ({ ...(await good()), ...more }));
  }

  /** The calls of some activities as `name about`, in order. */
  record(...names: readonly ActivityName[]): readonly string[] {
    return this.calls
      .filter((call) => names.length === 0 || names.includes(call.name))
      .map((call) => `${call.name} ${call.about}`);
  }

  activities(): AllActivities {
    const names = Object.keys(goodActivities) as ActivityName[];
    return Object.fromEntries(
      names.map((name) => [name, (input: never) => this.#call(name, input)]),
    ) as unknown as AllActivities;
  }

  async #call(name: ActivityName, input: never): Promise<unknown> {
    const call = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, call);
    this.calls.push({ name, about: ABOUT[name](input) });
    const override = this.#overrides.get(name);
    return override
      ? override(input, call)
      : (goodActivities[name] as (given: never) => Promise<unknown>)(input);
  }
}
