import { BatchGetImageCommand, CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acceptedTypes } from '../../../src/local/ecr/convert-manifest.ts';
import { type RealRegistry, startRealRegistry } from './real-registry.ts';
import {
  basicAuth,
  indexType,
  manifestType,
  type Pusher,
  pusher,
  type StartedEcr,
  sha256,
  startEcr,
} from './start-ecr.ts';

const dockerType = 'application/vnd.docker.distribution.manifest.v2+json';
const types: Readonly<Record<string, string>> = {
  [manifestType]: dockerType,
  'application/vnd.oci.image.config.v1+json': 'application/vnd.docker.container.image.v1+json',
  'application/vnd.oci.image.layer.v1.tar+gzip': 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};
const asDocker = (text: string): unknown =>
  JSON.parse(Object.entries(types).reduce((all, [oci, docker]) => all.replaceAll(oci, docker), text));

let registry: RealRegistry;
let ecr: StartedEcr;
let docker: Pusher;
let name: string;
let image: { digest: string; text: string };

beforeAll(async () => {
  registry = await startRealRegistry();
  ecr = await startEcr(registry);
  docker = pusher(ecr.host, await basicAuth(ecr.client));
  name = 'forms';
  await ecr.client.send(new CreateRepositoryCommand({ repositoryName: name }));
  image = await docker.image(name, 'v1');
});
afterAll(async () => {
  await ecr.close();
  await registry.close();
});

const get = (reference: string, accept: string, method = 'GET') =>
  docker.fetch(`/v2/${name}/manifests/${reference}`, { method, headers: { accept } });

describe('an image in the form of OCI', () => {
  it.each([
    '',
    '*/*',
    'application/*',
    `${dockerType}, ${manifestType};q=0.5`,
    manifestType,
    'application/json',
  ])('asked for by tag with Accept %j comes as it is', async (accept) => {
    const response = await get('v1', accept);
    expect(response.headers.get('docker-content-digest')).toBe(image.digest);
    expect([response.headers.get('content-type'), await response.text()]).toEqual([manifestType, image.text]);
  });

  it("comes in Docker's form to who takes only that, under the digest of what came", async () => {
    const response = await get('v1', `application/json, ${dockerType};q=0.9`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe(dockerType);
    expect(response.headers.get('docker-content-digest')).toBe(sha256(text));
    expect(JSON.parse(text)).toEqual(asDocker(image.text));
    const head = await get('v1', dockerType, 'HEAD');
    expect(head.headers.get('docker-content-digest')).toBe(sha256(text));
    expect(head.headers.get('content-length')).toBe(String(text.length));
  });

  it('comes as it is by digest, whoever asks', async () => {
    expect(await (await get(image.digest, dockerType)).text()).toBe(image.text);
  });

  it('is given by BatchGetImage in the form that is accepted, and exactly as it is without a wish', async () => {
    const given = async (id: object, acceptedMediaTypes?: string[]) => {
      const command = new BatchGetImageCommand({
        repositoryName: name,
        imageIds: [id],
        ...(acceptedMediaTypes && { acceptedMediaTypes }),
      });
      const { images } = await ecr.client.send(command);
      return [images?.[0]?.imageManifestMediaType, images?.[0]?.imageManifest ?? ''] as const;
    };
    const [type, text] = await given({ imageTag: 'v1' }, [dockerType]);
    expect([type, JSON.parse(text)]).toEqual([dockerType, asDocker(image.text)]);
    expect(await given({ imageTag: 'v1' })).toEqual([manifestType, image.text]);
    expect(await given({ imageTag: 'v1' }, [dockerType, manifestType, indexType])).toEqual([
      manifestType,
      image.text,
    ]);
    expect(await given({ imageDigest: image.digest }, [dockerType])).toEqual([manifestType, image.text]);
  });

  it('that is pushed in its other form and asked for in this one is the same again', async () => {
    const text = JSON.stringify(asDocker(image.text));
    expect((await docker.manifest(name, 'docker', text, dockerType)).status).toBe(201);
    const back = await get('docker', manifestType);
    expect([back.headers.get('content-type'), JSON.parse(await back.text())]).toEqual([
      manifestType,
      JSON.parse(image.text),
    ]);
  });
});

describe('what has no other form', () => {
  it.each([
    ['an index', indexType],
    ['an artifact that is no image', manifestType],
  ])('%s comes as it is', async (_what, type) => {
    const config = { digest: await docker.blob(name, Buffer.from('{}')), size: 2 };
    const text = JSON.stringify(
      type === indexType
        ? {
            schemaVersion: 2,
            mediaType: type,
            manifests: [{ mediaType: manifestType, digest: image.digest, size: 1 }],
          }
        : {
            schemaVersion: 2,
            mediaType: type,
            config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', ...config },
            layers: [],
          },
    );
    await docker.manifest(name, 'other', text, type);
    const response = await get('other', dockerType);
    expect([response.headers.get('content-type'), await response.text()]).toEqual([type, text]);
  });
});

describe('an Accept header', () => {
  it.each([
    [undefined, []],
    ['a/b, c/d;q=0.1 ,e/f', ['a/b', 'c/d', 'e/f']],
    ['a/b, */*', []],
  ])('%j', (header, expected) => {
    expect(acceptedTypes(header)).toEqual(expected);
  });
});
