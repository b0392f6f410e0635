/** Commits of pull requests, out of a real repository that keeps them as GitHub does: under refs/pull/<number>/head. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCheckSource } from '../../src/activities/check-source.ts';
import type { ChecksReading, ReadChecksInput } from '../../src/activities/contracts/checks.ts';
import { openRepository } from '../../src/source/repository.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { createGitFixture, type GitFixture } from '../source/git-fixture.ts';
import { createMockEnvironment } from './mock-environment.ts';

const YAML = `app: shop
checks: { unit: { run: "true" }, lint: { run: "true", needs: [unit] } }
images: { web: {} }
services: { web: {} }
environments: { production: { cluster: main } }
`;

let root: string;
let origin: GitFixture;
let main: string;
let pull: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-checks-'));
  origin = createGitFixture(join(root, 'origin'));
  main = origin.commit('First', { 'slipway.yaml': YAML });
  pull = proposal('Proposal', { 'new.txt': 'x' });
});
afterEach(() => rm(root, { recursive: true }));

/** The next commit of pull request 7, which no branch leads to. */
function proposal(subject: string, files: Record<string, string>, from = main): string {
  origin.git('checkout', '--quiet', '--detach', from);
  const sha = origin.commit(subject, files);
  origin.git('update-ref', 'refs/pull/7/head', sha);
  origin.git('checkout', '--quiet', 'main');
  return sha;
}

const read = (input: ReadChecksInput, gitHub: Record<string, string> = {}): Promise<ChecksReading> => {
  const { readChecks } = createCheckSource({
    store: createFolderStore(join(root, 'store')),
    repositories: { shop: origin.folder },
    folder: join(root, 'git'),
    gitHubRepositories: gitHub,
  });
  return createMockEnvironment().environment.run(readChecks, input);
};

describe('the checks of a pull request', () => {
  it('are those of its last commit, which is stored', async () => {
    const reading = await read({ sha: pull, pullRequest: 7 });
    expect(reading).toMatchObject({
      kind: 'read',
      app: 'shop',
      commit: { sha: pull, subject: 'Proposal' },
      checks: [{ name: 'unit' }, { name: 'lint', needs: ['unit'] }],
    });
    expect(reading).not.toHaveProperty('github');
    expect((await readdir(join(root, 'store'), { recursive: true })).join()).toContain(
      reading.kind === 'read' ? reading.source.hash : 'nothing',
    );
  });

  it('are set up apart from those of releases, and those of a fork from all others', async () => {
    const workspaceOf = async (input: ReadChecksInput): Promise<unknown> => {
      const reading = await read(input);
      return reading.kind === 'read' ? reading.workspace : reading.kind;
    };
    expect(await workspaceOf({ sha: main })).toBe('shop');
    expect(await workspaceOf({ sha: pull, pullRequest: 7 })).toBe('shop@fork-7');
    origin.git('branch', 'proposal', pull);
    expect(await workspaceOf({ sha: pull, pullRequest: 7 })).toBe('shop@pull-requests');
  });

  it('make no commit of the repository out of it: a deploy of the same commit is refused as before', async () => {
    await read({ sha: pull, pullRequest: 7 });
    const repository = await openRepository({ url: origin.folder, folder: join(root, 'git') });
    for (const name of [pull, pull.slice(0, 12), 'refs/pull/7/head', 'FETCH_HEAD']) {
      await expect(repository.resolve(name)).rejects.toMatchObject({
        type: 'ConfigurationError',
        message: expect.stringMatching(/no branch or tag of .* leads to/),
      });
    }
    await expect(read({ sha: pull })).rejects.toMatchObject({ type: 'ConfigurationError' });
  });

  it('are outdated once it has a newer commit', async () => {
    const newer = proposal('More', { 'more.txt': 'y' }, pull);
    expect(await read({ sha: pull, pullRequest: 7 })).toMatchObject({ kind: 'outdated', head: newer });
  });

  it('are refused for a commit that it does not lead to, or no more', async () => {
    const other = proposal('Again, from the start', { 'other.txt': 'z' });
    await expect(read({ sha: pull, pullRequest: 7 })).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringMatching(`pull request 7 .* does not lead to ${pull}`),
      advice: `its last commit is ${other}`,
    });
    await expect(read({ sha: 'e'.repeat(40), pullRequest: 7 })).rejects.toMatchObject({
      type: 'ConfigurationError',
    });
  });

  it('are refused where there is none of that number', async () => {
    await expect(read({ sha: pull, pullRequest: 8 })).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringMatching(/has no pull request 8/),
    });
    await expect(read({ sha: pull, pullRequest: '7/head:refs/heads/main' as never })).rejects.toMatchObject({
      message: 'not the number of a pull request',
    });
  });

  it.each([
    ['no slipway.yaml', () => origin.git('rm', '--quiet', 'slipway.yaml'), {}, /there is no slipway.yaml/],
    ['a wrong one', () => '', { 'slipway.yaml': 'app: 7' }, /slipway.yaml:1 app: expected/],
    ['that of another app', () => '', { 'slipway.yaml': YAML.replace('shop', 'shpo') }, /expected "shop"/],
  ])('with %s say so, and where GitHub is to be told of it', async (_what, before, files, problem) => {
    origin.git('checkout', '--quiet', '--detach', main);
    before();
    const sha = origin.commit('Broken', files);
    origin.git('update-ref', 'refs/pull/7/head', sha);
    expect(await read({ sha, pullRequest: 7 }, { shop: 'ada/shop' })).toMatchObject({
      kind: 'unreadable',
      commit: { sha },
      problem: expect.stringMatching(problem),
      github: { repository: 'ada/shop', label: '' },
    });
  });
});

it.each([
  ['too many', Array.from({ length: 201 }, (_, n) => `  c${n}: { run: "true" }`).join('\n')],
  [
    'too much',
    `  a: { run: &big "${'x'.repeat(90_000)}" }\n${[...'bcdefg'].map((c) => `  ${c}: { run: *big }`).join('\n')}`,
  ],
])('checks that are %s are refused before they get into a history', async (_what, checks) => {
  const text = YAML.replace(/checks:.*/, `checks:\n${checks}`);
  const sha = proposal('Many', { 'slipway.yaml': text });
  const reading = await read({ sha, pullRequest: 7 });
  expect(reading).toMatchObject({
    kind: 'unreadable',
    problem: 'slipway.yaml:2 checks: expected at most 200 checks of 500 kB together',
  });
});

it('what is wrong with it is told in bounds', async () => {
  const text = `app: shop\n${Array.from({ length: 60 }, (_, n) => `k${n}${'y'.repeat(900)}: 1`).join('\n')}`;
  const reading = await read({ sha: proposal('Wrong', { 'slipway.yaml': text }), pullRequest: 7 });
  expect(reading.kind).toBe('unreadable');
  expect(JSON.stringify(reading).length).toBeLessThan(20_000);
});

it('a branch can be checked without a pull request', async () => {
  expect(await read({ sha: 'main' })).toMatchObject({ kind: 'read', commit: { sha: main } });
});

it('apps of one repository on GitHub are told apart by their names', async () => {
  const gitHub = { shop: 'ada/shop', api: 'Ada/Shop' };
  expect((await read({ sha: main }, gitHub)).github).toEqual({ repository: 'ada/shop', label: 'shop' });
});
