/** awscli and docker together on the registry, as deploy scripts use them: log in, retag without a pull, delete. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findTool } from '../../src/tools.ts';
import type { Ran } from './clients.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';
import { type DockerClient, dockerClient, makeImage, registryOf } from './registry-clients.ts';

let aws: LocalAws;
let docker: DockerClient;
const images: { remove(): Promise<void> }[] = [];

beforeAll(async () => {
  aws = await startLocalAws();
  docker = await dockerClient(aws, await findTool('docker'));
});
afterAll(async () => {
  for (const image of images) await image.remove();
  await aws.stop();
});

const ecr = (operation: string, ...args: string[]) => aws.aws('ecr', operation, '--output', 'json', ...args);
const on = (name: string) => ['--repository-name', name];

async function answer<T>(operation: string, ...args: string[]): Promise<T> {
  const { exitCode, stdout, stderr } = await ecr(operation, ...args);
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

async function pushed(name: string, tag: string, ...options: string[]): Promise<string> {
  await answer('create-repository', ...on(name), ...options);
  const image = await makeImage(aws, `${registryOf(aws)}/${name}:${tag}`);
  images.push(image);
  const { exitCode, stdout } = await docker.run('push', image.name);
  expect(exitCode).toBe(0);
  return /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1] ?? 'none';
}

/** awscli 1 ends with 255 after an error of the service, awscli 2 with 254. */
function expectRefusal({ exitCode, stderr }: Ran, text: string): void {
  expect(stderr).toContain(text);
  expect(exitCode).not.toBe(0);
}

describe('awscli with docker', () => {
  it('get-login-password is what docker login takes; anything else is not', async () => {
    const { stdout } = await aws.aws('ecr', 'get-login-password');
    expect(await docker.login(stdout)).toMatchObject({ exitCode: 0 });
    const stranger = await dockerClient(aws, await findTool('docker'));
    expect((await stranger.login(`${stdout.trim()}x`)).exitCode).not.toBe(0);
  });

  it('an image is retagged by its manifest, and docker pulls the same under both tags and by digest', async () => {
    const name = 'aws/retag';
    const digest = await pushed(name, 'v1');
    const manifest = await aws.aws(
      ...['ecr', 'batch-get-image', ...on(name), '--image-ids', 'imageTag=v1'],
      ...['--query', 'images[].imageManifest', '--output', 'text'],
    );
    const put = (text: string, ...more: string[]) =>
      ecr('put-image', ...on(name), '--image-tag', 'latest', '--image-manifest', text, ...more);
    // `$(…)` takes the last line feed away, and so do we.
    const exact = manifest.stdout.replace(/\n$/, '');
    const reformatted = JSON.stringify(JSON.parse(exact));
    const refused = await put(reformatted, '--image-digest', digest);
    expectRefusal(refused, 'ImageDigestDoesNotMatchException');
    expect(await put(exact, '--image-digest', digest)).toMatchObject({ exitCode: 0 });
    const again = await put(exact);
    expectRefusal(again, 'ImageAlreadyExistsException');
    const { imageDetails } = await answer<{ imageDetails: { imageTags: string[] }[] }>(
      'describe-images',
      ...on(name),
    );
    expect(imageDetails).toMatchObject([
      { imageDigest: digest, imageTags: expect.arrayContaining(['v1', 'latest']) },
    ]);
    const reference = `${registryOf(aws)}/${name}`;
    for (const wanted of [`${reference}:latest`, `${reference}:v1`, `${reference}@${digest}`]) {
      const pulled = await docker.run('pull', wanted);
      expect([pulled.exitCode, pulled.stdout]).toEqual([0, expect.stringContaining(digest)]);
    }
  });

  it('an immutable tag is refused at this door, too, and stays', async () => {
    const name = 'aws/immutable';
    const digest = await pushed(name, 'v1', '--image-tag-mutability', 'IMMUTABLE');
    const other = await pushed('aws/other', 'v1');
    const { images: got } = await answer<{ images: { imageManifest: string }[] }>(
      ...(['batch-get-image', ...on('aws/other'), '--image-ids', `imageDigest=${other}`] as const),
    );
    const text = got[0]?.imageManifest ?? '';
    const elsewhere = await ecr('put-image', ...on(name), '--image-tag', 'v2', '--image-manifest', text);
    expectRefusal(elsewhere, 'LayersNotFoundException');
    const made = await makeImage(aws, `${registryOf(aws)}/${name}:v2`);
    images.push(made);
    await docker.run('push', made.name);
    const second = await answer<{ images: { imageManifest: string }[] }>(
      ...(['batch-get-image', ...on(name), '--image-ids', 'imageTag=v2'] as const),
    );
    const moved = await ecr(
      ...(['put-image', ...on(name), '--image-tag', 'v1', '--image-manifest'] as const),
      second.images[0]?.imageManifest ?? '',
    );
    expectRefusal(moved, 'ImageTagAlreadyExistsException');
    const { imageDetails } = await answer<{ imageDetails: { imageDigest: string }[] }>(
      ...(['describe-images', ...on(name), '--image-ids', 'imageTag=v1'] as const),
    );
    expect(imageDetails[0]?.imageDigest).toBe(digest);
  });

  it('a layer is fetched from its address without a login, and a missing one has none', async () => {
    const name = 'aws/layers';
    await pushed(name, 'v1');
    const { images: got } = await answer<{ images: { imageManifest: string }[] }>(
      ...(['batch-get-image', ...on(name), '--image-ids', 'imageTag=v1'] as const),
    );
    const { layers } = JSON.parse(got[0]?.imageManifest ?? '{}') as {
      layers: { digest: string; size: number }[];
    };
    const [layer] = layers;
    const { downloadUrl } = await answer<{ downloadUrl: string }>(
      ...(['get-download-url-for-layer', ...on(name), '--layer-digest', layer?.digest ?? ''] as const),
    );
    expect((await (await fetch(downloadUrl)).arrayBuffer()).byteLength).toBe(layer?.size);
    const missing = await ecr(
      'get-download-url-for-layer',
      ...on(name),
      '--layer-digest',
      `sha256:${'0'.repeat(64)}`,
    );
    expectRefusal(missing, 'LayersNotFoundException');
  });

  it('what is deleted is gone for docker; a repository with images goes only by force', async () => {
    const name = 'aws/delete';
    const digest = await pushed(name, 'v1');
    const kept = await ecr('delete-repository', ...on(name));
    expectRefusal(kept, 'RepositoryNotEmptyException');
    await answer('batch-delete-image', ...on(name), '--image-ids', `imageDigest=${digest}`);
    const pull = await docker.run('pull', `${registryOf(aws)}/${name}:v1`);
    expectRefusal(pull, 'manifest unknown');
    await answer('delete-repository', ...on(name), '--force');
    const push = await docker.run('push', `${registryOf(aws)}/${name}:v1`);
    expectRefusal(push, 'name unknown');
  });

  it('a wait for a scan fails at once, as there is no scanner', async () => {
    const name = 'aws/scan';
    await pushed(name, 'v1');
    await answer('start-image-scan', ...on(name), '--image-id', 'imageTag=v1');
    const waited = await aws.aws(
      'ecr',
      'wait',
      'image-scan-complete',
      ...on(name),
      '--image-id',
      'imageTag=v1',
    );
    expectRefusal(waited, 'terminal failure state');
    expect(waited.tookMs).toBeLessThan(30_000);
  });
});
