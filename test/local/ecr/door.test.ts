import { request } from 'node:http';
import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  GetDownloadUrlForLayerCommand,
  type ImageTagMutability,
} from '@aws-sdk/client-ecr';
import { describe, expect, it } from '@jest/globals';
import { basicAuth, imageManifest, indexType, manifestType, sha256, useEcr } from './start-ecr.ts';

const at = useEcr();

let count = 0;
async function repository(
  imageTagMutability: ImageTagMutability = 'MUTABLE',
  ...filters: string[]
): Promise<string> {
  const repositoryName = `team/app-${++count}`;
  const imageTagMutabilityExclusionFilters = filters.map((filter) => ({
    filterType: 'WILDCARD' as const,
    filter,
  }));
  await at.ecr.client.send(
    new CreateRepositoryCommand({
      repositoryName,
      imageTagMutability,
      ...(filters.length === 0 ? {} : { imageTagMutabilityExclusionFilters }),
    }),
  );
  return repositoryName;
}

async function refusal(response: Response): Promise<{ status: number; code: string; message: string }> {
  const { errors } = (await response.json()) as { errors: { code: string; message: string }[] };
  return { status: response.status, code: errors[0]?.code ?? '', message: errors[0]?.message ?? '' };
}

describe('login', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

  it.each([
    ['nothing', undefined],
    ['a made-up password', basic('AWS:guess')],
    ['another scheme', 'Bearer x'],
  ])('with %s is answered 401 and how to do it', async (_what, authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await fetch(`http://${at.ecr.host}/v2/`, { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
  });

  it('with a right password for another user is refused', async () => {
    const auth = await basicAuth(at.ecr.client);
    const [, password] = Buffer.from(auth.slice(6), 'base64').toString().split(':');
    const response = await fetch(`http://${at.ecr.host}/v2/`, {
      headers: { authorization: basic(`root:${password}`) },
    });
    expect(response.status).toBe(401);
  });

  it('with a token works, also on 127.0.0.1 and on ::1', async () => {
    const port = at.ecr.host.split(':')[1];
    for (const host of [at.ecr.host, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      const response = await fetch(`http://${host}/v2/`, {
        headers: { authorization: await basicAuth(at.ecr.client) },
      });
      expect(response.status).toBe(200);
    }
  });

  it("is not needed by our own agent, which has credentials for this registry's images only", async () => {
    const own = at.ecr.pullCredentials(`${at.ecr.host}/team/api:1`);
    expect(own).toMatchObject({ username: 'AWS', serveraddress: at.ecr.host });
    const authorization = basic(`AWS:${own?.password}`);
    const response = await fetch(`http://${at.ecr.host}/v2/`, { headers: { authorization } });
    expect(response.status).toBe(200);
    expect(at.ecr.pullCredentials('nginx:latest')).toBeUndefined();
    expect(at.ecr.pullCredentials('registry.example/team/api:1')).toBeUndefined();
  });
});

describe('our own agent', () => {
  it('knows what a name stands for, by tag and by digest, until it is deleted', async () => {
    const name = await repository();
    const image = `${at.ecr.host}/${name}`;
    const { digest, text } = await at.docker.image(name, 'latest');
    const child = { mediaType: manifestType, digest, size: text.length };
    const index = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [child] });
    await at.docker.manifest(name, 'both', index, indexType);
    for (const known of [image, `${image}:latest`, `${image}@${digest}`, `${image}:gone@${digest}`]) {
      expect([known, at.ecr.lookUp(known)]).toEqual([known, digest]);
    }
    expect(at.ecr.lookUp(image.replace('localhost', '127.0.0.1'))).toBe(digest);
    expect(at.ecr.lookUp(`${image}:both`)).toBe(sha256(index));
    expect(at.ecr.lookUp(`${image}:other`)).toBe('missing');
    expect(at.ecr.lookUp(`${at.ecr.host}/none:1`)).toBe('missing');
    expect(at.ecr.lookUp('nginx:latest')).toBeUndefined();
    const remove = (imageDigest: string) =>
      at.ecr.client.send(new BatchDeleteImageCommand({ repositoryName: name, imageIds: [{ imageDigest }] }));
    await remove(sha256(index));
    expect(at.ecr.lookUp(`${image}@${sha256(index)}`)).toBe('missing');
    expect(at.ecr.lookUp(`${image}@${digest}`)).toBe(digest);
    await remove(digest);
    expect(at.ecr.lookUp(`${image}@${digest}`)).toBe('missing');
    expect(at.ecr.lookUp(`${image}:latest`)).toBe('missing');
  });
});

describe('a push', () => {
  it('by tag can be pulled by tag and by digest, byte for byte', async () => {
    const name = await repository();
    const { digest, text, size } = await at.docker.image(name, 'v1');
    for (const reference of ['v1', digest]) {
      const response = await at.docker.fetch(`/v2/${name}/manifests/${reference}`);
      expect(response.headers.get('docker-content-digest')).toBe(digest);
      expect(await response.text()).toBe(text);
      const head = await at.docker.fetch(`/v2/${name}/manifests/${reference}`, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(text.length)]);
    }
    const { imageDetails } = await at.ecr.client.send(new DescribeImagesCommand({ repositoryName: name }));
    expect(imageDetails).toMatchObject([{ imageDigest: digest, imageTags: ['v1'], imageSizeInBytes: size }]);
  });

  it('of blobs is resumable through the addresses that are given out', async () => {
    const name = await repository();
    const begun = await at.docker.fetch(`/v2/${name}/blobs/uploads/`, { method: 'POST' });
    const location = begun.headers.get('location') ?? '';
    expect(location).toMatch(new RegExp(`^http://${at.ecr.host}/v2/${name}/blobs/uploads/`));
    const bytes = Buffer.alloc(3_000_000, 7);
    const digest = await at.docker.blob(name, bytes);
    const pulled = await at.docker.fetch(`/v2/${name}/blobs/${digest}`);
    expect(sha256(Buffer.from(await pulled.arrayBuffer()))).toBe(digest);
    const part = await at.docker.fetch(`/v2/${name}/blobs/${digest}`, { headers: { range: 'bytes=0-9' } });
    expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 10]);
  });

  it.each(['upload', 'manifest', 'pull'])(
    'to a repository that was not created is refused (%s)',
    async (what) => {
      const response =
        what === 'upload'
          ? await at.docker.fetch('/v2/nobody/blobs/uploads/', { method: 'POST' })
          : what === 'manifest'
            ? await at.docker.manifest(
                'nobody',
                'v1',
                imageManifest({ digest: 'd', size: 1 }, { digest: 'e', size: 1 }),
              )
            : await at.docker.fetch('/v2/nobody/manifests/v1');
      expect(await refusal(response)).toEqual({
        status: 404,
        code: 'NAME_UNKNOWN',
        message: "The repository with name 'nobody' does not exist in the registry with id '000000000000'",
      });
    },
  );

  it('of a manifest whose layers are missing is refused, and no tag appears', async () => {
    const name = await repository();
    const part = { digest: sha256('nowhere'), size: 7 };
    expect(await refusal(await at.docker.manifest(name, 'v1', imageManifest(part, part)))).toEqual({
      status: 404,
      code: 'BLOB_UPLOAD_UNKNOWN',
      message: `Layers with digests '[${part.digest}]' required for pushing image into repository with name '${name}' in the registry with id '000000000000' do not exist`,
    });
    expect((await at.docker.fetch(`/v2/${name}/manifests/v1`)).status).toBe(404);
  });

  it('of a manifest over 4 MiB is refused, and one just below is taken', async () => {
    const name = await repository();
    const { text } = await at.docker.image(name);
    const padded = (length: number): string => `${text.slice(0, -1).padEnd(length - 1)}}`;
    const limit = 4 * 1024 * 1024;
    expect((await at.docker.manifest(name, 'v1', padded(limit))).status).toBe(201);
    expect(await refusal(await at.docker.manifest(name, 'v2', padded(limit + 1)))).toMatchObject({
      status: 413,
      code: 'SIZE_INVALID',
    });
  });

  it.each(['-first', 'with space', 'x'.repeat(129), 'ü'])('under the tag %j is refused', async (tag) => {
    const name = await repository();
    const { text } = await at.docker.image(name);
    const answer = await at.docker.manifest(name, encodeURIComponent(tag), text);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const { tags } = (await (await at.docker.fetch(`/v2/${name}/tags/list`)).json()) as { tags: string[] };
    expect(tags).toEqual([]);
  });

  it('of a manifest under a digest that is not its own is refused', async () => {
    const name = await repository();
    const { text } = await at.docker.image(name, 'v1');
    expect(await refusal(await at.docker.manifest(name, sha256('other'), text))).toMatchObject({
      code: 'DIGEST_INVALID',
    });
  });

  it.each(['not json', '{}', '{"schemaVersion":1}'])('of the manifest %j is refused', async (text) => {
    const name = await repository();
    expect(await refusal(await at.docker.manifest(name, 'v1', text))).toMatchObject({
      status: 405,
      code: 'UNSUPPORTED',
    });
  });

  it('of an index keeps its images untagged, and refuses one whose images are missing', async () => {
    const name = await repository();
    const first = await at.docker.image(name);
    const second = await at.docker.image(name);
    const index = (...digests: string[]): string =>
      JSON.stringify({
        schemaVersion: 2,
        mediaType: indexType,
        manifests: digests.map((digest) => ({
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          digest,
          size: 1,
        })),
      });
    const broken = await at.docker.manifest(name, 'v1', index(first.digest, sha256('absent')), indexType);
    expect(await refusal(broken)).toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
    const good = await at.docker.manifest(name, 'v1', index(first.digest, second.digest), indexType);
    expect(good.status).toBe(201);
    const { imageDetails } = await at.ecr.client.send(
      new DescribeImagesCommand({ repositoryName: name, imageIds: [{ imageTag: 'v1' }] }),
    );
    // "If the image is a manifest list, this will be the max size of all manifests in the list."
    expect(imageDetails).toMatchObject([
      { imageManifestMediaType: indexType, imageSizeInBytes: Math.max(first.size, second.size) },
    ]);
  });
});

describe('tags at the front door', () => {
  it.each([
    ['MUTABLE', [], 'v1', 'moves'],
    ['IMMUTABLE', [], 'v1', 'stays'],
    ['IMMUTABLE_WITH_EXCLUSION', ['latest', 'dev-*'], 'v1', 'stays'],
    ['IMMUTABLE_WITH_EXCLUSION', ['latest', 'dev-*'], 'latest', 'moves'],
    ['IMMUTABLE_WITH_EXCLUSION', ['latest', 'dev-*'], 'dev-7', 'moves'],
    ['MUTABLE_WITH_EXCLUSION', ['v*'], 'v1', 'stays'],
    ['MUTABLE_WITH_EXCLUSION', ['v*'], 'latest', 'moves'],
  ] as const)('%s %j: %s %s', async (mutability, filters, tag, expected) => {
    const name = await repository(mutability, ...filters);
    const first = await at.docker.image(name, tag);
    const second = await at.docker.image(name);
    const again = await at.docker.manifest(name, tag, second.text);
    if (expected === 'stays') {
      expect(await refusal(again)).toMatchObject({ status: 400, code: 'TAG_INVALID' });
    } else {
      expect(again.status).toBe(201);
    }
    const now = await at.docker.fetch(`/v2/${name}/manifests/${tag}`);
    expect(now.headers.get('docker-content-digest')).toBe(
      expected === 'stays' ? first.digest : second.digest,
    );
  });

  it('an immutable tag is refused a second time even with the same digest, as at ECR', async () => {
    const name = await repository('IMMUTABLE');
    const { text } = await at.docker.image(name, 'v1');
    expect(await refusal(await at.docker.manifest(name, 'v1', text))).toMatchObject({ code: 'TAG_INVALID' });
  });

  it('of two pushes of one immutable tag at once, one wins', async () => {
    const name = await repository('IMMUTABLE');
    const images = [await at.docker.image(name), await at.docker.image(name)];
    const answers = await Promise.all(images.map(({ text }) => at.docker.manifest(name, 'v1', text)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400]);
  });
});

describe('many pushes of one tag at once', () => {
  it('all succeed; the tag names one of them, and each is there by its digest', async () => {
    const name = await repository();
    const images = await Promise.all(Array.from({ length: 12 }, () => at.docker.image(name, 'latest')));
    const tagged = await at.docker.fetch(`/v2/${name}/manifests/latest`);
    expect(images.map(({ digest }) => digest)).toContain(tagged.headers.get('docker-content-digest'));
    for (const { digest, text } of images) {
      expect(await (await at.docker.fetch(`/v2/${name}/manifests/${digest}`)).text()).toBe(text);
    }
    const { imageDetails = [] } = await at.ecr.client.send(
      new DescribeImagesCommand({ repositoryName: name }),
    );
    expect(imageDetails).toHaveLength(images.length);
    expect(imageDetails.filter(({ imageTags }) => imageTags !== undefined)).toHaveLength(1);
  });
});

describe('deleting at the front door', () => {
  it('goes by the rules of BatchDeleteImage: by tag, with the last tag, not out of an index', async () => {
    const name = await repository();
    const { digest, text } = await at.docker.image(name, 'one');
    await at.docker.manifest(name, 'two', text);
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: text.length }],
    });
    await at.docker.manifest(name, 'all', index, indexType);
    const remove = async (reference: string): Promise<number> =>
      (await at.docker.fetch(`/v2/${name}/manifests/${reference}`, { method: 'DELETE' })).status;
    const status = async (reference: string): Promise<number> =>
      (await at.docker.fetch(`/v2/${name}/manifests/${reference}`)).status;
    expect([await remove(digest), await status('one'), await status(digest)]).toEqual([405, 200, 200]);
    expect([await remove('one'), await status('one'), await status(digest)]).toEqual([202, 404, 200]);
    expect([await remove('all'), await status(sha256(index))]).toEqual([202, 404]);
    expect([await remove('two'), await status(digest)]).toEqual([202, 404]);
    expect(await remove('two')).toBe(404);
  });
});

describe('a path that is none', () => {
  /** As it stands: fetch would tidy it up. */
  const ask = (path: string, authorization: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const [hostname, port] = at.ecr.host.split(':');
      request({ hostname, port, path, headers: { authorization } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });

  it.each([
    '/v2/../../etc/passwd',
    '/v2/%2e%2e/%2e%2e/etc/passwd/tags/list',
    '/v2/NAME/blobs/..%2f..%2f..%2fdocker%2fregistry',
    '/v2/NAME/blobs/sha256:../../../data',
    '/v2/NAME/manifests/%2e%2e%2f%2e%2e',
    '/v2/NAME/manifests/__proto__',
    '/v2/__proto__/tags/list',
    '/v2/constructor/manifests/latest',
    '/v2/NAME/blobs/uploads/..%2F..%2F_catalog',
    '/v2//tags/list',
    '/v2/NAME/%ff/tags/list',
  ])('%s gives nothing', async (path) => {
    const name = await repository();
    const status = await ask(path.replace('NAME', name), await basicAuth(at.ecr.client));
    expect([400, 404, 405]).toContain(status);
  });
});

describe('what is no longer ours', () => {
  it('a deleted repository gives nothing, and its images do not come back with its name', async () => {
    const name = await repository();
    const { digest } = await at.docker.image(name, 'v1');
    await at.ecr.client.send(new DeleteRepositoryCommand({ repositoryName: name, force: true }));
    expect((await at.docker.fetch(`/v2/${name}/manifests/${digest}`)).status).toBe(404);
    await at.ecr.client.send(new CreateRepositoryCommand({ repositoryName: name }));
    expect((await at.docker.fetch(`/v2/${name}/manifests/${digest}`)).status).toBe(404);
    expect((await at.docker.fetch(`/v2/${name}/manifests/v1`)).status).toBe(404);
  });

  it('nor do its layers: what was pushed into the old one is not in the new one', async () => {
    const name = await repository();
    const bytes = Buffer.from(`layer of ${name}`);
    const digest = await at.docker.blob(name, bytes);
    const path = `/v2/${name}/blobs/${digest}`;
    expect((await at.docker.fetch(path, { method: 'HEAD' })).status).toBe(200);
    await at.ecr.client.send(new DeleteRepositoryCommand({ repositoryName: name, force: true }));
    await at.ecr.client.send(new CreateRepositoryCommand({ repositoryName: name }));
    expect((await at.docker.fetch(path, { method: 'HEAD' })).status).toBe(404);
    expect(await at.docker.blob(name, bytes)).toBe(digest);
  });
});

describe('a layer alone', () => {
  it('can be read without login from the address of GetDownloadUrlForLayer, and from no other', async () => {
    const name = await repository();
    const bytes = Buffer.from('a layer');
    const layerDigest = await at.docker.blob(name, bytes);
    const { downloadUrl = '' } = await at.ecr.client.send(
      new GetDownloadUrlForLayerCommand({ repositoryName: name, layerDigest }),
    );
    expect(await (await fetch(downloadUrl)).text()).toBe('a layer');
    expect((await fetch(downloadUrl, { method: 'DELETE' })).status).toBe(401);
    const forged = downloadUrl.replace(/signature=./, 'signature=x');
    expect((await fetch(forged)).status).toBe(401);
    const other = new URL(downloadUrl);
    other.pathname = `/v2/${name}/blobs/${sha256('other')}`;
    expect((await fetch(other)).status).toBe(401);
  });
});
