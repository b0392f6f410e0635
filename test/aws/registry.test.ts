import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { addressOf, readImage } from '../../src/aws/registry.ts';
import { type HttpFixture, serve } from './http-fixture.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CREDENTIALS = { username: 'AWS', password: 'pässword' };

type Answer = readonly [status: number, body: string, headers?: Record<string, string>];

let answers: Record<string, Answer>;
let seen: { path: string; authorization: string | undefined; accept: string | undefined }[];
let registry: HttpFixture;

beforeEach(async () => {
  answers = {};
  seen = [];
  registry = await serve((request, response) => {
    const { authorization, accept } = request.headers;
    seen.push({ path: request.url ?? '', authorization, accept });
    const [status, body, headers] = answers[request.url ?? ''] ?? [404, '{}'];
    response.writeHead(status, headers ?? {}).end(body);
  });
});
afterEach(() => registry.close());

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const read = (reference = 'tag') => readImage(`127.0.0.1:${registry.port}/team/app`, reference, CREDENTIALS);
const manifestAt = (reference: string, manifest: object, mediaType: string): string => {
  const body = JSON.stringify(manifest);
  answers[`/v2/team/app/manifests/${reference}`] = [
    200,
    body,
    { 'content-type': mediaType, 'docker-content-digest': digestOf(body) },
  ];
  return digestOf(body);
};

describe('readImage', () => {
  it('reads the platform of a single image from its configuration', async () => {
    answers['/v2/team/app/blobs/sha256:c'] = [200, '{"os":"linux","architecture":"arm64","variant":"v8"}'];
    const digest = manifestAt('tag', { config: { digest: 'sha256:c' } }, MANIFEST);
    expect(await read()).toEqual({
      digest,
      mediaType: MANIFEST,
      platforms: [{ os: 'linux', architecture: 'arm64' }],
    });
    const basic = `Basic ${Buffer.from('AWS:pässword').toString('base64')}`;
    expect(seen.map(({ authorization }) => authorization)).toEqual([basic, basic]);
    expect(seen[0]?.accept).toContain(INDEX);
  });

  it('reads the platforms of an index, without its attestations', async () => {
    const digest = manifestAt(
      'tag',
      {
        manifests: [
          { platform: { os: 'linux', architecture: 'amd64' } },
          {
            platform: { os: 'unknown', architecture: 'unknown' },
            annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
          },
          { platform: { os: 'linux', architecture: 'arm64' } },
        ],
      },
      INDEX,
    );
    expect(await read()).toEqual({
      digest,
      mediaType: INDEX,
      platforms: [
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64' },
      ],
    });
  });

  it('says null of an image that is not there', async () => {
    expect(await read()).toBeNull();
  });

  it('does not show the password to the storage that a blob is redirected to', async () => {
    const elsewhere: (string | undefined)[] = [];
    const storage = await serve((request, response) => {
      elsewhere.push(request.headers.authorization);
      response.end('{"os":"linux","architecture":"amd64"}');
    });
    try {
      manifestAt('tag', { config: { digest: 'sha256:c' } }, MANIFEST);
      answers['/v2/team/app/blobs/sha256:c'] = [
        307,
        '',
        { location: `http://localhost:${storage.port}/blob` },
      ];
      expect(await read()).toMatchObject({ platforms: [{ architecture: 'amd64' }] });
      expect(elsewhere).toEqual([undefined]);
    } finally {
      await storage.close();
    }
  });

  it.each<[string, Answer, string]>([
    ['401', [401, '{}'], 'RefusedByService'],
    ['403', [403, '{}'], 'RefusedByService'],
    ['429', [429, '{}'], 'Transient'],
    ['500', [500, 'oops'], 'Transient'],
    [
      'something that is no JSON',
      [200, '<html>', { 'docker-content-digest': 'sha256:x' }],
      'RefusedByService',
    ],
    ['no digest', [200, '{"config":{"digest":"sha256:c"}}'], 'RefusedByService'],
    [
      'far too much',
      [200, 'x'.repeat(5_000_000), { 'docker-content-digest': 'sha256:x' }],
      'RefusedByService',
    ],
  ])('an answer of %s is %3$s', async (_what, answer, type) => {
    answers['/v2/team/app/manifests/tag'] = answer;
    await expect(read()).rejects.toMatchObject({ type });
  });

  it('calls a registry that does not answer transient', async () => {
    const gone = await serve(() => undefined);
    await gone.close();
    await expect(readImage(`127.0.0.1:${gone.port}/app`, 'tag', null)).rejects.toMatchObject({
      type: 'Transient',
    });
  });
});

describe('addressOf', () => {
  it.each([
    ['localhost:5000/a/b', 'http://localhost:5000', 'a/b'],
    ['127.0.0.1:5000/a', 'http://127.0.0.1:5000', 'a'],
    ['[::1]:5000/a', 'http://[::1]:5000', 'a'],
    ['1234.dkr.ecr.eu-central-1.amazonaws.com/a/b', 'https://1234.dkr.ecr.eu-central-1.amazonaws.com', 'a/b'],
    ['localhost.evil.example/a', 'https://localhost.evil.example', 'a'],
    ['127.0.0.1.evil.example/a', 'https://127.0.0.1.evil.example', 'a'],
  ])('of %s is %s', (uri, base, repository) => {
    expect(addressOf(uri)).toEqual({ base, repository });
  });
});
