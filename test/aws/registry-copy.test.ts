/** Copies between real registries (distribution); and what odd answers are taken for. */
import { randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { regionOf } from '../../src/aws/image-copies.ts';
import { type CopyOptions, copyBetweenRegistries } from '../../src/aws/registry-copy.ts';
import { type RealRegistry, startRealRegistry } from '../local/ecr/real-registry.ts';
import { serve } from './http-fixture.ts';
import { OCI, pushImage, sha256, twoPlatforms } from './oci-images.ts';

/** Before the registry: what was asked, and what has gone in. */
interface Door {
  readonly host: string;
  readonly seen: string[];
  bytesIn: number;
  /** Answers instead of the registry. */
  refuse: (request: IncomingMessage) => number | undefined;
  readonly server: Server;
}

const openDoor = async (registry: RealRegistry): Promise<Door> => {
  const { port } = new URL(registry.url);
  const server = createServer((request, response) => {
    const name = `${request.method} ${request.url?.split('?', 1)[0]}`;
    door.seen.push(name);
    const status = door.refuse(request);
    if (status !== undefined) {
      request.resume();
      response.writeHead(status).end('{"errors":[{"code":"DENIED","message":"not for you"}]}');
      return;
    }
    const { method, url, headers } = request;
    const upstream = httpRequest({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.on('data', (chunk: Buffer) => {
      door.bytesIn += chunk.length;
    });
    request.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const door: Door = { host, seen: [], bytesIn: 0, refuse: () => undefined, server };
  return door;
};

let registries: RealRegistry[];
let staging: Door;
let production: Door;

beforeAll(async () => {
  registries = await Promise.all([startRealRegistry(), startRealRegistry()]);
  [staging, production] = (await Promise.all(registries.map(openDoor))) as [Door, Door];
});
afterAll(async () => {
  for (const { server } of [staging, production]) server?.closeAllConnections();
  for (const { server } of [staging, production]) server?.close();
  await Promise.all((registries ?? []).map((registry) => registry.close()));
});

const copy = (repository: string, digest: string, more: Partial<CopyOptions> = {}) => {
  for (const door of [staging, production]) {
    door.seen.length = 0;
    door.bytesIn = 0;
  }
  const end = ({ host }: Door) => ({ repositoryUri: `${host}/${repository}`, credentials: null, advice: '' });
  return copyBetweenRegistries({ from: end(staging), to: end(production), digest, tag: 'c0ffee', ...more });
};

/** The bytes of a manifest, whatever they are. */
const raw = async ({ host }: Door, repository: string, reference: string): Promise<string> => {
  const answer = await fetch(`http://${host}/v2/${repository}/manifests/${reference}`, {
    headers: { accept: `${OCI}.index.v1+json, ${OCI}.manifest.v1+json` },
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.text();
};

describe('an index with two platforms', () => {
  let digest: string;
  beforeAll(async () => {
    digest = await twoPlatforms(staging.host, 'team/app');
  });

  it('arrives to the byte, with its images, under the name of the commit', async () => {
    // Two configurations, three layers, two images, the index.
    expect(await copy('team/app', digest)).toEqual({ uploaded: 8 });
    const index = await raw(staging, 'team/app', digest);
    expect(await raw(production, 'team/app', 'c0ffee')).toBe(index);
    const { manifests } = JSON.parse(index) as { manifests: { digest: string }[] };
    expect(manifests).toHaveLength(2);
    for (const child of manifests) {
      expect(sha256(await raw(production, 'team/app', child.digest))).toBe(child.digest);
    }
  });

  it('is not sent again by a second copy, nor are its blobs asked for', async () => {
    expect(await copy('team/app', digest)).toEqual({ uploaded: 0 });
    expect(production.bytesIn).toBe(0);
    expect(production.seen.filter((call) => !/^(GET|HEAD) /.test(call))).toEqual([]);
    expect(staging.seen).toEqual([]);
  });

  it('goes on where an attempt broke off, without what had arrived', async () => {
    const other = await twoPlatforms(staging.host, 'team/other');
    let uploads = 0;
    production.refuse = ({ method }) => (method === 'PATCH' && ++uploads > 2 ? 503 : undefined);
    await expect(copy('team/other', other)).rejects.toMatchObject({ type: 'Transient', retryable: true });
    production.refuse = () => undefined;
    expect(await copy('team/other', other)).toEqual({ uploaded: 6 });
  });
});

it('an index that is there already gets the image that was removed from under it', async () => {
  const digest = await twoPlatforms(staging.host, 'team/swept');
  await copy('team/swept', digest);
  const { manifests } = JSON.parse(await raw(staging, 'team/swept', digest)) as {
    manifests: { digest: string }[];
  };
  const swept = `/v2/team/swept/manifests/${manifests[1]?.digest}`;
  production.refuse = ({ method, url }) => (method === 'GET' && url === swept ? 404 : undefined);
  try {
    expect(await copy('team/swept', digest)).toEqual({ uploaded: 1 });
    expect(production.seen).toContain(`PUT ${swept}`);
  } finally {
    production.refuse = () => undefined;
  }
});

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that somebody still holds. */
const inUse = (): number => {
  collect();
  return process.memoryUsage().arrayBuffers;
};

/** What was held before, and is let go meanwhile, does not count. */
const largestRise = (values: readonly number[]): number =>
  Math.max(...values.map((value, index) => value - Math.min(...values.slice(0, index + 1))));

it('streams a layer of 60 MB without keeping it, and says how far it is', async () => {
  const digest = (await pushImage(staging.host, 'big', 'amd64', [randomBytes(60_000_000)])).digest;
  const lines: string[] = [];
  const kept: number[] = [];
  await copy('big', digest, {
    onProgress: (line) => {
      lines.push(line);
      if (lines.length % 50 === 0) kept.push(inUse());
    },
  });
  expect(production.bytesIn).toBeGreaterThan(60_000_000);
  expect(lines).toContain('blob 2 of 2: 57.2 MiB');
  expect(largestRise(kept)).toBeLessThan(30_000_000);
});

it('ends when it is told to', async () => {
  const digest = (await pushImage(staging.host, 'ended', 'amd64', [randomBytes(5_000_000)])).digest;
  const stop = new AbortController();
  await expect(
    copy('ended', digest, { signal: stop.signal, onProgress: () => stop.abort() }),
  ).rejects.toMatchObject({ name: 'AbortError' });
});

it('takes blobs over, without sending them, where both repositories are in one registry', async () => {
  const { digest } = await pushImage(staging.host, 'mine', 'amd64', [randomBytes(10_000)]);
  const end = { repositoryUri: `${staging.host}/theirs`, credentials: null, advice: '' };
  await copy('mine', digest, { to: end });
  expect(staging.seen.filter((call) => call.startsWith('PATCH'))).toEqual([]);
  expect(sha256(await raw(staging, 'theirs', 'c0ffee'))).toBe(digest);
});

describe('what goes wrong', () => {
  const isManifest = ({ url }: IncomingMessage): boolean => url?.includes('/manifests/') === true;
  const advice = 'a repository policy that allows ecr:BatchGetImage';

  it('an image that is gone is no plan to follow', async () => {
    await expect(copy('team/app', sha256('nothing'))).rejects.toMatchObject({
      type: 'UnsafePlan',
      message: expect.stringContaining('/team/app does not have sha256:'),
      advice: expect.stringContaining('bring the commit to that environment again'),
    });
  });

  it.each([401, 403])('a source that answers %i names the policy that is missing', async (status) => {
    staging.refuse = (request) => (isManifest(request) ? status : undefined);
    const from = { repositoryUri: `${staging.host}/denied`, credentials: null, advice };
    await expect(copy('denied', sha256('x'), { from })).rejects.toMatchObject({
      type: 'RefusedByService',
      message: expect.stringMatching(/answered 40[13]: DENIED: not for you/),
      advice,
    });
    staging.refuse = () => undefined;
  });

  it('a fixed tag that names another image stays; the image is there by its digest', async () => {
    const { digest } = await pushImage(staging.host, 'fixed', 'amd64', [randomBytes(100)]);
    const answers: string[] = [];
    const refusing = await serve((request, response) => {
      answers.push(`${request.method} ${request.url}`);
      if (request.method === 'PUT' && request.url === '/v2/fixed/manifests/c0ffee') {
        const message =
          "The image tag 'c0ffee' already exists and cannot be overwritten because the tag is immutable.";
        response.writeHead(400).end(JSON.stringify({ errors: [{ code: 'TAG_INVALID', message }] }));
        return;
      }
      const [host, port] = production.host.split(':');
      const { method, url, headers } = request;
      request.pipe(
        httpRequest(
          { host, port, method, path: url, headers: { ...headers, host: request.headers.host } },
          (answer) => {
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(response);
          },
        ),
      );
    });
    try {
      const to = { repositoryUri: `127.0.0.1:${refusing.port}/fixed`, credentials: null, advice: '' };
      await copy('fixed', digest, { to });
      expect(answers).toContain('PUT /v2/fixed/manifests/c0ffee');
    } finally {
      await refusing.close();
    }
  });

  it('its own password is for the registry alone, not for where that says an upload goes on', async () => {
    const { digest } = await pushImage(staging.host, 'elsewhere', 'amd64', [randomBytes(100)]);
    const leaked: (string | undefined)[] = [];
    const storage = await serve((request, response) => {
      leaked.push(request.headers.authorization);
      response.writeHead(500).end();
    });
    const registry = await serve((request, response) => {
      if (request.method === 'POST') {
        response.writeHead(202, { location: `http://localhost:${storage.port}/upload` }).end();
      } else response.writeHead(404).end();
    });
    try {
      const credentials = { username: 'AWS', password: 'secret' };
      const to = { repositoryUri: `127.0.0.1:${registry.port}/elsewhere`, credentials, advice: '' };
      await expect(copy('elsewhere', digest, { to })).rejects.toMatchObject({ type: 'Transient' });
      expect(leaked).toEqual([undefined]);
    } finally {
      await Promise.all([storage.close(), registry.close()]);
    }
  });

  it('a target that names another digest afterwards has not got it', async () => {
    const { digest } = await pushImage(staging.host, 'other', 'amd64', [randomBytes(100)]);
    const rewriting = await serve((request, response) => {
      request.resume();
      const isThere = request.method === 'HEAD' && request.url?.includes('/blobs/');
      if (request.method === 'PUT') response.writeHead(201).end();
      else if (isThere) response.writeHead(200).end();
      else if (request.method === 'HEAD')
        response.writeHead(200, { 'docker-content-digest': sha256('another') }).end();
      else response.writeHead(404).end();
    });
    try {
      const to = { repositoryUri: `127.0.0.1:${rewriting.port}/other`, credentials: null, advice: '' };
      await expect(copy('other', digest, { to })).rejects.toMatchObject({
        type: 'RefusedByService',
        message: expect.stringContaining(`has ${sha256('another')} after the copy of ${digest}`),
      });
    } finally {
      await rewriting.close();
    }
  });

  it('a source that lies about what it sends is asked again', async () => {
    const lying = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': `${OCI}.manifest.v1+json` }).end('{"schemaVersion":2}');
    });
    try {
      const from = { repositoryUri: `127.0.0.1:${lying.port}/app`, credentials: null, advice: '' };
      await expect(copy('lies', sha256('x'), { from })).rejects.toMatchObject({ type: 'Transient' });
    } finally {
      await lying.close();
    }
  });
});

it.each([
  ['123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/api', 'eu-central-1'],
  ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/shop/api', 'us-gov-west-1'],
  ['123456789012.dkr-ecr.eu-west-1.on.aws/shop/api', 'eu-west-1'],
  ['localhost:4566/shop/api', undefined],
])('the region of %s is %s', (uri, region) => {
  expect(regionOf(uri)).toBe(region);
});
