/** The client against a server that behaves as GitHub does. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createGitHubClient, type GitHubClient } from '../../src/github/client.ts';
import type { GitHubCredential } from '../../src/github/credential.ts';
import { FakeGitHub } from '../fakes/github.ts';

const SHA = 'a'.repeat(40);
let github: FakeGitHub;
let folder: string;

beforeEach(async () => {
  github = await new FakeGitHub().start();
  folder = await mkdtemp(join(tmpdir(), 'slipway-github-'));
});
afterEach(async () => {
  github.heal();
  await github.stop();
  await rm(folder, { recursive: true });
});

const asToken = (token = github.token): GitHubCredential => ({ kind: 'token', token });
const asApp = async (
  more: Partial<Extract<GitHubCredential, { kind: 'app' }>> = {},
): Promise<GitHubCredential> => {
  const keyFile = join(folder, 'app.pem');
  await writeFile(keyFile, github.privateKey);
  return { kind: 'app', appId: github.appId, keyFile, ...more };
};
const clientOf = (credential: GitHubCredential, timeoutMs = 5_000): GitHubClient =>
  createGitHubClient({ apiUrl: github.url, credential, timeoutMs });

const list = (client: GitHubClient, repository = github.repository): Promise<unknown> =>
  client.ask(repository, { method: 'GET', path: '/deployments' });
const post = (client: GitHubClient, repository = github.repository): Promise<unknown> =>
  client.ask(repository, {
    method: 'POST',
    path: `/statuses/${SHA}`,
    body: { state: 'success', context: 'x' },
  });

const failed = async (work: Promise<unknown>): Promise<Error & Record<string, unknown>> => {
  const error = await work.then(
    () => undefined,
    (trouble: unknown) => trouble,
  );
  if (error instanceof Error) return error as Error & Record<string, unknown>;
  throw new Error('it did not fail');
};

describe('who it is', () => {
  it('a token, from a variable or from a file that may change', async () => {
    expect(await list(clientOf(asToken()))).toEqual([]);
    const file = join(folder, 'token');
    await writeFile(file, 'an-old-one\n');
    const client = clientOf({ kind: 'token-file', file });
    expect(await failed(list(client))).toMatchObject({ type: 'RefusedByService' });
    await writeFile(file, `${github.token}\n`);
    expect(await list(client)).toEqual([]);
  });

  it('an App: finds its installation, and asks for one token of this repository, once', async () => {
    const client = clientOf(await asApp());
    await Promise.all([list(client), list(client)]);
    await list(client);
    expect(github.count(/installation$/)).toBeLessThanOrEqual(2);
    expect(github.count(/access_tokens/)).toBeLessThanOrEqual(2);
    const before = github.requests.length;
    await post(client);
    expect(github.requests.slice(before)).toEqual([`POST /repos/ada/shop/statuses/${SHA}`]);
  });

  it('an App whose installation is given asks for none', async () => {
    await list(clientOf(await asApp({ installationId: github.installationId })));
    expect(github.requests).toEqual([
      'POST /app/installations/99/access_tokens',
      'GET /repos/ada/shop/deployments',
    ]);
  });

  it('takes a new token before the old one ends', async () => {
    github.tokenLifeMs = 4 * 60_000;
    const client = clientOf(await asApp());
    await list(client);
    await list(client);
    expect(github.count(/access_tokens/)).toBe(2);
  });

  it('takes a new token where the old one was revoked, and fails for good where that does not help', async () => {
    const client = clientOf(await asApp());
    await list(client);
    github.revokeTokens();
    expect(await list(client)).toEqual([]);
    expect(github.count(/access_tokens/)).toBe(2);
    const before = github.requests.length;
    github.fault(/deployments/, { kind: 'status', status: 401 }, 5);
    expect(await failed(list(client))).toMatchObject({ type: 'RefusedByService' });
    expect(github.requests.length - before).toBeLessThanOrEqual(4);
  });

  it('a failed attempt to get a token is not kept', async () => {
    const client = clientOf(await asApp());
    github.fault(/access_tokens/, { kind: 'status', status: 502 });
    expect(await failed(list(client))).toMatchObject({ type: 'Transient' });
    expect(await list(client)).toEqual([]);
  });

  it.each([
    ['a key that is none', 'not a key', /is not a private key of a GitHub App/],
    ['an empty key', '', /is empty/],
  ])('says so of %s, without showing it', async (_what, key, message) => {
    const credential = await asApp();
    await writeFile(join(folder, 'app.pem'), key);
    const error = await failed(list(clientOf(credential)));
    expect(error).toMatchObject({ type: 'ConfigurationError', message: expect.stringMatching(message) });
  });

  it('says which file is missing', async () => {
    const error = await failed(list(clientOf({ kind: 'token-file', file: join(folder, 'nothing') })));
    expect(error).toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringMatching(/nothing \(ENOENT\)/),
    });
  });
});

describe('what is final, with what to do', () => {
  it.each([
    ['a wrong token', async () => list(clientOf(asToken('ghp_wrong'))), /401 Bad credentials/, /renew/],
    [
      'a repository that it does not see',
      async () => list(clientOf(asToken()), 'eve/secret'),
      /404/,
      /install the App/,
    ],
    [
      'a right that it does not have',
      async () => {
        github.permissions = { statuses: 'write' };
        return list(clientOf(asToken()));
      },
      /403 Resource not accessible/,
      /Deployments and Commit statuses/,
    ],
    [
      'a commit that was not pushed there',
      async () => {
        github.commits = new Set();
        return post(clientOf(asToken()));
      },
      /422 No commit found for SHA/,
      /pushed to this repository/,
    ],
  ])('%s', async (_what, work, message, advice) => {
    expect(await failed(work())).toMatchObject({
      type: 'RefusedByService',
      retryable: false,
      message: expect.stringMatching(message),
      advice: expect.stringMatching(advice),
    });
  });
});

describe('what is worth another try', () => {
  it.each([
    ['a 500', { kind: 'status', status: 500 }, undefined],
    ['a 503 that says when', { kind: 'status', status: 503, headers: { 'retry-after': '7' } }, 7_000],
    ['a 429', { kind: 'status', status: 429, headers: { 'retry-after': '30' } }, 30_000],
    ['a 429 without a word', { kind: 'status', status: 429 }, 60_000],
    [
      'a secondary limit without a word',
      { kind: 'status', status: 403, message: 'You have exceeded a secondary rate limit.' },
      60_000,
    ],
    [
      'a wait that is absurd',
      { kind: 'status', status: 403, headers: { 'retry-after': '99999999' } },
      60 * 60_000,
    ],
    ['a connection that is cut', { kind: 'cut' }, undefined],
    ['an answer that is lost', { kind: 'lost' }, undefined],
    ["a proxy's page", { kind: 'html' }, undefined],
    ['no answer', { kind: 'hang' }, undefined],
  ] as const)('%s', async (_what, fault, retryAfterMs) => {
    github.fault(/deployments/, fault);
    const client = clientOf(asToken(), 300);
    const error = await failed(list(client));
    expect(error).toMatchObject({ type: 'Transient', retryable: true });
    expect(error.retryAfterMs).toBe(retryAfterMs);
    if (retryAfterMs === undefined) expect(await list(client)).toEqual([]);
    else {
      const before = github.requests.length;
      const left = await failed(post(client));
      expect(left).toMatchObject({ type: 'Transient', message: expect.stringMatching(/left alone/) });
      expect(Number(left.retryAfterMs)).toBeLessThanOrEqual(retryAfterMs);
      expect(Number(left.retryAfterMs)).toBeGreaterThan(retryAfterMs - 2_000);
      expect(github.requests).toHaveLength(before);
    }
  });

  it('is asked again once that time has come', async () => {
    github.fault(/deployments/, { kind: 'status', status: 429, headers: { 'retry-after': '1' } });
    const client = clientOf(asToken());
    await failed(list(client));
    await failed(list(client));
    await new Promise((resolve) => setTimeout(resolve, 1_020));
    expect(await list(client)).toEqual([]);
    expect(github.requests).toHaveLength(2);
  });

  it('the primary limit, until the time that GitHub names by its own clock', async () => {
    const date = new Date('2031-05-05T10:00:00Z');
    github.fault(/deployments/, {
      kind: 'status',
      status: 403,
      message: 'API rate limit exceeded for installation.',
      headers: {
        date: date.toUTCString(),
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(date.getTime() / 1000 + 90),
      },
    });
    expect(await failed(list(clientOf(asToken())))).toMatchObject({
      type: 'Transient',
      retryAfterMs: 91_000,
    });
  });

  it('a GitHub that is not there', async () => {
    await github.stop();
    const error = await failed(list(clientOf(asToken())));
    expect(error).toMatchObject({ type: 'Transient', message: expect.stringMatching(/ECONNREFUSED/) });
  });

  it('ends at once when it is told to', async () => {
    github.fault(/deployments/, { kind: 'hang' });
    const stop = new AbortController();
    const asking = clientOf(asToken(), 60_000).ask(github.repository, {
      method: 'GET',
      path: '/deployments',
      signal: stop.signal,
    });
    const ended = failed(asking);
    stop.abort(new Error('told to'));
    expect((await ended).message).toBe('told to');
  });
});

describe('a repository that was renamed', () => {
  it('is asked, and written to, under its new name', async () => {
    github.formerName = 'ada/old-shop';
    const client = clientOf(asToken());
    expect(await list(client, 'ada/old-shop')).toEqual([]);
    await post(client, 'ada/old-shop');
    expect(github.statuses).toHaveLength(1);
  });

  it('is not followed to another host: the token stays here', async () => {
    const other = await new FakeGitHub().start();
    try {
      github.fault(/deployments/, {
        kind: 'status',
        status: 307,
        headers: { location: `${other.url}/repos/ada/shop/deployments` },
      });
      expect(await failed(list(clientOf(asToken())))).toMatchObject({ type: 'RefusedByService' });
      expect(other.requests).toEqual([]);
    } finally {
      await other.stop();
    }
  });
});

it('shows no secret in an error, even where the server hands back what it was sent', async () => {
  const credential = await asApp();
  const errors: unknown[] = [];
  github.fault(/deployments/, { kind: 'status', status: 403, message: `you sent Bearer ${github.token}` });
  errors.push(await failed(list(clientOf(asToken()))));
  github.fault(/deployments/, { kind: 'status', status: 500, message: 'no' });
  errors.push(await failed(list(clientOf(credential))));
  await github.stop();
  errors.push(await failed(list(clientOf(asToken()))), await failed(list(clientOf(credential))));
  const shown = errors.map((error) => inspect(error, { depth: 10, showHidden: true })).join('\n');
  expect(errors).toHaveLength(4);
  for (const secret of github.secrets) expect(shown).not.toContain(secret);
});
