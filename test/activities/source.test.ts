import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SourceReading } from '../../src/activities/contracts/control.ts';
import { createMarkActivities } from '../../src/activities/release-marks.ts';
import { createSourceActivities } from '../../src/activities/source.ts';
import type { ReleaseRequest, ReleaseSpec } from '../../src/release/plan.ts';
import type { ReleaseReport } from '../../src/release/verdict.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import type { Store } from '../../src/store/store.ts';
import { SUCCEEDED, step } from '../cli/render/reports.ts';
import { createGitFixture, type GitFixture } from '../source/git-fixture.ts';
import { createMockEnvironment } from './mock-environment.ts';

const YAML = `app: shop
images: { web: {} }
services: { web: { taskDefinition: infra/web.json } }
environments: { production: { cluster: main } }
`;
const BODY = JSON.stringify({ family: 'web', containerDefinitions: [{ name: 'web' }] });

let root: string;
let origin: GitFixture;
let store: Store;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-source-'));
  origin = createGitFixture(join(root, 'origin'));
  store = createFolderStore(join(root, 'store'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const readSource = async (...input: Parameters<typeof read>): Promise<ReleaseSpec> =>
  (await read(...input)).spec;

function read(
  request: Partial<ReleaseRequest> = {},
  repositories: Record<string, string> = { shop: origin.folder },
  { environment } = createMockEnvironment(),
): Promise<SourceReading> {
  const activities = createSourceActivities({
    store,
    repositories,
    folder: join(root, 'git'),
  });
  return environment.run(activities.readSource, { environment: 'production', sha: 'main', ...request });
}

describe('readSource', () => {
  it('stores the commit and its task definitions, and says what the configuration says', async () => {
    const sha = origin.commit('First', { 'slipway.yaml': YAML, 'infra/web.json': BODY });
    const mock = createMockEnvironment();
    const spec = await readSource({}, { shop: origin.folder }, mock);
    expect(spec).toMatchObject({
      app: 'shop',
      environment: 'production',
      cluster: 'main',
      commit: { sha, subject: 'First', author: 'Ada Lovelace' },
      images: [{ name: 'web', repository: 'shop/web' }],
    });
    expect(await store.getText(spec.services[0]?.taskDefinitionBody ?? '')).toBe(BODY);
    await store.fetchArchive(spec.source.hash, join(root, 'source.tar.gz'));
    expect(mock.beats).toContainEqual({ phase: 'fetching', lastLine: '' });
    expect(mock.beats).toContainEqual({ phase: 'storing the source', lastLine: '' });
  });

  it('takes a commit that has to be part of a branch only from there', async () => {
    const first = origin.commit('First', { 'slipway.yaml': YAML, 'infra/web.json': BODY });
    origin.git('switch', '--quiet', '--create', 'feature');
    const other = origin.commit('Other', { 'infra/web.json': BODY.replace('web', 'wab') });
    origin.git('tag', 'main');
    const partOf = 'refs/heads/main';
    expect((await readSource({ sha: first, partOf })).commit.sha).toBe(first);
    expect((await readSource({ sha: other })).commit.sha).toBe(other);
    await expect(readSource({ sha: other, partOf })).rejects.toMatchObject({
      type: 'UnsafePlan',
      retryable: false,
      message: `commit ${other} is not part of refs/heads/main, which it was to be deployed from`,
    });
    await expect(readSource({ sha: first, partOf: 'refs/heads/gone' })).rejects.toMatchObject({
      type: 'UnsafePlan',
    });
    await expect(readSource({ sha: first, partOf: '--x' })).rejects.toMatchObject({
      type: 'ConfigurationError',
    });
  });

  it('says where GitHub is to be told, only where that is configured', async () => {
    origin.commit('First', { 'slipway.yaml': YAML, 'infra/web.json': BODY });
    expect(await read()).not.toHaveProperty('github');
    const { readSource: told } = createSourceActivities({
      store,
      repositories: { shop: origin.folder },
      folder: join(root, 'git'),
      gitHubRepositories: { shop: 'ada/shop', api: 'ada/api' },
    });
    const request = { environment: 'production', sha: 'main' };
    expect(await createMockEnvironment().environment.run(told, request)).toMatchObject({
      github: { repository: 'ada/shop', label: 'production' },
    });
  });

  it('gives a retry the same archive', async () => {
    origin.commit('First', { 'slipway.yaml': YAML, 'infra/web.json': BODY });
    expect(await readSource()).toEqual(await readSource());
  });

  it.each<[string, Record<string, string>, Partial<ReleaseRequest>, RegExp]>([
    [
      'an app that is not served',
      {},
      { app: 'shpo' },
      /there is no app "shpo": this control worker serves shop/,
    ],
    ['no app where there are two', { other: '/x' }, {}, /which app\? this control worker serves shop, other/],
    [
      'an unknown environment',
      {},
      { environment: 'prod' },
      /slipway.yaml:4 environments: there is no environment "prod"/,
    ],
    ['an unknown commit', {}, { sha: 'nothing' }, /no branch or tag of .* leads to "nothing"/],
    ['an option as commit', {}, { sha: '--upload-pack=x' }, /not a commit, branch or tag/],
  ])('refuses %s', async (_what, others, request, message) => {
    origin.commit('First', { 'slipway.yaml': YAML, 'infra/web.json': BODY });
    await expect(readSource(request, { shop: origin.folder, ...others })).rejects.toMatchObject({
      type: 'ConfigurationError',
      retryable: false,
      message: expect.stringMatching(message),
    });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['no slipway.yaml', { readme: 'x' }, /^commit [0-9a-f]{40} has no slipway.yaml in its root$/],
    [
      'a wrong one',
      { 'slipway.yaml': 'app: 7' },
      /^slipway.yaml:1 app: expected .*, got 7\nslipway.yaml:1 images: is missing/,
    ],
    [
      'that of another app',
      { 'slipway.yaml': YAML.replace('shop', 'other') },
      /^slipway.yaml:1 app: expected "shop"/,
    ],
    [
      'a task definition that is not there',
      { 'slipway.yaml': YAML },
      /^slipway.yaml:3 services.web.taskDefinition: infra\/web.json is not a file/,
    ],
  ])('refuses a commit with %s', async (_what, files, message) => {
    origin.commit('First', files);
    await expect(readSource()).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringMatching(message),
    });
  });

  it('ends when it is cancelled', async () => {
    origin.commit('First', { 'slipway.yaml': YAML, 'infra/web.json': BODY });
    const mock = createMockEnvironment();
    mock.environment.cancel();
    await expect(readSource({}, { shop: origin.folder }, mock)).rejects.toMatchObject({
      name: 'CancelledFailure',
    });
  });

  describe('takes from the tip of the default branch where an environment is', () => {
    const PLAIN = YAML.replace('taskDefinition: infra/web.json', '');
    const beside = (tip: string, commit: string): string => {
      origin.commit('Protected', { 'slipway.yaml': PLAIN.replace('{ production', `{ ${tip}, production`) });
      origin.git('switch', '--quiet', '--create', 'sly');
      const sha = origin.commit('Sly', {
        'slipway.yaml': PLAIN.replace('{ production', `{ ${commit}, production`),
      });
      origin.git('switch', '--quiet', 'main');
      return sha;
    };

    it('so that a commit of staging does not land in the cluster of production', async () => {
      const sha = beside('staging: { cluster: stage, deployQueue: eu }', 'staging: { cluster: main }');
      const spec = await readSource({ sha, environment: 'staging' });
      expect(spec).toMatchObject({ cluster: 'stage', deployQueue: 'eu' });
      expect(spec.warnings).toEqual([expect.stringContaining('the commit says cluster main')]);
    });

    it('and an environment that it does not know gets no cluster that it does', async () => {
      const sha = beside('staging: { cluster: stage }', 'preview: { cluster: main }');
      await expect(readSource({ sha, environment: 'preview' })).rejects.toMatchObject({
        type: 'UnsafePlan',
        message: expect.stringContaining('cluster main (deploy queue slipway-deploy)'),
      });
    });
  });

  describe('where another environment verifies first', () => {
    const PLAIN = YAML.replace('taskDefinition: infra/web.json', '');
    const promoting = (promote: string): string =>
      PLAIN.replace(
        '{ production: { cluster: main',
        `{ staging: { cluster: s }, production: { cluster: main, promote: ${promote}`,
      );
    const report = (sha: string, more: Partial<ReleaseReport> = {}): ReleaseReport => ({
      ...SUCCEEDED,
      environment: 'staging',
      number: 12,
      commit: { sha, subject: 'a change', author: 'Ada' },
      steps: [step('register', '', 'succeeded')],
      images: SUCCEEDED.images.map((image) => (image.name === 'api' ? { ...image, name: 'web' } : image)),
      ...more,
    });
    /** As it is left by a release before it ends. */
    const end = (told: ReleaseReport): Promise<unknown> => {
      const place = { app: 'shop', environment: 'staging' };
      const releaseId = `deploy/shop/staging/${told.number}/run`;
      const { closeRelease } = createMarkActivities({
        store,
        fateOf: () => Promise.reject(new Error('nobody')),
      });
      return closeRelease({ ...place, releaseId, leaveMark: false, report: told });
    };

    it('brings the digests that it has verified', async () => {
      const sha = origin.commit('First', { 'slipway.yaml': promoting('{ from: staging, required: true }') });
      await end(report(sha));
      // Of another commit, and later.
      await end(report('b'.repeat(40), { number: 13, endedAtMs: SUCCEEDED.endedAtMs + 1 }));
      const reading = await read({ sha });
      expect(reading.spec.promotion).toMatchObject({ environment: 'staging', number: 12 });
      expect(reading.spec.promotion?.images.map(({ digest }) => digest)).toEqual(
        SUCCEEDED.images.map(({ digest }) => digest),
      );
      expect(reading).not.toHaveProperty('unverified');
      expect(reading.spec.warnings).toEqual([]);
    });

    it('finds it behind many others', async () => {
      const sha = origin.commit('First', { 'slipway.yaml': promoting('staging') });
      await end(report(sha));
      for (let number = 13; number < 80; number += 1) {
        await end(report('b'.repeat(40), { number, endedAtMs: SUCCEEDED.endedAtMs + number }));
      }
      expect((await readSource({ sha })).promotion?.number).toBe(12);
    });

    it('hears of a rollback that lies many releases after it', async () => {
      const sha = origin.commit('First', { 'slipway.yaml': promoting('{ from: staging, required: true }') });
      const other = 'b'.repeat(40);
      await end(report(other, { number: 11, endedAtMs: SUCCEEDED.endedAtMs - 1 }));
      await end(report(sha));
      for (let number = 13; number < 80; number += 1) {
        await end(report(other, { number, endedAtMs: SUCCEEDED.endedAtMs + number }));
      }
      await end(report(other, { number: 80, rollbackTo: 11, endedAtMs: SUCCEEDED.endedAtMs + 80 }));
      expect((await read({ sha })).unverified?.why).toContain('release 80 went back to release 11');
    });

    it.each<[string, string]>([
      ['no release of staging has brought it', ''],
      ['release 12 of staging has brought it and ended as rolled-back', 'rolled-back'],
    ])('says why it has not: %s', async (why, verdict) => {
      const sha = origin.commit('First', { 'slipway.yaml': promoting('{ from: staging, required: true }') });
      if (verdict !== '') {
        const endedAtMs = SUCCEEDED.endedAtMs - 60_000;
        await end(report(sha, { number: 11, endedAtMs }));
        await end(report(sha, { verdict: verdict as 'rolled-back' }));
      }
      const reading = await read({ sha });
      expect(reading.unverified).toEqual({ from: 'staging', why });
      expect(reading.spec).not.toHaveProperty('promotion');
    });

    it('cannot be told where a report is damaged: it may be the one that says no', async () => {
      const sha = origin.commit('First', { 'slipway.yaml': promoting('{ from: staging, required: true }') });
      await end(report(sha));
      const key = 'releases/shop/staging/ended/20990101T000000000Z-0';
      await store.putDocument(key, { releaseId: 'x', report: { verdict: 'of a newer Slipway' } });
      await expect(read({ sha })).rejects.toMatchObject({
        type: 'StoreDamaged',
        message: expect.stringContaining(key),
      });
    });

    describe('a commit that takes a service out of the way of staging', () => {
      const BOTH = 'app: shop\nimages: { web: , admin: }\nservices: { web: , admin: }\n';
      const environments = (staging: string, production = ''): string =>
        `${BOTH}environments: { staging: { cluster: s${staging} }, ` +
        `production: { cluster: main${production}, promote: { from: staging, required: true } } }\n`;
      const brought = (sha: string, ...names: readonly string[]): ReleaseReport => {
        const [image] = SUCCEEDED.images;
        if (!image) throw new Error('a report with an image was expected');
        return report(sha, { images: names.map((name) => ({ ...image, name })) });
      };
      const onBranch = (text: string): string => {
        origin.git('switch', '--quiet', '--create', 'sly');
        const sha = origin.commit('Sly', { 'slipway.yaml': text });
        origin.git('switch', '--quiet', 'main');
        return sha;
      };

      it('is not verified, as the tip runs it there', async () => {
        origin.commit('Protected', { 'slipway.yaml': environments('') });
        const sha = onBranch(environments(', services: [web]'));
        await end(brought(sha, 'web'));
        const reading = await read({ sha });
        expect(reading.unverified).toEqual({
          from: 'staging',
          why:
            'release 12 of staging has brought it without image admin, which admin runs: ' +
            'what runs here alone is for the tip of the protected branch to say',
        });
        expect(reading.spec).not.toHaveProperty('promotion');
      });

      it('cannot hide it under another name', async () => {
        origin.commit('Protected', { 'slipway.yaml': environments('') });
        const renamed = environments(', services: [web]')
          .replace('images: { web: , admin: }', 'images: { web: , other: }')
          .replace('services: { web: , admin: }', 'services: { web: , other: { service: admin } }');
        const sha = onBranch(renamed);
        await end(brought(sha, 'web'));
        expect((await read({ sha })).unverified?.why).toContain('without image other');
      });

      it('cannot bring another image to what production has of its own', async () => {
        const own = (image: string): string =>
          `app: shop\nimages: { web: , ${image}: }\nservices: { web: , live: { image: ${image} } }\n` +
          'environments: { staging: { cluster: s, services: [web] }, ' +
          'production: { cluster: main, services: [live], promote: { from: staging, required: true } } }\n';
        origin.commit('Protected', {
          'slipway.yaml': own('web').replace('images: { web: , web: }', 'images: { web: }'),
        });
        const sha = onBranch(own('sly'));
        await end(brought(sha, 'web'));
        expect((await read({ sha })).unverified?.why).toContain('without image sly, which live runs');
      });

      it('nor add a service to production that the tip does not know', async () => {
        origin.commit('Protected', { 'slipway.yaml': environments('') });
        const more = environments(', services: [web, admin]').replaceAll('admin: }', 'admin: , cron: }');
        const sha = onBranch(more);
        await end(brought(sha, 'web', 'admin'));
        expect((await read({ sha })).unverified?.why).toContain('without image cron, which cron runs');
      });

      it('is verified where staging brought all that production runs of it, or never had the rest', async () => {
        origin.commit('Protected', { 'slipway.yaml': environments(', services: [web]') });
        const sha = onBranch(environments(', services: [web]'));
        await end(brought(sha, 'web'));
        expect((await read({ sha })).spec.promotion?.number).toBe(12);
      });
    });

    it('builds with a warning where that is allowed', async () => {
      const sha = origin.commit('First', { 'slipway.yaml': promoting('staging') });
      const reading = await read({ sha });
      expect(reading).not.toHaveProperty('unverified');
      expect(reading.spec.warnings).toEqual([
        'staging has not verified this commit (no release of staging has brought it): it is tested and built here',
      ]);
    });

    it('a commit cannot leave that out', async () => {
      origin.commit('Protected', { 'slipway.yaml': promoting('{ from: staging, required: true }') });
      origin.git('switch', '--quiet', '--create', 'sly');
      const sly = origin.commit('In a hurry', { 'slipway.yaml': PLAIN });
      origin.git('switch', '--quiet', 'main');
      expect((await read({ sha: sly })).unverified?.from).toBe('staging');
    });
  });

  it('takes the queue and the freezes of the next two weeks from the tip, whatever the commit says', async () => {
    const PLAIN = YAML.replace('taskDefinition: infra/web.json', '');
    const freeze = '{ name: weekend, zone: UTC, from: fri 16:00, until: mon 08:00 }';
    origin.commit('Protected', {
      'slipway.yaml': PLAIN.replace('cluster: main', `cluster: main, queue: reject, freezes: [${freeze}]`),
    });
    origin.git('switch', '--quiet', '--create', 'sly');
    const sha = origin.commit('Any time', { 'slipway.yaml': PLAIN });
    origin.git('switch', '--quiet', 'main');
    const before = Date.now();
    const { rules } = await read({ sha });
    expect(rules.policy).toBe('reject');
    expect(rules.freezes.length).toBeGreaterThanOrEqual(2);
    expect(rules.freezes.at(-1)?.untilMs).toBeGreaterThan(before + 7 * 24 * 60 * 60_000);
    expect(rules.readAtMs).toBeGreaterThanOrEqual(before);
    expect(rules.readAtMs).toBeLessThanOrEqual(Date.now());
  });

  describe('asks for an approval where the tip of the default branch does', () => {
    const PLAIN = YAML.replace('taskDefinition: infra/web.json', '');
    const asking = (deadline: string) =>
      PLAIN.replace('{ cluster: main }', `{ cluster: main, approval: { deadline: ${deadline} } }`);
    const approvalOf = async (sha: string) => (await readSource({ sha })).approval;

    it('not where the commit to be deployed has left it out', async () => {
      origin.commit('Protected', { 'slipway.yaml': asking('2h') });
      origin.git('switch', '--quiet', '--create', 'sly');
      const sly = origin.commit('No questions', { 'slipway.yaml': PLAIN });
      origin.git('switch', '--quiet', 'main');
      expect(await approvalOf(sly)).toEqual({ deadlineMs: 7_200_000 });
    });

    it('and as it is now, not as it was when it was fetched', async () => {
      const first = origin.commit('Open', { 'slipway.yaml': PLAIN });
      expect(await approvalOf(first)).toBeUndefined();
      origin.commit('Protected', { 'slipway.yaml': asking('1h') });
      expect(await approvalOf(first)).toEqual({ deadlineMs: 3_600_000 });
      origin.commit('Open again', { 'slipway.yaml': PLAIN });
      expect(await approvalOf(first)).toBeUndefined();
    });

    it('a tip that nobody can ask for now is no open door', async () => {
      const sha = origin.commit('Open', { 'slipway.yaml': PLAIN });
      await readSource({ sha });
      await rm(origin.folder, { recursive: true });
      await expect(readSource({ sha })).rejects.toMatchObject({ message: expect.stringContaining('git') });
    });

    it.each<[string, string | undefined, number | undefined]>([
      ['without slipway.yaml leaves it to the commit', undefined, 5_000],
      [
        'that does not know the environment leaves it to the commit',
        PLAIN.replace('production: { cluster: main', 'other: { cluster: another'),
        5_000,
      ],
      ['that is broken leaves it to the commit', 'app: [', 5_000],
      ['that asks for none means none', PLAIN, undefined],
    ])('a tip %s', async (_what, text, deadlineMs) => {
      const sha = origin.commit('Careful', { 'slipway.yaml': asking('5s') });
      if (text === undefined) origin.git('rm', '--quiet', 'slipway.yaml');
      origin.commit('Tip', text === undefined ? {} : { 'slipway.yaml': text });
      expect((await approvalOf(sha))?.deadlineMs).toBe(deadlineMs);
    });

    it('also where the tip is written for a newer Slipway and the commit asks for none', async () => {
      const sha = origin.commit('Open', { 'slipway.yaml': PLAIN });
      origin.commit('Newer', { 'slipway.yaml': `${asking('1h')}somethingNew: true\n` });
      expect(await approvalOf(sha)).toEqual({ deadlineMs: 86_400_000 });
    });
  });
});
