/** Whether the end of a branch was ever released: with real git, a real store, and a Temporal that is pretended. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createReconcileActivities, type ReconcilePorts } from '../../src/activities/look-for-missed.ts';
import { brokenOff, entryOf } from '../../src/release/environment/ledger.ts';
import type { Look, ReconcileRequest } from '../../src/release/reconcile.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createGitFixture, type GitFixture } from '../source/git-fixture.ts';
import { createMockEnvironment } from './mock-environment.ts';

const REQUEST: ReconcileRequest = {
  app: 'shop',
  environment: 'production',
  ref: 'refs/heads/main',
  receiver: 'default',
};

let root: string;
let origin: GitFixture;
let store: Store;
let asked: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-missed-'));
  origin = createGitFixture(join(root, 'origin'));
  store = createFolderStore(join(root, 'store'));
  asked = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const activities = (ports: Partial<ReconcilePorts> = {}) =>
  createReconcileActivities({
    store,
    repositories: { shop: origin.folder },
    folder: join(root, 'git'),
    isKnownInTemporal: async (workflowId) => {
      asked.push(workflowId);
      return false;
    },
    askEnvironment: async () => undefined,
    ...ports,
  });

const look = (
  request: Partial<ReconcileRequest> = {},
  ports: Partial<ReconcilePorts> = {},
  { environment } = createMockEnvironment(),
): Promise<Look> => environment.run(activities(ports).lookForMissed, { ...REQUEST, ...request });
const keepTip = (sha: string): Promise<void> => activities().keepTip({ ...REQUEST, sha });

describe('a look', () => {
  it('that is the first one starts nothing: what was there before it was nobody’s to deliver', async () => {
    const sha = origin.commit('one', {});
    expect(await look()).toEqual({ kind: 'first-look', sha });
    expect(await look()).toEqual({ kind: 'unchanged', sha });
  });

  it('that finds nothing new asks nobody else, and does not beat: each beat is a call', async () => {
    origin.commit('one', {});
    await look();
    asked = [];
    const mock = createMockEnvironment();
    await look({}, {}, mock);
    expect(asked).toEqual([]);
    expect(mock.beats).toEqual([]);
  });

  it('finds a commit that nobody has started, until somebody says that it has been', async () => {
    origin.commit('one', {});
    await look();
    const sha = origin.commit('two', {});
    expect(await look()).toEqual({ kind: 'missed', sha });
    expect(await look()).toEqual({ kind: 'missed', sha });
    await keepTip(sha);
    expect(await look()).toEqual({ kind: 'unchanged', sha });
  });

  it('sees the last commit alone of several', async () => {
    origin.commit('one', {});
    await look();
    origin.commit('two', {});
    const sha = origin.commit('three', {});
    expect(await look()).toEqual({ kind: 'missed', sha });
  });

  it('leaves alone what Temporal knows, and does not ask again', async () => {
    origin.commit('one', {});
    await look();
    const sha = origin.commit('two', {});
    const by = `deploy/shop/production/${sha}`;
    const isKnownInTemporal = async (id: string): Promise<boolean> => id === by;
    expect(await look({}, { isKnownInTemporal })).toEqual({ kind: 'tried', sha, by });
    expect(await look()).toEqual({ kind: 'unchanged', sha });
  });

  it.each([
    ['has the turn', { turn: true }],
    ['waits for it', { joined: true }],
    ['has ended', { ledger: true }],
  ])('leaves alone what %s under another workflow id', async (_what, where) => {
    origin.commit('one', {});
    await look();
    const sha = origin.commit('two', {});
    const one = { number: 7, commit: { sha } } as never;
    const askEnvironment = async () => ({
      turn: 'turn' in where ? one : null,
      joined: 'joined' in where ? [one] : [],
      ledger: 'ledger' in where ? [one] : [],
    });
    expect(await look({}, { askEnvironment })).toEqual({ kind: 'tried', sha, by: 'release 7' });
  });

  it('leaves alone what has failed long ago, when nobody but the ledger knows of it', async () => {
    origin.commit('one', {});
    await look();
    const sha = origin.commit('two', {});
    const release = {
      number: 3,
      releaseId: 'x/y',
      commit: { sha, subject: 's', ancestors: [] },
      rollbackTo: null,
      startedBy: null,
      overrideFreeze: null,
      startedAtMs: 1,
      told: null,
    };
    await store.putDocument(
      'environments/shop/production/ledger/0000000003',
      entryOf(release as never, null, brokenOff(2)),
    );
    expect(await look()).toEqual({ kind: 'tried', sha, by: 'release 3' });
    // Of another environment nothing follows.
    expect(await look({ environment: 'staging' })).toEqual({ kind: 'first-look', sha });
  });

  it('heeds [skip deploy], wherever the message says it', async () => {
    origin.commit('one', {});
    await look();
    const sha = origin.commit('docs\n\nnothing to see [skip deploy]', {});
    expect(await look()).toEqual({ kind: 'asks-not-to', sha });
    expect(await look()).toEqual({ kind: 'unchanged', sha });
  });

  it('remembers each branch and environment by itself', async () => {
    const sha = origin.commit('one', {});
    origin.git('branch', 'release/1.0');
    await look();
    expect(await look({ ref: 'refs/heads/release/1.0' })).toEqual({ kind: 'first-look', sha });
    expect(await look({ environment: 'staging' })).toEqual({ kind: 'first-look', sha });
    expect(await look()).toEqual({ kind: 'unchanged', sha });
  });

  it('finds no branch where there is none, and forgets nothing', async () => {
    const sha = origin.commit('one', {});
    await look();
    origin.git('branch', '--move', 'main', 'other');
    expect(await look()).toEqual({ kind: 'no-branch' });
    origin.git('branch', '--move', 'other', 'main');
    expect(await look()).toEqual({ kind: 'unchanged', sha });
  });

  it('keeps nothing where it could not be finished', async () => {
    origin.commit('one', {});
    await look();
    const sha = origin.commit('two', {});
    const isKnownInTemporal = async (): Promise<never> => {
      throw new Error('Temporal is away');
    };
    await expect(look({}, { isKnownInTemporal })).rejects.toThrow('Temporal is away');
    expect(await look()).toEqual({ kind: 'missed', sha });
  });

  it.each<[string, Partial<Record<keyof ReconcileRequest, unknown>>, RegExp]>([
    ['an app that is not served', { app: 'shpo' }, /there is no app "shpo"/],
    ['a tag', { ref: 'refs/tags/v1' }, /expected .*"ref":"refs\/heads/],
    ['a pattern', { ref: 'refs/heads/*' }, /not a commit, branch or tag/],
    ['no environment', { environment: undefined }, /the input of reconcile/],
    ['a number', { app: 7 }, /the input of reconcile/],
  ])('at %s is refused for good', async (_what, request, message) => {
    origin.commit('one', {});
    await expect(look(request as Partial<ReconcileRequest>)).rejects.toMatchObject({
      type: 'ConfigurationError',
      retryable: false,
      message: expect.stringMatching(message),
    });
  });
});
