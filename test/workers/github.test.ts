import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { prepareGitHub } from '../../src/workers/github.ts';
import type { GitHubOptions } from '../../src/workers/options.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-github-'));
  file = join(folder, 'secret');
  await writeFile(file, 'ghp_x\n');
});
afterEach(() => rm(folder, { recursive: true }));

const REPOSITORIES = { shop: 'git@github.com:ada/shop.git', local: '/srv/local' };
const prepare = (options: GitHubOptions, env: NodeJS.ProcessEnv = {}) =>
  prepareGitHub(options, REPOSITORIES, env);

describe('a control worker', () => {
  it('without a credential tells GitHub nothing', async () => {
    expect(await prepare({})).toEqual({ github: null, gitHubRepositories: {} });
  });

  it('of a local stack tells GitHub nothing, whatever token it fetches with', async () => {
    const env = { SLIPWAY_GITHUB: 'off', GITHUB_TOKEN: 'x' };
    expect(await prepare({}, env)).toEqual({ github: null, gitHubRepositories: {} });
  });

  it.each<[string, (file: string) => GitHubOptions, NodeJS.ProcessEnv]>([
    ['a token in a file', (tokenFile) => ({ tokenFile }), {}],
    ['its own variable', () => ({}), { SLIPWAY_GITHUB_TOKEN: 'x' }],
    ["GitHub's variable", () => ({}), { GITHUB_TOKEN: 'x' }],
    ['an App', (keyFile) => ({ appId: '1', keyFile }), {}],
  ])('with %s tells of the apps whose repository is there', async (_what, options, env) => {
    const { github, gitHubRepositories } = await prepare(options(file), env);
    expect(github).not.toBeNull();
    expect(gitHubRepositories).toEqual({ shop: 'ada/shop' });
  });

  it('tells of others where it is told which', async () => {
    const { gitHubRepositories } = await prepare({ tokenFile: file, repositories: { local: 'eve/local' } });
    expect(gitHubRepositories).toEqual({ shop: 'ada/shop', local: 'eve/local' });
  });

  it.each<[string, GitHubOptions, NodeJS.ProcessEnv, RegExp]>([
    ['a repository without a credential', { repositories: { shop: 'a/b' } }, {}, /needs a credential/],
    ['a repository of no app', { repositories: { shpo: 'a/b' } }, { GITHUB_TOKEN: 'x' }, /shpo/],
    ['an App without a key', { appId: '1' }, {}, /belong together/],
    ['an installation without an App', { installationId: 1 }, {}, /needs --github-app/],
    ['an App and a token', { appId: '1', keyFile: 'x', tokenFile: 'y' }, {}, /not both/],
    ['a file that is not there', { tokenFile: '/nowhere/token' }, {}, /cannot be read/],
    ['a token of two lines', {}, { GITHUB_TOKEN: 'one\ntwo' }, /not a single word/],
    ['an API in the clear', { apiUrl: 'http://github.example.com' }, {}, /not the address/],
    ['an API with a password', { apiUrl: 'https://a:b@github.example.com' }, {}, /not the address/],
    ['an API that is none', { apiUrl: 'github.com' }, {}, /not the address/],
  ])('does not start with %s', async (_what, options, env, message) => {
    await expect(prepare(options, env)).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringMatching(message),
    });
  });

  it('takes an API in the clear on this machine, and links to an interface of Temporal that has an address', async () => {
    const here = { apiUrl: 'http://127.0.0.1:1234' };
    expect(await prepare(here, { SLIPWAY_TEMPORAL_UI: 'http://localhost:8233' })).toMatchObject({
      temporalUi: 'http://localhost:8233',
    });
    expect(await prepare(here, { SLIPWAY_TEMPORAL_UI: 'javascript:alert(1)' })).not.toHaveProperty(
      'temporalUi',
    );
  });
});
