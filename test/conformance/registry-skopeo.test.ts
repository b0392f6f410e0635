/** skopeo, which is no docker and keeps its own login, against the local ECR. */
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findTool } from '../../src/tools.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';
import {
  breakingRelay,
  dockerClient,
  ecrClient,
  ecrPassword,
  makeArchive,
  makeImage,
  registryOf,
  skopeoClient,
} from './registry-clients.ts';

let aws: LocalAws;
let host: string;
let skopeo: Awaited<ReturnType<typeof skopeoClient>>;
/** A `docker save` of one image, and an index of two platforms in an OCI layout. */
let archive: string;
let layout: string;
const images: { remove(): Promise<void> }[] = [];

beforeAll(async () => {
  aws = await startLocalAws();
  host = registryOf(aws);
  skopeo = await skopeoClient(aws);
  expect(await skopeo.login(await ecrPassword(aws))).toMatchObject({ exitCode: 0 });
  archive = (await makeArchive(aws, 'seed:v1')).path;
  layout = `oci:${join(aws.folder, 'layout')}:all`;
  await makeIndex();
});
afterAll(async () => {
  for (const image of images) await image.remove();
  await aws.stop();
});

async function makeIndex(): Promise<void> {
  const docker = await dockerClient(aws, await findTool('docker'));
  await docker.login(await ecrPassword(aws));
  await repository('seed');
  const parts = await Promise.all(
    ['amd64', 'arm64'].map((each) => makeImage(aws, `${host}/seed:${each}`, each)),
  );
  images.push(...parts);
  for (const { name } of parts) await docker.run('push', name);
  const all = `${host}/seed:all`;
  await docker.run('manifest', 'create', '--insecure', all, ...parts.map(({ name }) => name));
  expect(await docker.run('manifest', 'push', '--insecure', all)).toMatchObject({ exitCode: 0 });
  expect(await skopeo.copy('--all', `docker://${all}`, layout)).toMatchObject({ exitCode: 0 });
}

let count = 0;
async function repository(
  repositoryName = `skopeo/app-${++count}`,
  options: Partial<sdk.CreateRepositoryCommandInput> = {},
): Promise<string> {
  await ecrClient(aws).send(new sdk.CreateRepositoryCommand({ repositoryName, ...options }));
  return repositoryName;
}

const remote = (name: string, tag: string): string => `docker://${host}/${name}:${tag}`;
const inspect = (name: string, tag: string) => skopeo.run('inspect', '--tls-verify=false', remote(name, tag));

describe('skopeo', () => {
  it('is refused with a wrong password, and without a login', async () => {
    const stranger = await skopeoClient(aws);
    const refused = await stranger.login('not-the-password');
    expect(refused.exitCode).not.toBe(0);
    const name = await repository();
    const push = await stranger.copy(`docker-archive:${archive}`, remote(name, 'v1'));
    expect(push.exitCode).not.toBe(0);
    expect(push.stderr).toMatch(/unauthorized|authentication required/);
  });

  it('copies a docker-archive in and out, inspects it and lists its tags', async () => {
    const name = await repository();
    for (const tag of ['v1', 'v2']) {
      expect(await skopeo.copy(`docker-archive:${archive}`, remote(name, tag))).toMatchObject({
        exitCode: 0,
      });
    }
    const inspected = await inspect(name, 'v1');
    expect(JSON.parse(inspected.stdout)).toMatchObject({ Name: `${host}/${name}`, RepoTags: ['v1', 'v2'] });
    const listed = await skopeo.run('list-tags', '--tls-verify=false', `docker://${host}/${name}`);
    expect(JSON.parse(listed.stdout)).toMatchObject({ Tags: ['v1', 'v2'] });
    const folder = join(aws.folder, `out-${name.replace('/', '-')}`);
    expect(await skopeo.copy(remote(name, 'v1'), `dir:${folder}`)).toMatchObject({ exitCode: 0 });
  });

  it('copies a whole index with all its platforms, digest for digest', async () => {
    const name = await repository();
    expect(await skopeo.copy('--all', '--preserve-digests', layout, remote(name, 'all'))).toMatchObject({
      exitCode: 0,
    });
    const raw = (reference: string) => skopeo.run('inspect', '--raw', '--tls-verify=false', reference);
    expect((await raw(remote(name, 'all'))).stdout).toBe((await raw(layout)).stdout);
    const { imageDetails = [] } = await ecrClient(aws).send(
      new sdk.DescribeImagesCommand({ repositoryName: name }),
    );
    expect(imageDetails).toHaveLength(3);
    expect(imageDetails.filter(({ imageTags }) => imageTags !== undefined)).toMatchObject([
      { imageTags: ['all'] },
    ]);
    for (const architecture of ['amd64', 'arm64']) {
      const one = await skopeo.run(
        ...['--override-arch', architecture, 'inspect', '--tls-verify=false', remote(name, 'all')],
      );
      expect(JSON.parse(one.stdout)).toMatchObject({ Architecture: architecture });
    }
  });

  it('copies from one repository to another', async () => {
    const [from, to] = [await repository(), await repository()];
    await skopeo.copy(`docker-archive:${archive}`, remote(from, 'v1'));
    expect(await skopeo.copy(remote(from, 'v1'), remote(to, 'v1'))).toMatchObject({ exitCode: 0 });
    const digest = async (name: string) =>
      (JSON.parse((await inspect(name, 'v1')).stdout) as { Digest: string }).Digest;
    expect(await digest(to)).toBe(await digest(from));
  });

  it('deletes an image, and then cannot read it', async () => {
    const name = await repository();
    await skopeo.copy(`docker-archive:${archive}`, remote(name, 'v1'));
    expect(await skopeo.run('delete', '--tls-verify=false', remote(name, 'v1'))).toMatchObject({
      exitCode: 0,
    });
    const gone = await inspect(name, 'v1');
    expect(gone.exitCode).not.toBe(0);
    expect(gone.stderr).toContain('manifest unknown: Requested image not found');
    expect((await skopeo.run('delete', '--tls-verify=false', remote(name, 'v1'))).exitCode).not.toBe(0);
  });

  it('whose connection breaks in mid-layer leaves no tag, and the next push is whole', async () => {
    const name = await repository();
    const { path } = await makeArchive(aws, 'big:v1', 'amd64', { bytes: 20_000_000 });
    const relay = await breakingRelay(aws, 8_000_000);
    try {
      const broken = await skopeo.copy(
        ...['--dest-creds', `AWS:${await ecrPassword(aws)}`, `docker-archive:${path}`],
        `docker://${relay.host}/${name}:v1`,
      );
      expect(broken.exitCode).not.toBe(0);
    } finally {
      await relay.close();
    }
    expect((await inspect(name, 'v1')).stderr).toContain('manifest unknown');
    expect(await skopeo.copy(`docker-archive:${path}`, remote(name, 'v1'))).toMatchObject({ exitCode: 0 });
    const out = `dir:${join(aws.folder, 'whole')}`;
    expect(await skopeo.copy(remote(name, 'v1'), out)).toMatchObject({ exitCode: 0 });
    expect(aws.log).toEqual([]);
  });

  it('that is cut off in mid-pull fails, and the endpoint does not mind', async () => {
    const name = await repository();
    const { path } = await makeArchive(aws, 'big:v2', 'amd64', { bytes: 20_000_000 });
    await skopeo.copy(`docker-archive:${path}`, remote(name, 'v1'));
    const relay = await breakingRelay(aws, 8_000_000);
    try {
      const broken = await skopeo.copy(
        ...['--src-creds', `AWS:${await ecrPassword(aws)}`, `docker://${relay.host}/${name}:v1`],
        `dir:${join(aws.folder, 'broken')}`,
      );
      expect(broken.exitCode).not.toBe(0);
    } finally {
      await relay.close();
    }
    expect(await skopeo.copy(remote(name, 'v1'), `dir:${join(aws.folder, 'again')}`)).toMatchObject({
      exitCode: 0,
    });
    expect(aws.log).toEqual([]);
  });

  it('is shown why a push is refused: no such repository, an immutable tag', async () => {
    const name = await repository(undefined, { imageTagMutability: 'IMMUTABLE' });
    const missing = await skopeo.copy(`docker-archive:${archive}`, remote('skopeo/nobody', 'v1'));
    expect(missing.exitCode).not.toBe(0);
    expect(missing.stderr).toContain("The repository with name 'skopeo/nobody' does not exist");
    expect(await skopeo.copy(`docker-archive:${archive}`, remote(name, 'v1'))).toMatchObject({ exitCode: 0 });
    const second = await skopeo.copy(`docker-archive:${archive}`, remote(name, 'v1'));
    expect(second.exitCode).not.toBe(0);
    expect(second.stderr).toContain('cannot be overwritten because the tag is immutable');
  });
});
