import { describe, expect, it } from '@jest/globals';
import { parseConfiguration } from '../../src/config/parse-configuration.ts';
import { specFor } from '../../src/config/spec-for.ts';
import type { ReleaseSpec } from '../../src/release/plan.ts';

const commit = { sha: 'c'.repeat(40), subject: 'Add a thing', author: 'Ada' };
const source = { hash: 'a'.repeat(64), bytes: 10 };

function spec(text: string, environment: string, files: Record<string, string> = {}): Promise<ReleaseSpec> {
  return specFor(parseConfiguration(text), environment, {
    commit,
    source,
    readFile: async (path) => files[path],
    putText: async (body) => `hash of ${body.length}`,
  });
}

const FULL = `app: shop
checks:
  lint:
    run: black --check .
  unit:
    directory: api/
    setup:
      run: npm ci
      cache: { key: [package-lock.json], paths: [node_modules] }
    run: [npm, test]
    needs: [lint]
    env: { A: b }
    timeout: 2m
images:
  api: { context: api, target: run, args: { X: y }, architecture: arm64, repository: old/api, timeout: 1h }
  web: {}
  job: { architecture: amd64 }
services:
  api:
    service: shop-api
    containers: { main: api, side: web }
    taskDefinition: infra/api.json
    health: { path: /health, commit: build.commit, successes: 2, interval: 1s }
  web: {}
environments:
  production:
    cluster: main
    waves: [[web], [api]]
    timing: { poll: 1s }
  staging:
    cluster: stage
    services: [web]
`;

const body = JSON.stringify({ family: 'api', containerDefinitions: [{ name: 'main' }, { name: 'side' }] });

describe('specFor', () => {
  it.each([
    ['', { releases: 5, tag: false }],
    [', keep: { releases: 2, tag: true }', { releases: 2, tag: true }],
    [', keep: {}', { releases: 5, tag: false }],
  ])('says what is kept for rollbacks (%j)', async (section, expected) => {
    const text = `app: a\nimages: { web: }\nservices: { web: }\nenvironments: { e: { cluster: c${section} } }\n`;
    expect((await spec(text, 'e')).keep).toEqual(expected);
  });

  it('says all that a release follows', async () => {
    const { services, images, checks, ...rest } = await spec(FULL, 'production', { 'infra/api.json': body });
    expect(rest).toEqual({
      app: 'shop',
      environment: 'production',
      cluster: 'main',
      commit,
      source,
      waves: [['web'], ['api']],
      timing: {
        stabilityTimeoutMs: 900_000,
        stallTimeoutMs: 300_000,
        capacityTimeoutMs: 600_000,
        pollIntervalMs: 1000,
      },
      keep: { releases: 5, tag: false },
    });
    expect(checks).toEqual([
      { name: 'lint', directory: '.', needs: [], run: 'black --check .', env: {}, timeoutMs: 900_000 },
      {
        name: 'unit',
        directory: 'api',
        needs: ['lint'],
        setup: { run: 'npm ci', cacheKey: ['package-lock.json'], cachePaths: ['node_modules'] },
        run: ['npm', 'test'],
        env: { A: 'b' },
        timeoutMs: 120_000,
      },
    ]);
    expect(images).toEqual([
      {
        name: 'api',
        context: 'api',
        dockerfile: 'Dockerfile',
        target: 'run',
        args: { X: 'y' },
        commitArg: 'COMMIT_SHA',
        architecture: 'arm64',
        repository: 'old/api',
        provenance: false,
        timeoutMs: 3_600_000,
      },
      {
        name: 'web',
        context: '.',
        dockerfile: 'Dockerfile',
        args: {},
        commitArg: 'COMMIT_SHA',
        repository: 'shop/web',
        provenance: false,
        timeoutMs: 1_800_000,
      },
      expect.objectContaining({ name: 'job', repository: 'shop/job' }),
    ]);
    expect(services).toEqual([
      {
        name: 'api',
        service: 'shop-api',
        containers: { main: 'api', side: 'web' },
        taskDefinitionBody: `hash of ${body.length}`,
        health: {
          path: '/health',
          commitField: 'build.commit',
          successes: 2,
          failures: 3,
          intervalMs: 1000,
          requestTimeoutMs: 5000,
          timeoutMs: 120_000,
        },
      },
      { name: 'web', service: 'web', containers: {}, image: 'web' },
    ]);
  });

  it('asks for a migration and a bake time only where the environment does', async () => {
    const around = (section: string) =>
      spec(
        `app: a\nimages: { web: }\nservices: { web: }\nenvironments:\n  production:\n    cluster: main\n${section}`,
        'production',
      );
    const { migration, bake } = await around('');
    expect({ migration, bake }).toEqual({});
    const short = await around(
      '    migration: { service: web, command: [up] }\n    bake: { duration: 1m, logs: [{ service: web, pattern: x }] }\n',
    );
    expect(short.migration).toEqual({
      service: 'web',
      command: ['up'],
      reversible: true,
      timeoutMs: 900_000,
    });
    expect(short.bake).toEqual({
      durationMs: 60_000,
      alarms: [],
      logs: [{ service: 'web', pattern: 'x', maximumPerMinute: 0 }],
    });
    const long = await around(
      '    migration: { service: web, container: c, command: [a, b], reversible: false, timeout: 1m }\n' +
        '    bake: { duration: 1m, alarms: [a], logs: [{ service: web, container: c, pattern: x, perMinute: 5 }] }\n',
    );
    expect(long.migration).toEqual({
      service: 'web',
      container: 'c',
      command: ['a', 'b'],
      reversible: false,
      timeoutMs: 60_000,
    });
    expect(long.bake).toEqual({
      durationMs: 60_000,
      alarms: ['a'],
      logs: [{ service: 'web', container: 'c', pattern: 'x', maximumPerMinute: 5 }],
    });
  });

  it('takes only the services of the environment, in one wave, and the images they need', async () => {
    const staging = await spec(FULL, 'staging');
    expect(staging.services.map(({ name }) => name)).toEqual(['web']);
    expect(staging.waves).toEqual([['web']]);
    expect(staging.images.map(({ name }) => name)).toEqual(['web', 'job']);
  });

  it.each(['prod', 'constructor'])('refuses the environment %j by the names that there are', async (name) => {
    await expect(spec(FULL, name)).rejects.toThrow(
      `slipway.yaml:25 environments: there is no environment "${name}"; there is production, staging`,
    );
  });

  it.each<[string, string | undefined, string]>([
    ['is missing', undefined, 'is not a file of this commit'],
    ['is no JSON', '{', 'is not JSON: '],
    ['is a list', '[]', 'is not a JSON object'],
    [
      'is what DescribeTaskDefinition answers',
      `{"taskDefinition":${body}}`,
      'has "taskDefinition" around it',
    ],
    ['has no family', '{"containerDefinitions":[]}', 'has no "family"'],
    ['has no containers', '{"family":"x"}', 'has no list "containerDefinitions"'],
    ['has other containers', body.replace('side', 'other'), 'has no container "side"; it has main, other'],
    ['is too long', ' '.repeat(70_000), 'is longer than the 64 KiB'],
  ])('refuses a task definition file that %s', async (_what, text, expected) => {
    await expect(
      spec(FULL, 'production', text === undefined ? {} : { 'infra/api.json': text }),
    ).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringContaining(
        `slipway.yaml:22 services.api.taskDefinition: infra/api.json ${expected}`,
      ),
    });
  });

  it('asks which container is meant where the image could be that of several', async () => {
    const text = FULL.replace('containers: { main: api, side: web }', 'image: api');
    await expect(spec(text, 'production', { 'infra/api.json': body })).rejects.toThrow(
      'has 2 containers: say under "containers" which of them runs which image',
    );
  });
});
