/** Which Dockerfile makes the image of which service: what is certain, what is guessed, and what is asked. */
import { describe, expect, it } from '@jest/globals';
import type { CloudContainer, CloudService } from '../../../src/cli/init/cloud.ts';
import type { Dockerfile } from '../../../src/cli/init/dockerfiles.ts';
import { matchServices } from '../../../src/cli/init/match-services.ts';
import type { MatchInput } from '../../../src/cli/init/pair-dockerfiles.ts';

const dockerfile = (path: string, name: string): Dockerfile => ({
  path,
  name,
  context: path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.',
  file: path.split('/').at(-1) ?? '',
  guess: undefined,
});

const own = (name: string, repository: string): CloudContainer => ({
  name,
  image: `reg.test/${repository}:1`,
  repository,
});
const foreign = (name: string, image: string): CloudContainer => ({ name, image, repository: undefined });

const service = (
  name: string,
  containers: readonly CloudContainer[],
  more: Partial<CloudService> = {},
): CloudService => ({
  name,
  taskDefinition: `${name}:1`,
  containers,
  architecture: undefined,
  launchType: 'FARGATE',
  health: undefined,
  hasBreaker: true,
  ...more,
});

const match = (
  dockerfiles: readonly Dockerfile[],
  services: readonly CloudService[],
  more: { repositories?: readonly string[] | undefined; pairs?: MatchInput['pairs']; app?: string } = {},
) => {
  const repositories =
    'repositories' in more
      ? more.repositories
      : services.flatMap(({ containers }) => containers.flatMap(({ repository }) => repository ?? []));
  return matchServices({
    app: more.app ?? 'shop',
    dockerfiles,
    cloud: { cluster: 'main', services, repositories },
    pairs: more.pairs ?? {},
  });
};

const API = dockerfile('api/Dockerfile', 'api');
const WEB = dockerfile('web/Dockerfile', 'web');
const ROOT = dockerfile('Dockerfile', 'shop');

/** `image ← repository` and `service: image`. */
const told = ({ images, services }: ReturnType<typeof match>) => ({
  images: images.map(
    ({ name, repository, guess }) => `${name} ← ${repository}${guess === undefined ? '' : ` (${guess})`}`,
  ),
  services: services.map(
    ({ name, runs }) => `${name}: ${typeof runs === 'string' ? runs : JSON.stringify(runs)}`,
  ),
});

describe('certain', () => {
  it.each([
    ['app/name', 'shop/api'],
    ['app-name', 'shop-api'],
    ['app_name', 'shop_api'],
    ['the name alone', 'api'],
    ['the last part', 'team/api'],
  ])('by the name of the repository: %s', (_case, repository) => {
    const found = told(match([API, WEB], [service('backend', [own('main', repository)])]));
    expect(found).toEqual({ images: [`api ← ${repository}`], services: ['backend: api'] });
  });

  it('one image of several services, and a service of several containers, of which one is somebody else’s', () => {
    const found = match(
      [API, WEB],
      [
        service('api', [
          own('app', 'shop/api'),
          own('proxy', 'shop/web'),
          foreign('agent', 'datadog/agent:7'),
        ]),
        service('worker', [own('app', 'shop/api')]),
      ],
    );
    expect(told(found)).toEqual({
      images: ['api ← shop/api', 'web ← shop/web'],
      services: ['api: {"app":"api","proxy":"web"}', 'worker: api'],
    });
    expect(found.missingRepositories).toEqual([]);
  });

  it('the app’s own repository wins over another one that ends alike', () => {
    expect(
      told(match([API], [service('a', [own('x', 'shop/api')]), service('b', [own('x', 'blog/api')])])).images,
    ).toEqual(['api ← shop/api']);
  });

  it('as a person says', () => {
    const found = match([API, WEB], [service('a', [own('x', 'one')]), service('b', [own('x', 'web')])], {
      pairs: { 'api/Dockerfile': 'web' },
    });
    expect(told(found)).toEqual({ images: ['api ← web'], services: ['b: api'] });
  });
});

describe('guessed, and said to be', () => {
  it('by the name of the service, where its image is a stand-in', () => {
    const found = match([API], [service('shop-api', [foreign('c', 'nginx')])], {
      repositories: ['shop/api', 'other'],
    });
    expect(told(found)).toEqual({
      images: [
        'api ← shop/api (by the name of its service; the repository: its service runs an image from elsewhere now)',
      ],
      services: ['shop-api: api'],
    });
  });

  it('a repository that there is not has to be made', () => {
    expect(
      match([API], [service('api', [foreign('c', 'nginx')])], { repositories: [] }).missingRepositories,
    ).toEqual(['shop/api']);
    expect(
      match([API], [service('api', [foreign('c', 'nginx')])], { repositories: undefined })
        .missingRepositories,
    ).toEqual([]);
  });

  it('by the name of the container', () => {
    expect(told(match([API, WEB], [service('s1', [own('api', 'r1')])])).images).toEqual([
      'api ← r1 (by the name of its container)',
    ]);
  });

  it('the only Dockerfile and the only image', () => {
    expect(told(match([ROOT], [service('x', [own('y', 'z'), foreign('agent', 'q')])])).images).toEqual([
      'shop ← z (the only Dockerfile here, the only such image there)',
    ]);
  });
});

describe('asked, as a wrong answer would deploy the wrong thing', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'two repositories for one Dockerfile',
      () => match([API], [service('a', [own('x', 'one/api')]), service('b', [own('x', 'two/api')])]),
      /api\/Dockerfile may make the image of one\/api, two\/api/,
    ],
    [
      'two Dockerfiles for one image',
      () =>
        match(
          [API, { ...WEB, name: 'worker' }],
          [service('api', [own('worker', 'r'), own('api', 'r')])].map((each) => ({ ...each, name: 's' })),
        ),
      /the image of r may come from/,
    ],
    [
      'nothing fits',
      () => match([API, WEB], [service('x', [own('y', 'z')])]),
      /no service of cluster main seems to run an image of api\/Dockerfile, web\/Dockerfile/,
    ],
    [
      'two images, one Dockerfile of another name',
      () => match([ROOT], [service('a', [own('x', 'r1')]), service('b', [own('x', 'r2')])]),
      /no service of cluster main/,
    ],
    [
      'a pair with a Dockerfile that is not there',
      () => match([API], [service('a', [own('x', 'r')])], { pairs: { 'apo/Dockerfile': 'r' } }),
      /--image names apo\/Dockerfile, which is no Dockerfile here/,
    ],
    [
      'a pair with a repository that nobody runs',
      () => match([API], [service('a', [own('x', 'r')])], { pairs: { 'api/Dockerfile': 'q' } }),
      /--image names q, which no service of main runs/,
    ],
  ])('%s', (_case, ask, says) => {
    expect(ask).toThrow(says);
    expect(ask).toThrow(
      expect.objectContaining({
        type: 'ConfigurationError',
        advice: expect.stringMatching(/--image|There is|They run/),
      }),
    );
  });

  it('with an example that a shell takes as it is', () => {
    const hostile = dockerfile("a'; reboot/Dockerfile", 'a-reboot');
    const ask = () => match([hostile], [service('a', [own('x', 'r1')]), service('b', [own('x', 'r2')])]);
    expect(ask).toThrow(
      expect.objectContaining({ advice: expect.stringContaining("'a'\\''; reboot/Dockerfile=r1'") }),
    );
  });
});

it('says what is left out, and what would go wrong later', () => {
  const { notes, services } = match(
    [API, WEB],
    [
      service('api', [own('x', 'shop/api')], {
        hasBreaker: false,
        health: { kind: 'behind-a-rule', path: '/up' },
        architecture: 'arm64',
      }),
      service('billing', [own('x', 'bill')]),
    ],
  );
  expect(notes).toEqual([
    'service api has no circuit breaker: ECS would try a broken version for ever (slipway doctor)',
    'service api is reached by a rule of its load balancer: for a health check, give it health: { url: "https://…/up" }',
    'web/Dockerfile is left out: no service of main seems to run it',
    'services of main that no Dockerfile here seems to make: billing',
    'where a Dockerfile does make one of those, run it again and say so: --force --image web/Dockerfile=bill',
  ]);
  expect(services[0]).toMatchObject({ healthPath: undefined, facts: 'arm64, FARGATE; now on api:1' });
});

it('says nothing of pairs where what is left runs no image of this account', () => {
  const { notes } = match(
    [API, WEB],
    [service('api', [own('x', 'shop/api')]), service('db', [foreign('x', 'pg:16')])],
  );
  expect(notes.join('\n')).toContain('web/Dockerfile is left out');
  expect(notes.join('\n')).not.toContain('--image');
});
