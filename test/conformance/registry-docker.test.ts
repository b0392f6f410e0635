/**
 * `docker login`, `push`, `pull` and buildx as users have them, against the local ECR: what works at ECR works, and
 * what ECR refuses is refused in words that the client shows.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-ecr';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type LocalAws, startLocalAws } from './local-aws.ts';
import {
  buildx,
  type DockerClient,
  dockerClient,
  dockerPrograms,
  ecrClient,
  ecrPassword,
  makeImage,
  registryOf,
} from './registry-clients.ts';

let aws: LocalAws;
let host: string;
let ecr: sdk.ECRClient;
const images: { remove(): Promise<void> }[] = [];

beforeAll(async () => {
  aws = await startLocalAws();
  host = registryOf(aws);
  ecr = ecrClient(aws);
});
afterAll(async () => {
  for (const image of images) await image.remove();
  await aws.stop();
});

let count = 0;
async function repository(options: Partial<sdk.CreateRepositoryCommandInput> = {}): Promise<string> {
  const repositoryName = `docker/app-${++count}`;
  await ecr.send(new sdk.CreateRepositoryCommand({ repositoryName, ...options }));
  return repositoryName;
}

async function describeImages(repositoryName: string, ...imageIds: sdk.ImageIdentifier[]) {
  const only = imageIds.length === 0 ? {} : { imageIds };
  return (await ecr.send(new sdk.DescribeImagesCommand({ repositoryName, ...only }))).imageDetails ?? [];
}

async function image(name: string, architecture?: string): Promise<string> {
  const made = await makeImage(aws, `${host}/${name}`, architecture);
  images.push(made);
  return made.name;
}

const said = ({ stdout, stderr }: { stdout: string; stderr: string }): string => `${stdout}\n${stderr}`;
const digestIn = (text: string): string => /digest: (sha256:[0-9a-f]{64})/.exec(text)?.[1] ?? 'none';

const programs = await dockerPrograms();

describe.each(programs)('%s', (program) => {
  let docker: DockerClient;

  beforeEach(async () => {
    docker = await dockerClient(aws, program);
    expect(await docker.login(await ecrPassword(aws))).toMatchObject({ exitCode: 0 });
  });
  afterEach(async () => {
    await docker.run('logout', host);
  });

  it('logs in with a password of GetAuthorizationToken, and keeps it in its own configuration', async () => {
    expect(await readFile(join(docker.config, 'config.json'), 'utf8')).toContain(host);
  });

  it.each([
    ['a wrong password', 'not-the-password'],
    ['the password of another stack', Buffer.alloc(48, 7).toString('base64url')],
  ])('is refused with %s', async (_what, password) => {
    const stranger = await dockerClient(aws, program);
    const refused = await stranger.login(password);
    expect(refused.exitCode).not.toBe(0);
    expect(said(refused)).toContain('401 Unauthorized');
    expect(await readdir(stranger.config)).not.toContain('config.json');
  });

  it('pushes, and pulls the same by tag and by digest', async () => {
    const name = await repository();
    const reference = await image(`${name}:v1`);
    const pushed = await docker.run('push', reference);
    expect(pushed).toMatchObject({ exitCode: 0 });
    const digest = digestIn(said(pushed));
    const byTag = await describeImages(name, { imageTag: 'v1' });
    expect(byTag).toMatchObject([{ imageDigest: digest, imageTags: ['v1'] }]);
    expect(await describeImages(name, { imageDigest: digest })).toEqual(byTag);
    for (const wanted of [reference, `${host}/${name}@${digest}`]) {
      expect(await docker.run('image', 'rm', '--force', reference)).toMatchObject({ exitCode: 0 });
      const pulled = await docker.run('pull', wanted);
      expect(pulled).toMatchObject({ exitCode: 0 });
      expect(said(pulled)).toContain(digest);
      await docker.run('tag', wanted, reference);
    }
  });

  it('without a login may neither push nor pull', async () => {
    const name = await repository();
    const reference = await image(`${name}:v1`);
    expect(await docker.run('push', reference)).toMatchObject({ exitCode: 0 });
    const stranger = await dockerClient(aws, program);
    for (const attempt of [await stranger.run('push', reference), await stranger.run('pull', reference)]) {
      expect(attempt.exitCode).not.toBe(0);
      expect(said(attempt)).toContain('no basic auth credentials');
    }
  });

  it('may not push to a repository that was not created, nor pull from it, and says why', async () => {
    const reference = await image('docker/nobody:v1');
    for (const attempt of [await docker.run('push', reference), await docker.run('pull', reference)]) {
      expect(attempt.exitCode).not.toBe(0);
      expect(said(attempt)).toContain(
        "name unknown: The repository with name 'docker/nobody' does not exist in the registry with id '000000000000'",
      );
    }
  });

  it('may not push an immutable tag a second time, not even the same image, and says why', async () => {
    const name = await repository({ imageTagMutability: 'IMMUTABLE' });
    const first = await docker.run('push', await image(`${name}:v1`));
    expect(first).toMatchObject({ exitCode: 0 });
    const same = await docker.run('push', `${host}/${name}:v1`);
    const other = await docker.run('push', await image(`${name}:v1`));
    for (const attempt of [same, other]) {
      expect(attempt.exitCode).not.toBe(0);
      expect(said(attempt)).toContain(
        `tag invalid: The image tag 'v1' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
      );
    }
    const [kept] = await describeImages(name, { imageTag: 'v1' });
    expect(kept?.imageDigest).toBe(digestIn(said(first)));
  });

  it('may move the tags that are excluded from immutability, and only those', async () => {
    const name = await repository({
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
    });
    for (const tag of ['dev-1', 'v1']) {
      expect(await docker.run('push', await image(`${name}:${tag}`))).toMatchObject({ exitCode: 0 });
    }
    expect(await docker.run('push', await image(`${name}:dev-1`))).toMatchObject({ exitCode: 0 });
    expect((await docker.run('push', await image(`${name}:v1`))).exitCode).not.toBe(0);
  });

  it('cannot pull what BatchDeleteImage has deleted', async () => {
    const name = await repository();
    const reference = await image(`${name}:v1`);
    const digest = digestIn(said(await docker.run('push', reference)));
    await ecr.send(new sdk.BatchDeleteImageCommand({ repositoryName: name, imageIds: [{ imageTag: 'v1' }] }));
    await docker.run('image', 'rm', '--force', reference);
    for (const wanted of [reference, `${host}/${name}@${digest}`]) {
      const attempt = await docker.run('pull', wanted);
      expect(attempt.exitCode).not.toBe(0);
      expect(said(attempt)).toMatch(/manifest unknown: Requested image not found|not found/);
    }
  });

  it('pushes all layers again into a repository that was deleted with force and made anew', async () => {
    const name = await repository();
    const reference = await image(`${name}:v1`);
    expect(await docker.run('push', reference)).toMatchObject({ exitCode: 0 });
    const remove = (force: boolean) =>
      ecr.send(new sdk.DeleteRepositoryCommand({ repositoryName: name, force }));
    await expect(remove(false)).rejects.toThrow(sdk.RepositoryNotEmptyException);
    await remove(true);
    const gone = await docker.run('push', reference);
    expect(said(gone)).toContain('name unknown');
    await ecr.send(new sdk.CreateRepositoryCommand({ repositoryName: name }));
    expect((await docker.run('pull', reference)).exitCode).not.toBe(0);
    const again = await docker.run('push', reference);
    expect(again).toMatchObject({ exitCode: 0 });
    expect(said(again)).not.toContain('Layer already exists');
    expect(said(await docker.run('push', reference))).toContain('Layer already exists');
  });

  it('of two pushes of one tag at once, both succeed and the tag names one of them', async () => {
    const name = await repository();
    const first = await image(`${name}:first`);
    const second = await image(`${name}:second`);
    // One engine has one image under a name, so the race for the tag is run with PutImage of what was pushed.
    const digests = await Promise.all(
      [first, second].map(async (reference) => digestIn(said(await docker.run('push', reference)))),
    );
    const { images: got = [] } = await ecr.send(
      new sdk.BatchGetImageCommand({
        repositoryName: name,
        imageIds: [{ imageTag: 'first' }, { imageTag: 'second' }],
      }),
    );
    await Promise.all(
      got.map(({ imageManifest }) =>
        ecr.send(new sdk.PutImageCommand({ repositoryName: name, imageTag: 'v1', imageManifest })),
      ),
    );
    const pulled = said(await docker.run('pull', `${host}/${name}:v1`));
    expect(digests.some((digest) => pulled.includes(digest))).toBe(true);
  });
});

describe('docker manifest', () => {
  it('makes one name for two platforms, each of which is pulled from it', async () => {
    const docker = await dockerClient(aws, programs[0] ?? 'docker');
    await docker.login(await ecrPassword(aws));
    const name = await repository();
    const parts = [await image(`${name}:amd64`, 'amd64'), await image(`${name}:arm64`, 'arm64')] as const;
    const digests: string[] = [];
    for (const part of parts) digests.push(digestIn(said(await docker.run('push', part))));
    const all = `${host}/${name}:all`;
    expect(await docker.run('manifest', 'create', '--insecure', all, ...parts)).toMatchObject({
      exitCode: 0,
    });
    expect(await docker.run('manifest', 'push', '--insecure', all)).toMatchObject({ exitCode: 0 });
    const inspected = await docker.run('manifest', 'inspect', '--insecure', all);
    for (const digest of digests) expect(inspected.stdout).toContain(digest);
    for (const architecture of ['amd64', 'arm64']) {
      const reference = `${host}/${name}:all`;
      await docker.run('image', 'rm', '--force', reference);
      expect(await docker.run('pull', '--platform', `linux/${architecture}`, reference)).toMatchObject({
        exitCode: 0,
      });
      const { stdout } = await docker.run('image', 'inspect', '--format', '{{.Architecture}}', reference);
      expect(stdout.trim()).toBe(architecture);
    }
    await docker.run('image', 'rm', '--force', all);
  });
});

describe('buildx --push', () => {
  it('leaves an image under the digest that it reports; to a missing repository it is refused', async () => {
    const docker = await dockerClient(aws, programs[0] ?? 'docker');
    await docker.login(await ecrPassword(aws));
    const name = await repository();
    const context = join(docker.config, 'context');
    await mkdir(context);
    await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /content\nCMD ["/none"]\n');
    const metadata = join(docker.config, 'metadata.json');
    const build = (tag: string) =>
      buildx(
        docker,
        'build',
        '--builder',
        'default',
        '--push',
        '--tag',
        tag,
        '--metadata-file',
        metadata,
        context,
      );
    expect(await build(`${host}/${name}:v1`)).toMatchObject({ exitCode: 0 });
    const { 'containerimage.digest': digest } = JSON.parse(await readFile(metadata, 'utf8')) as Record<
      string,
      string
    >;
    expect(await describeImages(name)).toMatchObject([{ imageDigest: digest, imageTags: ['v1'] }]);
    const refused = await build(`${host}/docker/absent:v1`);
    expect(refused.exitCode).not.toBe(0);
    expect(said(refused)).toMatch(/docker\/absent/);
    // The driver of the engine keeps what it has built.
    await docker.run('image', 'rm', '--force', `${host}/${name}:v1`, `${host}/docker/absent:v1`);
  });
});
