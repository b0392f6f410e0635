import { describe, expect, it } from '@jest/globals';
import type { Standing } from '../../../src/release/environment/drift.ts';
import { joinPlan } from '../../../src/release/joining/join-plan.ts';
import type { LiveFacts, LiveRepository, LiveService } from '../../../src/release/joining/live-facts.ts';
import type { HealthSpec, ImageSpec, ReleaseSpec, ServiceSpec } from '../../../src/release/plan.ts';
import { timing } from '../views.ts';

const image = (name: string, more: Partial<ImageSpec> = {}): ImageSpec => ({
  name,
  context: name,
  dockerfile: 'Dockerfile',
  args: {},
  commitArg: 'COMMIT',
  repository: `shop/${name}`,
  provenance: false,
  timeoutMs: 60_000,
  ...more,
});
const wanted = (name: string, more: Partial<ServiceSpec> = {}): ServiceSpec => ({
  name,
  service: name,
  containers: {},
  image: name,
  ...more,
});
const live = (service: string, more: Partial<LiveService> = {}): LiveService => ({
  service,
  arn: `arn:aws:ecs:eu-west-1:123456789012:service/shop/${service}`,
  status: 'ACTIVE',
  controller: 'ECS',
  strategy: 'ROLLING',
  desired: 2,
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  circuitBreaker: true,
  containers: [{ name: 'app', essential: true, findsItsLogs: true }],
  architecture: 'arm64',
  baseUrl: null,
  missingSecrets: [],
  missingImages: [],
  unknownSecrets: [],
  rollback: { taskDefinition: 'arn:before', problems: [], notes: [], unchecked: [] },
  ...more,
});
const repository = (name: string, more: Partial<LiveRepository> = {}): LiveRepository => ({
  repository: `shop/${name}`,
  uri: `registry.test/shop/${name}`,
  movesLatest: true,
  movesKeepTags: true,
  ...more,
});
const specOf = (services: readonly ServiceSpec[], images: readonly ImageSpec[]): ReleaseSpec => ({
  app: 'shop',
  environment: 'production',
  cluster: 'shop',
  commit: { sha: 'c'.repeat(40), subject: 'a change', author: 'Ada' },
  source: { hash: 'f'.repeat(64), bytes: 1 },
  checks: [],
  images,
  services,
  waves: [services.map((service) => service.name)],
  timing,
});
const HEALTH: HealthSpec = {
  successes: 3,
  failures: 3,
  intervalMs: 1_000,
  requestTimeoutMs: 1_000,
  timeoutMs: 10_000,
};

interface Situation {
  readonly service?: Partial<ServiceSpec>;
  readonly image?: Partial<ImageSpec>;
  readonly live?: Partial<LiveService> | null;
  readonly repository?: Partial<LiveRepository> | null;
  readonly standing?: Standing;
  readonly spec?: Partial<ReleaseSpec>;
}

const join = (situation: Situation) => {
  const facts: LiveFacts = {
    services: situation.live === null ? [] : [live('api', situation.live)],
    repositories: situation.repository === null ? [] : [repository('api', situation.repository)],
    alarms: [],
    standing: situation.standing ?? null,
  };
  const spec = specOf([wanted('api', situation.service)], [image('api', situation.image)]);
  return joinPlan({ ...spec, ...situation.spec }, facts);
};

it('joins spec and facts into a plan that names everything by what it is', () => {
  const { plan } = join({});
  expect(plan).toMatchObject({
    app: 'shop',
    waves: [['api']],
    warnings: [],
    images: [
      { name: 'api', architecture: 'arm64', repositoryUri: 'registry.test/shop/api', movesLatest: true },
    ],
    services: [
      { name: 'api', serviceArn: live('api').arn, containers: { app: 'api' }, architecture: 'arm64' },
    ],
  });
  expect(plan?.services[0]).not.toHaveProperty('declared');
});

describe('refuses as unsafe', () => {
  it.each<[string, Situation, RegExp]>([
    ['CodeDeploy', { live: { controller: 'CODE_DEPLOY' } }, /CODE_DEPLOY deployment controller/],
    ['an external controller', { live: { controller: 'EXTERNAL' } }, /EXTERNAL deployment controller/],
    ['blue/green deployments', { live: { strategy: 'BLUE_GREEN' } }, /BLUE_GREEN deployment strategy/],
    ['canary deployments', { live: { strategy: 'CANARY' } }, /CANARY deployment strategy/],
    [
      'a service that leaves no room to start or stop a task',
      { live: { desired: 1, minimumHealthyPercent: 100, maximumPercent: 100 } },
      /can never be updated: with 1 tasks, minimumHealthyPercent 100 and maximumPercent 100/,
    ],
    [
      'an image built for another architecture',
      { image: { architecture: 'amd64' } },
      /built for amd64, but the task definition of api asks for arm64/,
    ],
  ])('%s', (_what, situation, text) => {
    expect(join(situation).problems).toEqual([{ kind: 'unsafe', text: expect.stringMatching(text) }]);
  });
});

describe('finds wrong configuration', () => {
  const two = [
    { name: 'one', essential: true, findsItsLogs: true },
    { name: 'two', essential: true, findsItsLogs: true },
  ];
  it.each<[string, Situation, RegExp]>([
    [
      'a service that does not exist',
      { live: null },
      /service api does not exist in cluster shop: create it first/,
    ],
    [
      'a secret that is not there',
      { live: { missingSecrets: ['container app needs /app/password: there is none'] } },
      /service api: its new tasks could not start: container app needs \/app\/password: there is none/,
    ],
    ['a service that was deleted', { live: { status: 'INACTIVE' } }, /service api is INACTIVE/],
    ['a repository that does not exist', { repository: null }, /no repository shop\/api; create it first/],
    [
      'a container that does not exist',
      { service: { containers: { web: 'api' } } },
      /no container named web; it has app/,
    ],
    [
      'several containers and no word on which',
      { live: { containers: two } },
      /several containers \(one, two\): say which/,
    ],
    [
      'a health path without a load balancer',
      { service: { health: { ...HEALTH, path: '/up' } } },
      /health.path needs a load balancer/,
    ],
  ])('%s', (_what, situation, text) => {
    const { plan, problems } = join(situation);
    expect(plan).toBeNull();
    expect(problems).toContainEqual({ kind: 'configuration', text: expect.stringMatching(text) });
  });

  it('tells all problems at once', () => {
    expect(join({ live: null, repository: null }).problems).toHaveLength(2);
  });

  it('an image that services of two architectures run', () => {
    const spec = specOf([wanted('api'), wanted('job', { image: 'api' })], [image('api')]);
    const facts = {
      services: [live('api'), live('job', { architecture: 'amd64' })],
      repositories: [repository('api')],
      alarms: [],
      standing: null,
    };
    expect(joinPlan(spec, facts).problems).toEqual([
      { kind: 'configuration', text: expect.stringMatching(/different architectures: make it two images/) },
    ]);
  });
});

describe('warns of', () => {
  it.each<[string, Situation, RegExp]>([
    ['a missing circuit breaker', { live: { circuitBreaker: false } }, /no deployment circuit breaker/],
    ['a service scaled to zero', { live: { desired: 0 } }, /scaled to zero/],
    ['immutable tags', { repository: { movesLatest: false } }, /immutable tags/],
  ])('%s', (_what, situation, text) => {
    expect(join(situation).plan?.warnings).toEqual([expect.stringMatching(text)]);
  });
});

describe('finds the container that runs the image', () => {
  const named = (...names: string[]) => ({
    live: { containers: names.map((name) => ({ name, essential: true, findsItsLogs: true })) },
  });
  it.each<[string, Situation, Record<string, string>]>([
    ['the only one, whatever its name', named('main'), { main: 'api' }],
    [
      'the one named like the image',
      { ...named('proxy', 'backend'), service: { image: 'backend' } },
      { backend: 'backend' },
    ],
    [
      'the one named like the service',
      { ...named('proxy', 'api'), service: { image: 'backend' } },
      { api: 'backend' },
    ],
    [
      'those that the configuration names',
      { ...named('proxy', 'x'), service: { containers: { x: 'api' } } },
      { x: 'api' },
    ],
  ])('%s', (_what, situation, containers) => {
    expect(join(situation).plan?.services[0]?.containers).toEqual(containers);
  });
});

describe('settles the architecture', () => {
  it.each<[string, Situation, string, string]>([
    ['the task definition decides for both', {}, 'arm64', 'arm64'],
    [
      'without a word in the task definition the image decides',
      { live: { architecture: null }, image: { architecture: 'arm64' } },
      'arm64',
      'arm64',
    ],
    ['without a word anywhere it is amd64', { live: { architecture: null } }, 'amd64', 'amd64'],
    ['both may say the same', { image: { architecture: 'arm64' } }, 'arm64', 'arm64'],
  ])('%s', (_what, situation, ofImage, ofService) => {
    const { plan } = join(situation);
    expect([plan?.images[0]?.architecture, plan?.services[0]?.architecture]).toEqual([ofImage, ofService]);
  });
});

describe('resolves the health check', () => {
  it.each<[string, Partial<HealthSpec>, string]>([
    ['a path, through the load balancer', { path: '/up?x=1' }, 'http://lb.test:81/up?x=1'],
    ['an absolute URL, as it is', { url: 'https://shop.test/up' }, 'https://shop.test/up'],
    ['neither: the root, through the load balancer', {}, 'http://lb.test:81/'],
  ])('%s', (_what, health, url) => {
    const { plan } = join({
      service: { health: { ...HEALTH, ...health } },
      live: { baseUrl: 'http://lb.test:81' },
    });
    expect(plan?.services[0]?.health).toEqual({ ...HEALTH, url });
  });
});

describe('the way back', () => {
  const rollback = {
    taskDefinition: 'arn:before',
    problems: ['the image is gone', 'so is the secret'],
    notes: [],
    unchecked: [],
  };

  it('is in the plan, and a release that could not be undone says so, but is not refused', () => {
    const { plan } = join({ live: { rollback } });
    expect(plan?.services[0]?.rollback).toEqual(rollback);
    expect(plan?.warnings).toEqual([
      'service api could not be rolled back: the image is gone; so is the secret',
    ]);
  });

  it('says what could not be looked up', () => {
    const { plan } = join({ live: { unknownSecrets: ['container app needs x: AccessDenied'] } });
    expect(plan?.warnings).toEqual([
      'service api: not known whether these are there: container app needs x: AccessDenied',
    ]);
  });

  it('tells what will be done for it', () => {
    const noted = { ...rollback, problems: [], notes: ['a copy of api:7'] };
    expect(join({ live: { rollback: noted } }).plan?.warnings).toEqual(['service api: a copy of api:7']);
  });

  it('has no warning for what merely lies elsewhere', () => {
    const elsewhere = {
      ...rollback,
      problems: [],
      unchecked: ['image envoy of container proxy: another registry'],
    };
    expect(join({ live: { rollback: elsewhere } }).plan?.warnings).toEqual([]);
  });
});

describe('a service that somebody else has changed since the last success', () => {
  const standing: Standing = {
    number: 12,
    sha: 'd'.repeat(40),
    services: [
      {
        name: 'api',
        service: 'api',
        taskDefinition: 'arn:x/api:15',
        state: 'changed',
        live: 'arn:x/api:17',
        now: '1 task of api:17 serves',
        empty: false,
        differences: ['container app: variable DEBUG is new'],
      },
    ],
  };

  it.each<[string, Partial<ServiceSpec>, string]>([
    ['its live task definition is the base', {}, 'its images are overwritten, the rest is kept as it is'],
    [
      'the repository brings one',
      { taskDefinitionBody: 'h' },
      'all of it is overwritten with what the repository says',
    ],
    [
      'an earlier release had one',
      { taskDefinition: 'arn:x/api:9' },
      'all of it is overwritten with what that release had',
    ],
  ])('is told before it is overwritten, where %s', (_what, service, then) => {
    const { plan } = join({ standing, service });
    expect(plan?.warnings).toContain(
      `api was changed by somebody else since release 12: it has api:17 instead of api:15 (container app: variable DEBUG is new); ${then}`,
    );
    expect(plan?.inPlace).toBeNull();
  });

  it.each(['as-recorded', 'unsettled', 'gone'] as const)('is not told of one that is %s', (state) => {
    const services = standing.services.map((service) => ({ ...service, state }));
    expect(join({ standing: { ...standing, services } }).plan?.warnings.join()).not.toContain(
      'somebody else',
    );
  });
});
describe('what another environment has verified', () => {
  const promoting = (architecture: 'arm64' | 'amd64') => ({
    promotion: {
      environment: 'staging',
      number: 12,
      images: [
        { image: 'api', architecture, repositoryUri: 'registry.test/shop/api', digest: 'sha256:verified' },
      ],
    },
  });

  it('goes into the plan', () => {
    const spec = promoting('arm64');
    expect(join({ spec }).plan).toMatchObject({ ...spec, images: [{ architecture: 'arm64' }], warnings: [] });
  });

  it('decides the architecture where nobody else does', () => {
    const { plan } = join({ spec: promoting('arm64'), live: { architecture: null } });
    expect(plan).toMatchObject({
      images: [{ architecture: 'arm64' }],
      services: [{ architecture: 'arm64' }],
    });
  });

  it.each<[string, Situation, string]>([
    [
      'for another architecture',
      { spec: promoting('amd64') },
      'image api runs on arm64 here, and release 12 of staging has verified it for amd64',
    ],
    [
      'and is gone since',
      { spec: promoting('arm64'), repository: { promotedIsGone: true } },
      'image api: registry.test/shop/api does not have sha256:verified any more, which release 12 of staging has ' +
        'verified: bring the commit there again',
    ],
  ])('is refused %s', (_what, situation, text) => {
    expect(join(situation).problems).toEqual([{ kind: 'unsafe', text }]);
  });
});

it('begins its warnings with what was noticed when the spec was read', () => {
  const { plan } = join({ spec: { warnings: ['another cluster'] }, live: { circuitBreaker: false } });
  expect(plan?.warnings).toEqual([
    'another cluster',
    expect.stringContaining('no deployment circuit breaker'),
  ]);
});
