/** Whether the commits of open pull requests were ever checked: a GitHub-like server, a real store, a pretended Temporal. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createReconcilePulls,
  type ReconcilePullsPorts,
} from '../../src/activities/look-for-missed-pulls.ts';
import { createGitHubClient } from '../../src/github/client.ts';
import type { PullsLook } from '../../src/release/reconcile.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { FakeGitHub } from '../fakes/github.ts';
import { createMockEnvironment } from './mock-environment.ts';

const shaOf = (digit: string): string => digit.repeat(40);

let folder: string;
let github: FakeGitHub;
let known: Set<string>;
let asked: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-pulls-'));
  github = await new FakeGitHub().start();
  known = new Set();
  asked = [];
});
afterEach(async () => {
  await github.stop();
  await rm(folder, { recursive: true });
});

const activities = (ports: Partial<ReconcilePullsPorts> = {}) =>
  createReconcilePulls({
    store: createFolderStore(folder),
    repositories: { shop: 'https://github.com/ada/shop.git', tools: '/srv/tools.git' },
    github: createGitHubClient({ apiUrl: github.url, credential: { kind: 'token', token: github.token } }),
    gitHubRepositories: { shop: 'ada/shop' },
    isKnownInTemporal: async (workflowId) => {
      asked.push(workflowId);
      return known.has(workflowId);
    },
    ...ports,
  });

const look = (app: unknown = 'shop', ports: Partial<ReconcilePullsPorts> = {}): Promise<PullsLook> =>
  createMockEnvironment().environment.run(() =>
    activities(ports).lookForMissedPulls({ app: app as string, receiver: 'default' }),
  );

describe('a look at the pull requests', () => {
  it('that is the first one starts nothing, and remembers what is open', async () => {
    github.pull(1, shaOf('1')).pull(2, shaOf('2'));
    expect(await look()).toEqual({ kind: 'first-look', open: 2 });
    expect(await look()).toEqual({ kind: 'nothing-missed', open: 2 });
    expect(asked).toEqual([]);
  });

  it('finds what was opened and what was pushed, until it is said that its checks were started', async () => {
    github.pull(1, shaOf('1'));
    await look();
    github.pull(1, shaOf('a')).pull(2, shaOf('2'));
    const missed = [
      { pullRequest: 2, sha: shaOf('2') },
      { pullRequest: 1, sha: shaOf('a') },
    ];
    expect(await look()).toEqual({ kind: 'missed', missed });
    expect(await look()).toEqual({ kind: 'missed', missed });
    await activities().keepPulls({ app: 'shop', heads: missed });
    expect(await look()).toEqual({ kind: 'nothing-missed', open: 2 });
  });

  it('leaves alone what Temporal knows, by a delivery or by hand – also when it has forgotten it', async () => {
    await look();
    github.pull(1, shaOf('1'));
    known.add(`checks/shop/${shaOf('1')}`);
    expect(await look()).toEqual({ kind: 'nothing-missed', open: 1 });
    known.clear();
    expect(await look()).toEqual({ kind: 'nothing-missed', open: 1 });
  });

  it('never finds a fork, a repository that is gone, what is closed, or what is no commit', async () => {
    await look();
    github.pull(1, shaOf('1'), 'fork').pull(2, shaOf('2'), 'gone').pull(3, shaOf('3'), 'own', 'closed');
    github
      .pull(4, '../../x')
      .pulls.push({ number: 5, state: 'open' }, { state: 'open', head: { repo: {} }, base: { repo: {} } });
    expect(await look()).toEqual({ kind: 'nothing-missed', open: 0 });
    expect(asked).toEqual([]);
  });

  it('reads all pages, and starts some at a time', async () => {
    await look();
    for (let number = 1; number <= 120; number += 1)
      github.pull(number, number.toString(16).padStart(40, '0'));
    const seen = new Set<number>();
    for (let looks = 0; looks < 7; looks += 1) {
      const found = await look();
      if (found.kind !== 'missed') break;
      expect(found.missed.length).toBeLessThanOrEqual(20);
      for (const { pullRequest } of found.missed) seen.add(pullRequest);
      await activities().keepPulls({ app: 'shop', heads: found.missed });
    }
    expect(seen.size).toBe(120);
    expect(await look()).toEqual({ kind: 'nothing-missed', open: 120 });
  });

  it('is not kept from it by the longest descriptions, which anybody may write', async () => {
    await look();
    for (let number = 1; number <= 100; number += 1) github.pull(number, shaOf('1'), 'fork');
    github.pull(101, shaOf('a'));
    for (const pull of github.pulls) Object.assign(pull, { body: '🛤️'.repeat(32_768) });
    expect(await look()).toMatchObject({ kind: 'missed', missed: [{ pullRequest: 101 }] });
  });

  it('remembers no more than what is open', async () => {
    await look();
    github.pull(1, shaOf('1'));
    known.add(`checks/shop/${shaOf('1')}`);
    await look();
    github.pull(1, shaOf('1'), 'own', 'closed');
    await look();
    expect(await createFolderStore(folder).getDocument('pull-requests/shop')).toEqual({ heads: {} });
  });

  it.each<[string, string, Partial<ReconcilePullsPorts>, RegExp]>([
    ['without a credential', 'shop', { github: null }, /no credential/],
    ['of a repository elsewhere', 'tools', {}, /not one of GitHub's/],
  ])('%s says that it cannot ask', async (_what, app, ports, why) => {
    expect(await look(app, ports)).toEqual({ kind: 'cannot-ask', why: expect.stringMatching(why) });
    expect(github.requests).toEqual([]);
  });

  it('that GitHub does not allow says which permission is missing; one that stumbles is tried again', async () => {
    github.permissions = { ...github.permissions, pull_requests: 'read' };
    github.fault(/pulls/, { kind: 'status', status: 403, message: 'Resource not accessible by integration' });
    expect(await look()).toEqual({ kind: 'cannot-ask', why: expect.stringContaining('read pull requests') });
    github.fault(/pulls/, { kind: 'status', status: 401, message: 'Bad credentials' });
    expect(await look()).toEqual({
      kind: 'cannot-ask',
      why: expect.stringMatching(/Bad credentials.*renew/),
    });
    github.fault(/pulls/, { kind: 'status', status: 502 });
    await expect(look()).rejects.toMatchObject({ type: 'Transient' });
  });

  it.each([[undefined], [''], [7], ['bank'], ['../shop'], ['__proto__'], ['x'.repeat(2_000)]])(
    'of %j asks nobody: only what this worker serves',
    async (app) => {
      await expect(look(app === undefined ? null : app)).rejects.toMatchObject({
        type: 'ConfigurationError',
      });
      expect(github.requests).toEqual([]);
    },
  );
});
