import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import {
  parseServeConfiguration,
  pullsEveryMs,
  reconcileEveryMs,
  type ServeConfiguration,
} from '../../src/server/configuration.ts';

const parse = (text: string): ServeConfiguration => parseServeConfiguration(text, 'serve.yaml');
const RULE = 'repository: 1, ref: refs/heads/main, app: hello, environment: production';

describe('serve.yaml', () => {
  it('needs little', () => {
    expect(parse(`deployments: [{ ${RULE} }]`)).toEqual({
      name: 'default',
      maximumAge: 3 * 24 * 3_600_000,
      deployments: [
        { repository: 1, ref: 'refs/heads/main', on: 'push', app: 'hello', environment: 'production' },
      ],
      pullRequests: [],
    });
    expect(parse('pullRequests: [{ repository: 1, app: hello }]')).toEqual({
      name: 'default',
      maximumAge: 3 * 24 * 3_600_000,
      deployments: [],
      pullRequests: [{ repository: 1, app: 'hello' }],
    });
  });

  it('takes several apps, each deployed from and checked in its own repository', () => {
    const { pullRequests } = parse(
      `deployments: [{ ${RULE} }]\npullRequests: [{ repository: 1, app: hello }, { repository: 2, app: other }]`,
    );
    expect(pullRequests.map(({ app }) => app)).toEqual(['hello', 'other']);
  });

  it('looks for missed pushes every five minutes, or as it says, and for nothing else', () => {
    const every = (more: string): number | null | undefined => {
      const [rule] = parse(`deployments: [{ ${RULE}, ${more} }]`).deployments;
      return rule && reconcileEveryMs(rule);
    };
    expect(every('on: push')).toBe(300_000);
    expect(every('reconcile: 90s')).toBe(90_000);
    expect(every('reconcile: false')).toBeNull();
    expect(every('on: workflow_run')).toBeNull();
    expect(every('on: deployment')).toBeNull();
  });

  it('looks for missed pull requests just so', () => {
    const every = (more: string): number | null => {
      const [pulls] = parse(`pullRequests: [{ repository: 1, app: hello${more} }]`).pullRequests;
      if (!pulls) throw new Error('none');
      return pullsEveryMs(pulls);
    };
    expect(every('')).toBe(300_000);
    expect(every(', reconcile: 10s')).toBe(10_000);
    expect(every(', reconcile: false')).toBeNull();
    expect(() => every(', reconcile: 1s')).toThrow(/pullRequests.0.reconcile/);
    expect(() => every(', reconcile: true')).toThrow(/an interval such as 5m, or false/);
  });

  it.each([['refs/heads/main'], ['refs/heads/release/2026.11'], ['refs/heads/a_b-c']])(
    'takes the branch %s',
    (ref) => {
      expect(parse(`deployments: [{ ${RULE.replace('refs/heads/main', ref)} }]`).deployments[0]?.ref).toBe(
        ref,
      );
    },
  );

  it.each([
    ['main'],
    ['refs/tags/v1'],
    ['refs/heads/'],
    ['refs/heads/-x'],
    ['refs/heads/a..b'],
    ['refs/heads/a//b'],
    ['refs/heads/a.lock'],
    ['"refs/heads/*"'],
    ['"refs/heads/a b"'],
  ])('refuses the branch %s', (ref) => {
    expect(() => parse(`deployments: [{ ${RULE.replace('refs/heads/main', ref)} }]`)).toThrow(
      /serve.yaml:1 deployments.0.ref: expected a branch in full, such as refs\/heads\/main/,
    );
  });

  it.each<[string, string, RegExp]>([
    ['no deployments', 'deployments: []', /serve.yaml:1 deployments: expected at least 1/],
    ['nothing at all', '', /expected a mapping of keys/],
    [
      'neither deployments nor pull requests',
      'name: main',
      /serve.yaml:1 deployments: is missing, and so is pullRequests/,
    ],
    ['no pull requests', 'pullRequests: []', /pullRequests: expected at least 1/],
    [
      'a repository of pull requests by its name',
      'pullRequests: [{ repository: you/hello, app: hello }]',
      /serve.yaml:1 pullRequests.0.repository: expected the number of the repository/,
    ],
    [
      'a branch of pull requests',
      'pullRequests: [{ repository: 1, app: hello, ref: refs/heads/main }]',
      /pullRequests.0.ref: unknown key/,
    ],
    [
      'two apps of one repository',
      'pullRequests:\n  - { repository: 1, app: hello }\n  - { repository: 1, app: other }',
      /serve.yaml:3 pullRequests.1.repository: 1 is there twice: one app is checked of each/,
    ],
    [
      'the pull requests of one app in two repositories',
      'pullRequests: [{ repository: 1, app: hello }, { repository: 2, app: hello }]',
      /pullRequests.1.app: hello is in another repository above/,
    ],
    [
      'an app that is deployed from another repository than the pull requests',
      `deployments: [{ ${RULE} }]\npullRequests: [{ repository: 2, app: hello }]`,
      /serve.yaml:2 pullRequests.0.app: hello is deployed from another repository/,
    ],
    [
      'a repository by its name',
      `deployments: [{ ${RULE.replace('1,', 'you/hello,')} }]`,
      /expected the number of the repository.*got "you\/hello"/,
    ],
    [
      'a misspelt key',
      `deployments: [{ ${RULE}, enviroment: x }]`,
      /unknown key; did you mean "environment"\?/,
    ],
    [
      'another event',
      `deployments: [{ ${RULE}, on: release }]`,
      /on: expected "push" or "workflow_run" or "deployment", got "release"/,
    ],
    [
      'a workflow by its path',
      `deployments: [{ ${RULE}, on: workflow_run, workflow: ../ci.yml }]`,
      /expected the file of the workflow/,
    ],
    [
      'a workflow of a push',
      `deployments: [{ ${RULE}, workflow: ci.yml }]`,
      /workflow: is for `on: workflow_run` only/,
    ],
    [
      'an environment at GitHub of a push',
      `deployments: [{ ${RULE}, githubEnvironment: x }]`,
      /is for `on: deployment` only/,
    ],
    [
      'a reconcile of what only GitHub knows',
      `deployments: [{ ${RULE}, on: workflow_run, reconcile: 5m }]`,
      /only GitHub knows whether the commit may be deployed/,
    ],
    [
      'a reconcile without a breath',
      `deployments: [{ ${RULE}, reconcile: 1s }]`,
      /reconcile: expected a duration of at least 10000 ms, got "1s"/,
    ],
    [
      'the same twice',
      `deployments: [{ ${RULE} }, { ${RULE} }]`,
      /deployments.1.environment: production of hello on push is there twice/,
    ],
    [
      'one environment from two branches',
      `deployments: [{ ${RULE} }, { ${RULE.replace('main', 'next')} }]`,
      /comes from another branch above/,
    ],
    [
      'one app in two repositories',
      `deployments: [{ ${RULE} }, { ${RULE.replace('1,', '2,').replace('production', 'staging')} }]`,
      /app hello is in another repository above/,
    ],
    ['no YAML', 'deployments: [', /serve.yaml:1 is not valid YAML/],
  ])('says where it is wrong: %s', (_what, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('names every problem at once, and the page that explains the keys', () => {
    const both = (): unknown => parse('name: X\ndeployments:\n  - { repository: x, app: hello }\n');
    expect(both).toThrow(
      /serve.yaml:1 name: .*\nserve.yaml:3 deployments.0.repository: .*\nserve.yaml:3 deployments.0.ref: is missing/,
    );
    expect(both).toThrow(expect.objectContaining({ advice: 'docs/webhook.md lists every key' }));
  });
});

it('the example is one', async () => {
  const { deployments, pullRequests } = parse(await readFile('example-workflows/serve.yaml', 'utf8'));
  expect(deployments.map(({ on }) => on)).toEqual(['push', 'workflow_run', 'deployment']);
  expect(pullRequests).toEqual([{ repository: 186853002, app: 'hello' }]);
});

it('every key is explained in docs/webhook.md', async () => {
  const page = await readFile('docs/webhook.md', 'utf8');
  const keys = [
    'name',
    'maximumAge',
    'deployments',
    'repository',
    'ref',
    'on',
    'workflow',
    'githubEnvironment',
    'app',
    'environment',
    'reconcile',
    'pullRequests',
  ];
  expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
});
