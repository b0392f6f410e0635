/**
 * Builds and pushes on the real engine, into a real registry (without authentication, behind a small stand-in
 * for ECR), for both architectures. Needs Docker, buildx and docker-registry, as script/setup leaves them.
 */
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { createBuildActivities } from '../../src/activities/build.ts';
import type { BuildImageResult, PushedImage } from '../../src/activities/contracts/build.ts';
import { createPushActivities } from '../../src/activities/push.ts';
import { readImage } from '../../src/aws/registry.ts';
import { buildImage } from '../../src/build/buildx.ts';
import { type DockerPrograms, findEngineEnvironment, readEngineInfo } from '../../src/build/docker-cli.ts';
import { probeProgram } from '../../src/build/probe-program.ts';
import { proveArchitecture } from '../../src/build/prove-architecture.ts';
import { pushReference } from '../../src/build/push.ts';
import { freePorts } from '../../src/local/stack/ports.ts';
import type { Architecture, ImagePlan, SourceArchive } from '../../src/release/plan.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { findTool } from '../../src/tools.ts';
import { createMockEnvironment } from '../activities/mock-environment.ts';

const DOCKERFILE = `FROM scratch
COPY probe /probe
RUN ["/probe"]
ARG COMMIT_SHA
LABEL commit=$COMMIT_SHA
`;
/** amd64: `jmp` to itself. */
const ENDLESS = Buffer.from([0xeb, 0xfe]);

let root: string;
let programs: DockerPrograms;
let stopRegistry: () => Promise<unknown>;
let host: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-e2e-build-'));
  const docker = await findTool('docker');
  programs = {
    docker,
    buildx: await findTool('buildx'),
    engineEnv: await findEngineEnvironment(docker),
    scratch: join(root, 'scratch'),
  };
  const [port = 0] = await freePorts(1);
  host = `127.0.0.1:${port}`;
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(root, 'registry') } },
    http: { addr: host },
  };
  await writeFile(join(root, 'registry.yml'), JSON.stringify(config));
  const registry = execa(await findTool('registry'), ['serve', join(root, 'registry.yml')], {
    stdio: 'ignore',
    reject: false,
  });
  stopRegistry = () => {
    registry.kill();
    return registry;
  };
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer?.ok) break;
    if (tries > 100) throw new Error('the registry does not answer');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

afterAll(async () => {
  const { stdout } = await execa(programs.docker, ['images', '--format', '{{.Repository}}:{{.Tag}}']);
  const ours = stdout.split('\n').filter((name) => name.startsWith(`${host}/`));
  if (ours.length > 0) await execa(programs.docker, ['image', 'rm', '--force', ...ours]);
  await stopRegistry();
  await rm(root, { recursive: true, force: true });
});

const image = (name: string, architecture: Architecture): ImagePlan => ({
  name,
  context: '.',
  dockerfile: 'Dockerfile',
  args: {},
  commitArg: 'COMMIT_SHA',
  architecture,
  repository: `app/${name}`,
  repositoryUri: `${host}/app/${name}`,
  provenance: false,
  movesLatest: true,
  timeoutMs: 120_000,
});

let folders = 0;
async function sourceFolder(files: Record<string, string | Buffer>): Promise<string> {
  folders += 1;
  const folder = join(root, `source-${folders}`);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content, { mode: 0o755 });
  }
  return folder;
}

const build = async (plan: ImagePlan, folder: string, commit: string, engine = programs): Promise<string> => {
  let output = '';
  await buildImage(engine, {
    sourceFolder: folder,
    image: plan,
    commit,
    reference: `${plan.repositoryUri}:${commit}`,
    onOutput: (text) => {
      output += text;
    },
  });
  return output;
};

const credentials = { username: 'AWS', password: 'not-a-secret' };
const push = (reference: string) =>
  pushReference(programs, { reference, credentials, onOutput: () => undefined });
const sha = (digit: string): string => digit.repeat(40);

describe('the engine', () => {
  it.each(['amd64', 'arm64'] as const)('proves that it runs %s, and how', async (architecture) => {
    const proof = await proveArchitecture(programs, architecture);
    expect(proof.mode).toBe(proof.engine.architecture === architecture ? 'native' : 'emulated');
    expect(proof.engine.id).not.toBe('');
  });

  it('that is away is worth waiting for', async () => {
    const away = { ...programs, engineEnv: { DOCKER_HOST: `unix://${join(root, 'none.sock')}` } };
    await expect(readEngineInfo(away)).rejects.toMatchObject({ type: 'Transient' });
    const folder = await sourceFolder({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
    await expect(build(image('away', 'amd64'), folder, sha('a'), away)).rejects.toMatchObject({
      type: 'Transient',
    });
  });
});

describe('an image', () => {
  it.each(['amd64', 'arm64'] as const)(
    'for %s is built, pushed, and pushed again as the same digest',
    async (architecture) => {
      const plan = image(`push-${architecture}`, architecture);
      const folder = await sourceFolder({ Dockerfile: DOCKERFILE, probe: probeProgram(architecture) });
      await build(plan, folder, sha('b'));
      const reference = `${plan.repositoryUri}:${sha('b')}`;
      const outcome = await push(reference);
      const inRegistry = await readImage(plan.repositoryUri, sha('b'), null);
      expect(inRegistry?.platforms).toEqual([{ os: 'linux', architecture }]);
      expect(outcome).toEqual({ kind: 'pushed', digest: inRegistry?.digest });
      expect(await push(reference)).toEqual(outcome);
      const { stdout } = await execa(programs.docker, [
        'image',
        'inspect',
        '--format',
        '{{.Config.Labels.commit}}',
        reference,
      ]);
      expect(stdout).toBe(sha('b'));
      expect(await readdir(programs.scratch)).toEqual([]);
    },
  );

  it.each<[string, Record<string, string>, string, RegExp]>([
    [
      'a step that fails',
      { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\nRUN ["/nothing"]\n' },
      'BuildFailed',
      /does not build: ERROR/,
    ],
    [
      'a Dockerfile that is none',
      { Dockerfile: 'FORM scratch\n' },
      'BuildFailed',
      /unknown instruction: FORM|FORM/,
    ],
    ['a file that is not there', { Dockerfile: 'FROM scratch\nCOPY nothing /\n' }, 'BuildFailed', /nothing/],
    ['no Dockerfile', { other: 'x' }, 'ConfigurationError', /images.fails.dockerfile.* is not in the commit/],
  ])('with %s fails for good', async (_what, files, type, message) => {
    await expect(build(image('fails', 'amd64'), await sourceFolder(files), sha('c'))).rejects.toMatchObject({
      type,
      retryable: false,
      message: expect.stringMatching(message),
    });
  });

  it('whose context leads out of the commit is not built', async () => {
    const folder = await sourceFolder({ Dockerfile: DOCKERFILE });
    await symlink('/etc', join(folder, 'out'));
    await expect(build({ ...image('out', 'amd64'), context: 'out' }, folder, sha('d'))).rejects.toMatchObject(
      {
        type: 'ConfigurationError',
        message: expect.stringContaining('leads out of the repository'),
      },
    );
  });

  it('that the engine does not have cannot be pushed, and that is told apart', async () => {
    await expect(push(`${host}/app/none:${sha('e')}`)).rejects.toMatchObject({ type: 'ImageGone' });
  });
});

describe('the activities', () => {
  const store = () => createFolderStore(join(root, 'store'));
  const ecr = {
    login: async () => credentials,
    findTag: async (repository: string, tag: string) =>
      (await readImage(`${host}/${repository}`, tag, null))?.digest ?? null,
  };
  const architecturesOf = async (uri: string, reference: string) =>
    (await readImage(uri, reference, null))?.platforms.map(({ architecture }) => architecture) ?? null;
  const activities = () => ({
    ...createBuildActivities({
      store: store(),
      ecr,
      architecturesOf,
      build: (options) => buildImage(programs, options),
      engineId: 'ENGINE:1',
      emulated: false,
      folder: join(root, 'builds'),
    }),
    ...createPushActivities({
      store: store(),
      ecr,
      architecturesOf,
      push: (options) => pushReference(programs, options),
    }),
  });
  const archive = async (files: Record<string, string | Buffer>): Promise<SourceArchive> => {
    const folder = await sourceFolder(files);
    await execa('tar', ['-czf', `${folder}.tgz`, '-C', folder, '.']);
    return store().putArchive(createReadStream(`${folder}.tgz`));
  };
  const commit = { sha: sha('f'), subject: 'x', author: 'x' };

  it('build, push, and find the commit again instead of building it twice', async () => {
    const source = await archive({ Dockerfile: DOCKERFILE, probe: probeProgram('amd64') });
    const plan = image('flow', 'amd64');
    const run = (): Promise<BuildImageResult> =>
      createMockEnvironment().environment.run(activities().buildImage, {
        app: 'app',
        commit,
        source,
        image: plan,
      });
    const built = await run();
    expect(built).toMatchObject({ kind: 'built', pushQueue: 'slipway-engine-engine-1', emulated: false });
    if (built.kind !== 'built') return;
    const pushed: PushedImage = await createMockEnvironment().environment.run(activities().pushImage, {
      app: 'app',
      commit,
      image: plan,
      localReference: built.localReference,
    });
    expect(await run()).toEqual({ kind: 'reused', digest: pushed.digest });
    expect((await store().readLog(built.logKey, 0)).text).toContain('RUN ["/probe"]');
    expect((await store().readLog(pushed.logKey, 0)).text).toContain(pushed.digest);
    expect(await readdir(join(root, 'builds'))).toEqual([]);
  });

  it('end the build when they are cancelled, and say what is going on until then', async () => {
    const endless = Buffer.concat([probeProgram('amd64').subarray(0, 120), ENDLESS, Buffer.alloc(7)]);
    const source = await archive({ Dockerfile: DOCKERFILE, probe: endless });
    const { environment, beats } = createMockEnvironment();
    const running = environment.run(activities().buildImage, {
      app: 'app',
      commit,
      source,
      image: image('endless', 'amd64'),
    });
    const inRun = new Promise<void>((resolve) => {
      environment.on('heartbeat', ({ lastLine }: { lastLine: string }) => {
        if (/RUN \["\/probe"\]/.test(lastLine)) resolve();
      });
    });
    await inRun;
    environment.cancel();
    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(beats.map(({ phase }) => phase)).toContain('building');
    expect(await readdir(join(root, 'builds'))).toEqual([]);
    const { stdout } = await execa('ps', ['-eo', 'args']);
    expect(stdout).not.toContain(`${host}/app/endless`);
  });
});
