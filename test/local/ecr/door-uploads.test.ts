import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  PutAccountSettingCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RealRegistry, startRealRegistry } from './real-registry.ts';
import { basicAuth, type Pusher, pusher, type StartedEcr, sha256, startEcr } from './start-ecr.ts';

let registry: RealRegistry;
let ecr: StartedEcr;
let docker: Pusher;
let authorization: string;

beforeAll(async () => {
  registry = await startRealRegistry();
  ecr = await startEcr(registry);
  authorization = await basicAuth(ecr.client);
  docker = pusher(ecr.host, authorization);
});
afterAll(async () => {
  await ecr.close();
  await registry.close();
});

let count = 0;
async function repository(): Promise<string> {
  const repositoryName = `uploads/app-${++count}`;
  await ecr.client.send(new CreateRepositoryCommand({ repositoryName }));
  return repositoryName;
}

async function begin(name: string, query = ''): Promise<string> {
  const begun = await docker.fetch(`/v2/${name}/blobs/uploads/${query}`, { method: 'POST' });
  expect(begun.status).toBe(202);
  const location = begun.headers.get('location') ?? '';
  expect(location.startsWith(`http://${ecr.host}/v2/${name}/blobs/uploads/`)).toBe(true);
  return location;
}

async function send(location: string, method: string, bytes: Buffer, headers: Record<string, string> = {}) {
  const response = await docker.fetch(location, { method, body: bytes, headers });
  return { status: response.status, location: response.headers.get('location') ?? '', response };
}

const withDigest = (location: string, digest: string): string => {
  const url = new URL(location);
  url.searchParams.set('digest', digest);
  return url.href;
};

const code = async (response: Response): Promise<string> =>
  ((await response.json()) as { errors: { code: string }[] }).errors[0]?.code ?? '';

describe('an upload in chunks', () => {
  const bytes = randomBytes(30_000);
  const parts = [bytes.subarray(0, 10_000), bytes.subarray(10_000, 20_000), bytes.subarray(20_000)] as const;

  it('is put together in order, its progress can be asked, and it ends under its digest', async () => {
    const name = await repository();
    const first = await send(await begin(name), 'PATCH', parts[0], { 'content-range': '0-9999' });
    expect([first.status, first.response.headers.get('range')]).toEqual([202, '0-9999']);
    const status = await docker.fetch(first.location);
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-9999']);
    const second = await send(first.location, 'PATCH', parts[1], { 'content-range': '10000-19999' });
    const done = await send(withDigest(second.location, sha256(bytes)), 'PUT', parts[2], {
      'content-range': '20000-29999',
    });
    expect([done.status, done.location]).toEqual([
      201,
      `http://${ecr.host}/v2/${name}/blobs/${sha256(bytes)}`,
    ]);
    const pulled = await docker.fetch(`/v2/${name}/blobs/${sha256(bytes)}`);
    expect(sha256(Buffer.from(await pulled.arrayBuffer()))).toBe(sha256(bytes));
  });

  it.each(['PATCH', 'PUT'])(
    'that skips a chunk is refused (%s), and can go on where it was',
    async (method) => {
      const name = await repository();
      const first = await send(await begin(name), 'PATCH', parts[0], { 'content-range': '0-9999' });
      const target = method === 'PUT' ? withDigest(first.location, sha256(bytes)) : first.location;
      const skipping = await send(target, method, parts[2], { 'content-range': '20000-29999' });
      expect([skipping.status, skipping.response.headers.get('range')]).toEqual([416, '0-9999']);
      const rest = Buffer.concat([parts[1], parts[2]]);
      const done = await send(withDigest(first.location, sha256(bytes)), 'PUT', rest, {
        'content-range': '10000-29999',
      });
      expect(done.status).toBe(201);
    },
  );

  it('of other bytes than its digest says is refused, and there is no such blob', async () => {
    const name = await repository();
    const wrong = await send(withDigest(await begin(name), sha256('other')), 'PUT', parts[0]);
    expect([wrong.status, await code(wrong.response)]).toEqual([400, 'DIGEST_INVALID']);
    expect((await docker.fetch(`/v2/${name}/blobs/${sha256('other')}`)).status).toBe(404);
  });

  it.each([
    ['sha512, though it is right', `sha512:${createHash('sha512').update(parts[0]).digest('hex')}`],
    ['too short', 'sha256:abc'],
    ['a path', 'sha256:../../etc/passwd'],
  ])('with a digest that ECR does not take is refused (%s)', async (_what, digest) => {
    const name = await repository();
    const refused = await send(withDigest(await begin(name), digest), 'PUT', parts[0]);
    expect([refused.status, await code(refused.response)]).toEqual([400, 'DIGEST_INVALID']);
    expect((await docker.fetch(`/v2/${name}/blobs/${encodeURIComponent(digest)}`)).status).toBe(400);
  });

  it('of another repository, or of none, cannot be gone on with', async () => {
    const name = await repository();
    const other = await repository();
    const location = await begin(name);
    for (const stranger of [
      location.replace(name, other),
      location.replace(name, other).split('?')[0] ?? '',
      `http://${ecr.host}/v2/${name}/blobs/uploads/00000000-0000-0000-0000-000000000000`,
      `http://${ecr.host}/v2/${name}/blobs/uploads/..%2f..%2f..`,
    ]) {
      const refused = await send(stranger, 'PATCH', parts[0]);
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(await code(refused.response)).toMatch(/^BLOB_UPLOAD_(UNKNOWN|INVALID)$/);
    }
    expect((await send(location, 'PATCH', parts[0])).status).toBe(202);
  });

  it('that is called off is gone', async () => {
    const name = await repository();
    const location = await begin(name);
    expect((await docker.fetch(location, { method: 'DELETE' })).status).toBe(204);
    expect((await docker.fetch(location)).status).toBe(404);
  });

  it('is not read as a form, which is what curl says that it is', async () => {
    const name = await repository();
    const body = Buffer.from('{"a":1}');
    const done = await send(withDigest(await begin(name), sha256(body)), 'PUT', body, {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(done.status).toBe(201);
  });

  it("whose client has died in mid-chunk leaves no blob and stands in no one's way", async () => {
    const name = await repository();
    const location = await begin(name);
    const dying = httpRequest(location, {
      method: 'PATCH',
      headers: { authorization, 'content-length': 1_000_000 },
    });
    dying.on('error', () => undefined);
    await new Promise((sent) => dying.write(parts[0], sent));
    dying.destroy();
    await new Promise((closed) => dying.once('close', closed));
    expect((await docker.fetch(`/v2/${name}/blobs/${sha256(parts[0])}`)).status).toBe(404);
    const again = await send(withDigest(await begin(name), sha256(bytes)), 'PUT', bytes);
    expect(again.status).toBe(201);
    const pulled = await docker.fetch(`/v2/${name}/blobs/${sha256(bytes)}`);
    expect(sha256(Buffer.from(await pulled.arrayBuffer()))).toBe(sha256(bytes));
  });
});

describe('a blob', () => {
  it('is read in ranges; one past its end is refused with its length', async () => {
    const name = await repository();
    const digest = await docker.blob(name, Buffer.from('0123456789'));
    const get = (range: string) => docker.fetch(`/v2/${name}/blobs/${digest}`, { headers: { range } });
    const part = await get('bytes=2-4');
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ]);
    expect(await (await get('bytes=-3')).text()).toBe('789');
    const past = await get('bytes=10-20');
    expect([past.status, past.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    expect(await code(past)).toBe('RANGE_INVALID');
  });

  it('of no bytes is one, too', async () => {
    const name = await repository();
    const digest = await docker.blob(name, Buffer.alloc(0));
    const pulled = await docker.fetch(`/v2/${name}/blobs/${digest}`);
    expect([pulled.status, await pulled.text()]).toEqual([200, '']);
  });

  it('cannot be deleted', async () => {
    const name = await repository();
    const digest = await docker.blob(name, Buffer.from('stays'));
    expect((await docker.fetch(`/v2/${name}/blobs/${digest}`, { method: 'DELETE' })).status).toBe(405);
    expect((await docker.fetch(`/v2/${name}/blobs/${digest}`, { method: 'HEAD' })).status).toBe(200);
  });

  it('of 300 MB passes in both directions without being held in memory', async () => {
    const name = await repository();
    const chunk = randomBytes(1_000_000);
    const length = 300 * chunk.length;
    async function* body() {
      for (let i = 0; i < 300; i++) yield chunk;
    }
    const hash = createHash('sha256');
    for (let i = 0; i < 300; i++) hash.update(chunk);
    const digest = `sha256:${hash.digest('hex')}`;
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    }, 20);
    const before = process.memoryUsage().arrayBuffers;
    try {
      const up = httpRequest(withDigest(await begin(name), digest), {
        method: 'PUT',
        headers: { authorization, 'content-length': length },
      });
      const answered = once(up, 'response');
      Readable.from(body()).pipe(up);
      const [answer] = await answered;
      answer.resume();
      expect(answer.statusCode).toBe(201);
      const down = httpRequest(`http://${ecr.host}/v2/${name}/blobs/${digest}`, {
        headers: { authorization },
      });
      down.end();
      const [blob] = await once(down, 'response');
      let received = 0;
      for await (const bytes of blob) received += bytes.length;
      expect(received).toBe(length);
    } finally {
      clearInterval(watch);
    }
    expect(peak - before).toBeLessThan(100_000_000);
  });
});

describe('a mount', () => {
  const mount = (to: string, digest: string, from?: string) =>
    docker.fetch(`/v2/${to}/blobs/uploads/?mount=${digest}${from === undefined ? '' : `&from=${from}`}`, {
      method: 'POST',
    });
  const layerOf = (text: string): string =>
    (JSON.parse(text) as { layers: { digest: string }[] }).layers[0]?.digest ?? '';
  const setMounting = (value: string) =>
    ecr.client.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value }));

  it("of an image's layer saves its upload", async () => {
    const [from, to] = [await repository(), await repository()];
    const digest = layerOf((await docker.image(from, 'v1')).text);
    const mounted = await mount(to, digest, from);
    expect([mounted.status, mounted.headers.get('location')]).toEqual([
      201,
      `http://${ecr.host}/v2/${to}/blobs/${digest}`,
    ]);
    expect((await docker.fetch(`/v2/${to}/blobs/${digest}`, { method: 'HEAD' })).status).toBe(200);
  });

  it.each([
    ['a blob that no image uses', async (from: string) => [await docker.blob(from, randomBytes(50)), from]],
    ['a blob that is not there', async (from: string) => [sha256('absent'), from]],
    ['no repository', async (from: string) => [layerOf((await docker.image(from, 'v1')).text)]],
    [
      'a repository that is not there',
      async (from: string) => [layerOf((await docker.image(from, 'v1')).text), 'nobody'],
    ],
    [
      'a repository that was deleted',
      async (from: string) => {
        const digest = layerOf((await docker.image(from, 'v1')).text);
        await ecr.client.send(new DeleteRepositoryCommand({ repositoryName: from, force: true }));
        return [digest, from];
      },
    ],
    [
      'one while mounting is switched off',
      async (from: string) => {
        await setMounting('DISABLED');
        return [layerOf((await docker.image(from, 'v1')).text), from];
      },
    ],
  ])('from %s begins an upload instead', async (_what, prepare) => {
    const [from, to] = [await repository(), await repository()];
    const [digest = '', source] = await prepare(from);
    try {
      const answer = await mount(to, digest, source);
      expect(answer.status).toBe(202);
      expect(answer.headers.get('location')).toContain(`/v2/${to}/blobs/uploads/`);
      expect((await docker.fetch(`/v2/${to}/blobs/${digest}`, { method: 'HEAD' })).status).toBe(404);
    } finally {
      await setMounting('ENABLED');
    }
  });
});
