/** What a receiver answers, on a real socket: to GitHub, and to everybody else who finds it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AFTER, freshPull, freshPush, payload, REPOSITORY } from './payloads.ts';
import {
  deliver,
  HOUR_MS,
  type Receiver,
  type ReceiverOptions,
  SECRET,
  sign,
  speak,
  startReceiver,
} from './receiver.ts';

let receiver: Receiver | undefined;
afterEach(async () => {
  await receiver?.close();
  receiver = undefined;
});
const open = async (options?: ReceiverOptions): Promise<Receiver> => {
  receiver = await startReceiver(options);
  return receiver;
};

const WORKFLOW = `deploy/hello/production/${AFTER}`;
const STARTED = {
  decision: 'started',
  releases: [{ app: 'hello', environment: 'production', workflowId: WORKFLOW, attached: false }],
};

describe('a delivery of GitHub’s', () => {
  it('starts a release, and says which', async () => {
    const { url, requests } = await open();
    const { status, body, headers } = await deliver(url, freshPush(AFTER));
    expect({ status, body }).toEqual({ status: 202, body: STARTED });
    expect(headers.get('content-type')).toBe('application/json');
    expect(requests).toEqual([
      {
        app: 'hello',
        environment: 'production',
        sha: AFTER,
        partOf: 'refs/heads/main',
        startedBy: 'octocat (GitHub push)',
      },
    ]);
  });

  it('of a ping is answered without Temporal', async () => {
    const { url } = await open({ gate: { start: down, retentionMs: down } });
    const { status, body } = await deliver(url, payload('ping'), { event: 'ping' });
    expect({ status, body }).toEqual({ status: 200, body: { decision: 'pong' } });
  });

  it('that comes twice attaches the second time', async () => {
    const { url, started } = await open();
    await deliver(url, freshPush(AFTER));
    const { status, body } = await deliver(url, freshPush(AFTER));
    expect({ status, body }).toMatchObject({ status: 202, body: { releases: [{ attached: true }] } });
    expect(started).toHaveLength(1);
  });

  it('of a commit that was released before starts nothing', async () => {
    const { url } = await open({
      gate: { start: async () => ({ workflowId: WORKFLOW, state: 'ended' }) },
    });
    expect((await deliver(url, freshPush(AFTER))).body).toEqual({
      decision: 'ignored',
      reason: `this commit was released before: ${WORKFLOW}`,
    });
  });

  it('of what is not configured is ignored, and says why', async () => {
    const { url, started } = await open();
    expect(await deliver(url, freshPush(AFTER, { ref: 'refs/heads/main2' }))).toMatchObject({
      status: 202,
      body: { decision: 'ignored', reason: 'another branch or a tag' },
    });
    expect(await deliver(url, freshPush(AFTER), { event: 'star' })).toMatchObject({ status: 202 });
    expect(started).toEqual([]);
  });

  it.each<[string, ReceiverOptions, number]>([
    ['than the configuration says', { maximumAge: '2h' }, 3],
    ['than Temporal remembers', { gate: { retentionMs: async () => 2 * HOUR_MS } }, 3],
    ['than either, by days', {}, 100],
  ])('that is older %s starts nothing: a replay', async (_what, options, hours) => {
    const { url, started } = await open(options);
    const pushed_at = Math.floor((Date.now() - hours * HOUR_MS) / 1_000);
    const answer = await deliver(url, freshPush(AFTER, { repository: { pushed_at } }));
    expect(answer).toMatchObject({ status: 202, body: { decision: 'ignored' } });
    expect(answer.body.reason).toMatch(/^it happened more than (?:2|72) hours ago$/);
    expect(started).toEqual([]);
  });

  it('that is a little younger than that does', async () => {
    const { url } = await open({ maximumAge: '2h' });
    const pushed_at = Math.floor((Date.now() - 1.9 * HOUR_MS) / 1_000);
    expect((await deliver(url, freshPush(AFTER, { repository: { pushed_at } }))).body).toEqual(STARTED);
  });

  it('of two environments starts two releases, or is to be delivered again', async () => {
    let calls = 0;
    const start = async ({ environment }: { environment: string }) => {
      calls += 1;
      if (environment === 'staging' && calls < 3) throw new Error('gone');
      return {
        workflowId: environment,
        state: calls > 2 && environment === 'production' ? 'running' : 'started',
      } as const;
    };
    const { url } = await open({ rules: [{}, { environment: 'staging' }], gate: { start } });
    expect((await deliver(url, freshPush(AFTER))).status).toBe(503);
    expect((await deliver(url, freshPush(AFTER))).body).toMatchObject({
      releases: [
        { workflowId: 'production', attached: true },
        { workflowId: 'staging', attached: false },
      ],
    });
  });

  it('is asked for again where Temporal is away, soon, and nothing is kept', async () => {
    const { url, log } = await open({ gate: { start: down } });
    const { status, headers } = await deliver(url, freshPush(AFTER));
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('30');
    expect(log).toContainEqual(expect.objectContaining({ msg: 'Temporal is away', cause: 'down' }));
  });

  it('is answered in time where Temporal says nothing at all', async () => {
    const { url } = await open({ limits: { answerMs: 200 }, gate: { start: () => new Promise(() => {}) } });
    const startedAtMs = Date.now();
    expect((await deliver(url, freshPush(AFTER))).status).toBe(503);
    expect(Date.now() - startedAtMs).toBeLessThan(2_000);
  });
});

const CHECKS = `checks/hello/${AFTER}`;
const PULL = { event: 'pull_request' };
const pullRequests = [{ repository: REPOSITORY, app: 'hello' }];

describe('a delivery of a pull request', () => {
  it('starts its checks and no release, and says which', async () => {
    const { url, checks, requests } = await open({ pullRequests });
    const { status, body } = await deliver(url, freshPull(AFTER), PULL);
    expect({ status, body }).toEqual({
      status: 202,
      body: {
        decision: 'started',
        checks: [{ app: 'hello', pullRequest: 7, workflowId: CHECKS, attached: false }],
      },
    });
    expect(checks).toEqual([
      { app: 'hello', sha: AFTER, pullRequest: 7, startedBy: 'octocat (GitHub pull_request)' },
    ]);
    expect(requests).toEqual([]);
  });

  it('that comes twice attaches the second time', async () => {
    const { url, checks } = await open({ pullRequests });
    await deliver(url, freshPull(AFTER), PULL);
    expect((await deliver(url, freshPull(AFTER), PULL)).body).toMatchObject({ checks: [{ attached: true }] });
    expect(checks).toHaveLength(1);
  });

  it('of a commit that was checked before starts nothing', async () => {
    const { url } = await open({
      pullRequests,
      gate: { startChecks: async () => ({ workflowId: CHECKS, state: 'ended' }) },
    });
    expect(await deliver(url, freshPull(AFTER), PULL)).toMatchObject({
      status: 202,
      body: { decision: 'ignored', reason: `this commit was checked before: ${CHECKS}` },
    });
  });

  it('of a fork, or of what is not configured, starts nothing, and says why', async () => {
    const { url, started } = await open({ pullRequests });
    const fork = freshPull(AFTER, { pull_request: { head: { repo: { id: 999 } } } });
    expect((await deliver(url, fork, PULL)).body).toEqual({
      decision: 'ignored',
      reason: expect.stringContaining('it comes from a fork: a maintainer starts its checks'),
    });
    const other = { id: 5 };
    const foreign = { repository: other, pull_request: { head: { repo: other }, base: { repo: other } } };
    expect((await deliver(url, freshPull(AFTER, foreign), PULL)).body).toEqual({
      decision: 'ignored',
      reason: 'a repository that is not configured',
    });
    expect(started).toEqual([]);
  });

  it('that is older than Temporal remembers starts nothing: a replay', async () => {
    const { url, started } = await open({ pullRequests, gate: { retentionMs: async () => 2 * HOUR_MS } });
    const at = (hours: number) => ({
      pull_request: { updated_at: new Date(Date.now() - hours * HOUR_MS).toISOString() },
      repository: { pushed_at: new Date(Date.now() - 50 * HOUR_MS).toISOString() },
    });
    expect((await deliver(url, freshPull(AFTER, at(3)), PULL)).body).toEqual({
      decision: 'ignored',
      reason: 'it happened more than 2 hours ago',
    });
    expect(started).toEqual([]);
    expect((await deliver(url, freshPull(AFTER, at(1.9)), PULL)).body).toMatchObject({ decision: 'started' });
  });

  it('hands on when it happened', async () => {
    const times: number[] = [];
    const { url } = await open({
      pullRequests,
      gate: {
        startChecks: async (_wanted, atMs) => {
          times.push(atMs);
          return { workflowId: CHECKS, state: 'started' };
        },
      },
    });
    // GitHub's times are whole seconds.
    const at = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
    const updated_at = new Date(at).toISOString();
    await deliver(url, freshPull(AFTER, { pull_request: { updated_at } }), PULL);
    expect(times).toEqual([at]);
  });

  it('is asked for again where Temporal is away, or says nothing at all', async () => {
    for (const startChecks of [down, () => new Promise<never>(() => {})]) {
      const { url, log, close } = await startReceiver({
        limits: { answerMs: 200 },
        pullRequests,
        gate: { startChecks },
      });
      expect((await deliver(url, freshPull(AFTER), PULL)).status).toBe(503);
      expect(log).toContainEqual(expect.objectContaining({ msg: 'Temporal is away', event: 'pull_request' }));
      await close();
    }
  });

  it('that nobody has signed starts nothing', async () => {
    const { url, started } = await open({ pullRequests });
    const secret = Buffer.from('somebody-elses-secret');
    expect((await deliver(url, freshPull(AFTER), { ...PULL, secret })).status).toBe(401);
    expect(started).toEqual([]);
  });
});

const down = async (): Promise<never> => {
  throw new Error('down');
};

describe('the signature', () => {
  it('may be of either secret', async () => {
    const previous = Buffer.from('the-secret-before-that-one');
    const { url } = await open({ secrets: [SECRET, previous] });
    for (const secret of [SECRET, previous])
      expect((await deliver(url, freshPush(AFTER), { secret })).status).toBe(202);
  });

  it.each<[string, Parameters<typeof deliver>[2]]>([
    ['of another secret', { secret: Buffer.from('somebody-elses-secret') }],
    ['left out', { without: ['x-hub-signature-256'] }],
    ['empty', { headers: { 'x-hub-signature-256': '' } }],
    [
      'SHA-1 only',
      {
        without: ['x-hub-signature-256'],
        headers: { 'x-hub-signature': 'sha1=7d38cdd689735b008b3c702edd92eea23791c5f6' },
      },
    ],
    ['of another body', { headers: { 'x-hub-signature-256': sign('{}') } }],
  ])('%s: 401, in the same words, and nothing of the body is read', async (_what, sent) => {
    const { url, started } = await open();
    for (const body of [JSON.stringify(freshPush(AFTER)), 'not json'])
      expect(await deliver(url, body, sent)).toMatchObject({
        status: 401,
        body: { error: 'the signature is wrong' },
      });
    expect(started).toEqual([]);
  });

  it('is looked at before the event', async () => {
    const { url } = await open();
    const secret = Buffer.from('somebody-elses-secret');
    expect((await deliver(url, payload('ping'), { event: 'ping', secret })).status).toBe(401);
    expect((await deliver(url, payload('ping'), { without: ['x-github-event'], secret })).status).toBe(401);
  });
});

describe('what is signed, but no delivery', () => {
  it.each<[string, string | Buffer]>([
    ['no JSON', '{"ref":'],
    ['nothing', ''],
    [
      'no UTF-8',
      Buffer.concat([Buffer.from('{"ref":"refs/heads/main'), Buffer.from([0xff]), Buffer.from('"}')]),
    ],
    ['a form', 'payload=%7B%7D'],
  ])('%s: 400', async (_what, body) => {
    const { url } = await open();
    expect(await deliver(url, body)).toMatchObject({
      status: 400,
      body: { error: 'the body is not JSON in UTF-8' },
    });
  });

  it('another shape: 400, and which fields', async () => {
    const { url } = await open();
    expect(await deliver(url, { ref: 'refs/heads/main' })).toMatchObject({
      status: 400,
      body: { error: 'not as GitHub sends it: after, deleted, repository' },
    });
  });

  it('an event without a name: 400', async () => {
    const { url } = await open();
    expect((await deliver(url, freshPush(AFTER), { without: ['x-github-event'] })).status).toBe(400);
    expect((await deliver(url, freshPush(AFTER), { event: 'PUSH!' })).status).toBe(400);
  });

  it('JSON of 4 MB, nested beyond reason, is answered', async () => {
    const { url } = await open();
    const deep = '['.repeat(2_000_000) + ']'.repeat(2_000_000);
    expect((await deliver(url, deep)).status).toBe(400);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe('what is no delivery at all', () => {
  it.each([
    ['application/x-www-form-urlencoded'],
    ['text/plain'],
    ['application/jsonp'],
    ['application/json-patch+json'],
    ['application/ld+json'],
    ['multipart/form-data; boundary=application/json'],
  ])('of type %s: 415, whatever its signature', async (type) => {
    const { url } = await open();
    expect((await deliver(url, freshPush(AFTER), { headers: { 'content-type': type } })).status).toBe(415);
  });

  it('compressed: 415', async () => {
    const { url } = await open();
    const headers = { 'content-encoding': 'gzip' };
    expect((await deliver(url, freshPush(AFTER), { headers })).status).toBe(415);
  });

  it('JSON with a character set is JSON', async () => {
    const { url } = await open();
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await deliver(url, freshPush(AFTER), { headers })).status).toBe(202);
  });

  it('of another method: 405; at another path: 404', async () => {
    const { url } = await open();
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(`${url}/webhooks/github`, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    }
    for (const path of [
      '/',
      '/webhooks/github/',
      '/webhooks/github/x',
      '/WEBHOOKS/github',
      '//webhooks/github',
    ])
      expect((await fetch(`${url}${path}`, { method: 'POST', body: '{}' })).status).toBe(404);
  });

  it('whose host is none: 400, and it goes on', async () => {
    const { port, url } = await open();
    const { answer } = await speak(port, (send) =>
      send('GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'),
    );
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

const HEAD = 'POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const MB = 1_000_000;

describe('too much', () => {
  it('of 10 MB, as it says of itself: 413, at once', async () => {
    const { port, url } = await open();
    const { answer, ms } = await speak(port, (send) => send(`${HEAD}Content-Length: ${10 * MB}\r\n\r\n`));
    expect(answer).toMatch(/^HTTP\/1.1 413 .*more than 5000000 bytes/s);
    expect(ms).toBeLessThan(3_000);
    expect((await deliver(url, Buffer.alloc(10 * MB, 0x20))).status).toBe(413);
  });

  it('of 10 MB that says nothing of itself: 413, and no more than the limit was held', async () => {
    const { port, url } = await open({ limits: { bodyBytes: 100_000 } });
    const chunk = Buffer.alloc(50_000, 0x20);
    const { answer } = await speak(port, async (send) => {
      send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
      for (let sent = 0; sent < 10 * MB; sent += chunk.length) {
        send(`${chunk.length.toString(16)}\r\n`);
        send(chunk);
        send('\r\n');
        if (sent % MB === 0) await sleep(1);
      }
    });
    expect(answer).toMatch(/^HTTP\/1.1 413 .*more than 100000 bytes/s);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('begins one byte above the limit', async () => {
    const { url } = await open({ limits: { bodyBytes: 1_000 } });
    expect((await deliver(url, Buffer.alloc(1_000, 0x20))).status).toBe(400);
    expect((await deliver(url, Buffer.alloc(1_001, 0x20))).status).toBe(413);
  });

  it('of all together: 503, and there is room again afterwards', async () => {
    const { port, url } = await open({ limits: { bodiesBytes: 10_000, bodyMs: 600 } });
    const slow = speak(port, (send) => send(`${HEAD}Content-Length: 9001\r\n\r\n${' '.repeat(9_000)}`));
    await sleep(100);
    expect(await deliver(url, freshPush(AFTER))).toMatchObject({ status: 503 });
    expect((await slow).answer).toMatch(/^HTTP\/1.1 408 /);
    expect((await deliver(url, freshPush(AFTER))).status).toBe(202);
    for (let index = 0; index < 5; index += 1)
      expect((await deliver(url, Buffer.alloc(9_000, 0x20))).status).toBe(400);
  });

  it('at a time: 503 for those above the limit, and all of them are answered', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { url } = await open({
      limits: { requests: 3 },
      gate: {
        start: async () => {
          await held;
          return { workflowId: 'x', state: 'started' };
        },
      },
    });
    const all = Array.from({ length: 5 }, () => deliver(url, freshPush(AFTER)));
    const refused = await Promise.race(all);
    expect(refused.status).toBe(503);
    await sleep(100);
    release();
    const statuses = (await Promise.all(all)).map(({ status }) => status).sort();
    expect(statuses).toEqual([202, 202, 202, 503, 503]);
    expect((await deliver(url, freshPush(AFTER))).status).toBe(202);
  });

  it('in its headers: 431', async () => {
    const { port } = await open();
    const { answer } = await speak(port, (send) => send(`${HEAD}X-Long: ${'x'.repeat(40_000)}\r\n\r\n`));
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });

  it('of connections: those above the limit are closed, and the others are served', async () => {
    const { port, url } = await open({ limits: { connections: 2, headersMs: 1_000 } });
    const idle = speak(port, () => {});
    const other = speak(port, () => {});
    await sleep(50);
    expect((await speak(port, (send) => send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'))).answer).toBe('');
    await Promise.all([idle, other]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe('too slow', () => {
  it('a body that drips: 408, and the connection is closed', async () => {
    const { port, log } = await open({ limits: { bodyMs: 400 } });
    let dripping = true;
    const { answer, ms } = await speak(port, async (send) => {
      send(`${HEAD}Content-Length: 1000\r\n\r\n`);
      while (dripping) {
        send(' ');
        await sleep(50);
        dripping = dripping && log.length === 0;
      }
    });
    expect(answer).toMatch(/^HTTP\/1.1 408 .*the body took more than 400 ms/s);
    expect(ms).toBeLessThan(3_000);
  });

  it('a body that never comes: 408', async () => {
    const { port } = await open({ limits: { bodyMs: 300 } });
    const { answer } = await speak(port, (send) => send(`${HEAD}Content-Length: 1000\r\n\r\n`));
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
  });

  it('headers that drip: the connection is closed', async () => {
    const { port } = await open({ limits: { headersMs: 400 } });
    let done = false;
    const { answer, ms } = await speak(port, async (send) => {
      send(HEAD);
      for (let index = 0; index < 100 && !done; index += 1) {
        send(`X-${index}: x\r\n`);
        await sleep(50);
      }
    }).finally(() => {
      done = true;
    });
    expect(answer).toMatch(/^(?:HTTP\/1.1 408 |$)/);
    expect(ms).toBeLessThan(4_000);
  });

  it('a connection that says nothing is closed', async () => {
    const { port } = await open({ limits: { headersMs: 400 } });
    const { ms } = await speak(port, () => {});
    expect(ms).toBeLessThan(4_000);
  });

  it('a client that goes in the middle does no harm', async () => {
    const { port, url } = await open();
    const { Socket } = await import('node:net');
    for (let index = 0; index < 20; index += 1) {
      const socket = new Socket();
      await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', resolve));
      socket.write(`${HEAD}Content-Length: 1000\r\n\r\n{`);
      await sleep(2);
      socket.resetAndDestroy();
    }
    await sleep(50);
    expect((await deliver(url, freshPush(AFTER))).status).toBe(202);
  });
});

describe('two hundred at once', () => {
  it('are all answered rightly', async () => {
    const { url, started } = await open();
    const shas = Array.from({ length: 50 }, (_, index) => String(index).padStart(40, 'a'));
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => {
        const sha = shas[index % 50] ?? '';
        if (index % 4 === 3)
          return deliver(url, freshPush(sha), { secret: Buffer.from('somebody-elses-secret') });
        return deliver(url, freshPush(sha));
      }),
    );
    const count = (status: number): number => answers.filter((answer) => answer.status === status).length;
    expect([count(202), count(401)]).toEqual([150, 50]);
    expect([...started].sort()).toEqual(shas.map((sha) => `deploy/hello/production/${sha}`).sort());
  });
});

describe('how it is', () => {
  it('says that it is up, and whether Temporal is', async () => {
    let reachable = true;
    const { url } = await open({ gate: { isReachable: async () => reachable } });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    reachable = false;
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe('the log', () => {
  it('has one line for each delivery: what it was, what became of it', async () => {
    const { url, log } = await open();
    await deliver(url, freshPush(AFTER));
    expect(log).toEqual([
      {
        level: 30,
        time: expect.any(String),
        delivery: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
        event: 'push',
        status: 202,
        ...STARTED,
        ms: expect.any(Number),
      },
    ]);
  });

  it('holds neither secrets nor signatures nor bodies, nor what a stranger wants to be read', async () => {
    const { url, log } = await open();
    await deliver(url, freshPush(AFTER, { head_commit: { message: 'a private matter' } }));
    await deliver(url, '{"x":"a private matter"}', {
      secret: Buffer.from('x'),
      delivery: 'x"\u009b31m'.padEnd(5_000, 'y'),
    });
    const text = JSON.stringify(log);
    expect(text).not.toContain('private matter');
    expect(text).not.toContain(SECRET.toString());
    expect(text).not.toContain('sha256');
    expect(text).not.toContain('yyyy');
    expect(log.map(({ delivery }) => delivery)).toEqual(['72d3162e-cc78-11e3-81ab-4c9367dc0958', 'none']);
  });
});
