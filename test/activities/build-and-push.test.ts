/**
 * What builds and pushes decide, with a registry and an engine of straw; test/e2e/build-and-push.test.ts has
 * the real ones.
 */
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createBuildActivities } from '../../src/activities/build.ts';
import type { BuildImageResult, PushedImage } from '../../src/activities/contracts/build.ts';
import { createPushActivities } from '../../src/activities/push.ts';
import type { BuildOptions } from '../../src/build/buildx.ts';
import type { PushOptions, PushOutcome } from '../../src/build/push.ts';
import { TransientError } from '../../src/errors.ts';
import type { ImagePlan, SourceArchive } from '../../src/release/plan.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createMockEnvironment } from './mock-environment.ts';

const SHA = 'c'.repeat(40);
const PUSHED = `sha256:${'1'.repeat(64)}`;
const OTHER = `sha256:${'2'.repeat(64)}`;
const commit = { sha: SHA, subject: 'x', author: 'x' };
const image: ImagePlan = {
  name: 'web',
  context: '.',
  dockerfile: 'Dockerfile',
  args: {},
  commitArg: 'COMMIT_SHA',
  architecture: 'arm64',
  repository: 'shop/web',
  repositoryUri: 'host/shop/web',
  provenance: false,
  movesLatest: true,
  timeoutMs: 1000,
};

let root: string;
let store: Store;
let source: SourceArchive;
/** What the registry has under the commit's tag. */
let tagged: { digest: string; architectures: string[] | null } | null;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-build-'));
  store = createFolderStore(join(root, 'store'));
  await mkdir(join(root, 'files'));
  await writeFile(join(root, 'files', 'Dockerfile'), 'FROM scratch');
  execFileSync('tar', ['-czf', join(root, 'files.tgz'), '-C', join(root, 'files'), '.']);
  source = await store.putArchive(createReadStream(join(root, 'files.tgz')));
  tagged = null;
});
afterEach(() => rm(root, { recursive: true, force: true }));

const ecr = {
  findTag: async (repository: string, tag: string) =>
    repository === image.repository && tag === SHA ? (tagged?.digest ?? null) : null,
  login: async () => ({ username: 'AWS', password: 'the-password' }),
};
const architecturesOf = async (_uri: string, reference: string) =>
  reference === tagged?.digest ? tagged.architectures : null;

function build(
  run: (options: BuildOptions) => Promise<void>,
  { environment } = createMockEnvironment(),
): Promise<BuildImageResult> {
  const activities = createBuildActivities({
    store,
    ecr,
    architecturesOf,
    build: run,
    engineId: 'AB:CD',
    emulated: true,
    folder: join(root, 'builds'),
  });
  return environment.run(activities.buildImage, { app: 'shop', commit, source, image });
}

const neverBuild = () => Promise.reject(new Error('built, though it should not have been'));

describe('buildImage', () => {
  it('does not build a commit that the registry has for this architecture', async () => {
    tagged = { digest: PUSHED, architectures: ['arm64'] };
    expect(await build(neverBuild)).toEqual({ kind: 'reused', digest: PUSHED });
  });

  it.each<[string, typeof tagged]>([
    ['has nothing', null],
    ['has another architecture', { digest: PUSHED, architectures: ['amd64'] }],
    ['has a tag whose image is gone', { digest: PUSHED, architectures: null }],
  ])('builds a commit where the registry %s', async (_what, registry) => {
    tagged = registry;
    const seen: string[] = [];
    const result = await build(async ({ sourceFolder, reference, commit: sha, onOutput }) => {
      seen.push(await readFile(join(sourceFolder, 'Dockerfile'), 'utf8'), reference, sha);
      onOutput('#1 DONE\n');
    });
    expect(seen).toEqual(['FROM scratch', `host/shop/web:${SHA}`, SHA]);
    expect(result).toMatchObject({
      kind: 'built',
      pushQueue: 'slipway-engine-ab-cd',
      localReference: `host/shop/web:${SHA}`,
      emulated: true,
    });
    expect(result.kind === 'built' && (await store.tailLog(result.logKey, 1))).toEqual(['#1 DONE']);
  });

  it('says in its heartbeat which step it is and how far, until the next phase', async () => {
    const mock = createMockEnvironment();
    await build(async ({ onOutput, onProgress }) => {
      onOutput('#4 [2/3] RUN make\n');
      onProgress?.({ done: 1, total: 3, current: `[2/3] RUN ${'x'.repeat(1_000)}` });
      await new Promise((resolve) => mock.environment.once('heartbeat', resolve));
    }, mock);
    const { measured, ...beat } = mock.beats.at(-1) ?? { measured: undefined };
    expect(beat).toEqual({ phase: 'building', lastLine: '#4 [2/3] RUN make', step: 'build:web' });
    expect(measured).toMatchObject({ done: 1, total: 3, unit: 'steps' });
    expect(measured?.current).toHaveLength(300);
    expect(mock.beats[0]).toEqual({ phase: 'looking in the registry', lastLine: '', step: 'build:web' });
  });

  it('leaves no files behind, also when the build fails', async () => {
    await expect(build(() => Promise.reject(new TransientError('engine away')))).rejects.toMatchObject({
      type: 'Transient',
    });
    expect(await readdir(join(root, 'builds'))).toEqual([]);
  });

  it('removes the files that a killed worker left', async () => {
    const left = join(root, 'builds', 'left');
    await mkdir(left, { recursive: true });
    await writeFile(join(left, 'owner.json'), JSON.stringify({ pid: process.pid, started: 'long ago' }));
    await build(async () => undefined);
    expect(await readdir(join(root, 'builds'))).toEqual([]);
  });
});

function push(
  run: (options: PushOptions) => Promise<PushOutcome>,
  { environment } = createMockEnvironment(),
): Promise<PushedImage> {
  const activities = createPushActivities({ store, ecr, architecturesOf, push: run });
  return environment.run(activities.pushImage, {
    app: 'shop',
    commit,
    image,
    localReference: `host/shop/web:${SHA}`,
  });
}

describe('pushImage', () => {
  it('says the digest that the registry says', async () => {
    const result = await push(async () => {
      tagged = { digest: PUSHED, architectures: ['arm64'] };
      return { kind: 'pushed', digest: PUSHED };
    });
    expect(result.digest).toBe(PUSHED);
  });

  it('says in its heartbeat how many layers are there, and no count any more when it asks the registry', async () => {
    const mock = createMockEnvironment();
    await push(async ({ onProgress }) => {
      onProgress?.({ done: 2, total: 5 });
      await new Promise((resolve) => mock.environment.once('heartbeat', resolve));
      tagged = { digest: PUSHED, architectures: ['arm64'] };
      return { kind: 'pushed', digest: PUSHED };
    }, mock);
    expect(mock.beats).toContainEqual({
      phase: 'pushing',
      lastLine: '',
      step: 'push:web',
      measured: { done: 2, total: 5, unit: 'layers' },
    });
    expect(mock.beats.at(-1)).toEqual({ phase: 'asking the registry', lastLine: '', step: 'push:web' });
  });

  it('writes no password into the log', async () => {
    const result = await push(async ({ credentials, onOutput }) => {
      onOutput(`login with ${credentials.password}\n`);
      onOutput(`Basic ${Buffer.from('AWS:the-password').toString('base64')}\n`);
      tagged = { digest: PUSHED, architectures: ['arm64'] };
      return { kind: 'pushed', digest: PUSHED };
    });
    expect(await store.tailLog(result.logKey, 2)).toEqual(['login with ***', 'Basic ***']);
  });

  it.each<[string, typeof tagged, PushOutcome, object]>([
    [
      'is tried again when the registry does not show it yet',
      null,
      { kind: 'pushed', digest: PUSHED },
      { type: 'Transient' },
    ],
    [
      'is tried again when another push took the tag in that moment',
      { digest: OTHER, architectures: ['arm64'] },
      { kind: 'pushed', digest: PUSHED },
      { type: 'Transient', message: expect.stringContaining('somebody else moved the tag') },
    ],
    [
      'is refused when an immutable tag holds another architecture',
      { digest: OTHER, architectures: ['amd64'] },
      { kind: 'tag-immutable' },
      { type: 'RefusedByService', message: expect.stringContaining('exists for amd64, not for arm64') },
    ],
  ])('%s', async (_what, registry, outcome, error) => {
    tagged = registry;
    await expect(push(async () => outcome)).rejects.toMatchObject(error);
  });

  it('takes the image that an immutable tag holds already, if it fits', async () => {
    tagged = { digest: OTHER, architectures: ['arm64'] };
    expect((await push(async () => ({ kind: 'tag-immutable' }))).digest).toBe(OTHER);
  });
});
