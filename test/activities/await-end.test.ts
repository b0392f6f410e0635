/** The last word that GitHub is told of a run: only of the commit, the app and the environment that the run was for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createAwaitEnd } from '../../src/activities/await-end.ts';
import type { ChecksReport } from '../../src/release/checks.ts';
import type { GitHubSubject, Picture } from '../../src/release/github-status.ts';
import type { ReleaseReport } from '../../src/release/verdict.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';

const SHA = 'a'.repeat(40);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-await-end-'));
});
afterEach(() => rm(folder, { recursive: true }));

const commit = { sha: SHA, subject: '', author: '' };
const CHECKED = {
  verdict: 'passed',
  app: 'shop',
  commit,
  pullRequest: 7,
  startedBy: null,
  cause: null,
  steps: [],
  checks: [],
  startedAtMs: 1,
  endedAtMs: 2,
} as const satisfies ChecksReport;
const RELEASED = {
  verdict: 'succeeded',
  number: 3,
  app: 'shop',
  environment: 'production',
  cluster: 'shop',
  commit,
  startedBy: null,
  rollbackTo: null,
  broughtBy: null,
  cause: null,
  steps: [],
  images: [],
  services: [],
  warnings: [],
  repaired: [],
  operators: [],
  watched: [],
  startedAtMs: 1,
  endedAtMs: 2,
} as const satisfies ReleaseReport;

const endOf = (
  value: unknown,
  subject: Partial<GitHubSubject>,
  gitHubRepositories: Readonly<Record<string, string>> = { shop: 'ada/shop' },
): Promise<Picture | null> => {
  const awaitEnd = createAwaitEnd({
    store: createFolderStore(folder),
    gitHubRepositories,
    runEnd: async () => ({ kind: 'result', value }),
  });
  const about = { repository: 'ada/shop', runId: 'a/b', app: 'shop', sha: SHA, environment: '', label: '' };
  const shown = {
    deployment: null,
    statuses: [{ context: 'slipway/x', state: 'pending', description: '' }],
  } as const;
  return awaitEnd({ subject: { ...about, kind: 'checks', ...subject }, forMs: 1, shown });
};
const RELEASE = { kind: 'release', environment: 'production', label: 'production' } as const;
const states = (picture: Picture | null): readonly string[] =>
  picture?.statuses.map(({ context, state }) => `${context} ${state}`) ?? [];

describe('the last word', () => {
  it('of checks and of a release is what they have come to', async () => {
    expect(states(await endOf(CHECKED, {}))).toEqual(['slipway/checks success']);
    expect(states(await endOf(RELEASED, RELEASE))).toEqual(['slipway/production success']);
    const two = { shop: 'ada/shop', admin: 'ada/shop' };
    expect(states(await endOf(CHECKED, { label: 'shop' }, two))).toEqual(['slipway/shop/checks success']);
  });

  it('of one that ended before it knew its commit is its failure', async () => {
    expect(states(await endOf({ ...CHECKED, verdict: 'failed', commit: null }, {}))).toEqual([
      'slipway/checks failure',
    ]);
  });

  it.each<[string, unknown, Partial<GitHubSubject>]>([
    ['commit, by checks', CHECKED, { sha: 'b'.repeat(40) }],
    ['app, by checks', { ...CHECKED, app: 'admin' }, {}],
    ['name, by checks', CHECKED, { label: 'admin' }],
    ['commit, by a release', RELEASED, { ...RELEASE, sha: 'b'.repeat(40) }],
    ['environment, by a release', RELEASED, { ...RELEASE, environment: 'staging', label: 'staging' }],
    ['name, by a release', RELEASED, { ...RELEASE, label: 'staging' }],
    ['kind', RELEASED, {}],
    ['commit, by checks of none', { ...CHECKED, commit: null }, {}],
    ['commit, by a release of none', { ...RELEASED, commit: null }, RELEASE],
    ['commit, by what is half a report', { verdict: 'passed', app: 'shop', steps: [], checks: [] }, {}],
    ['environment, by checks of one', { ...CHECKED, environment: 'x' }, { environment: 'x', label: 'x' }],
  ])('is no success of another %s', async (_what, value, subject) => {
    expect(states(await endOf(value, subject))).toEqual(['slipway/x error']);
  });
});
