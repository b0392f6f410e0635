import { once } from 'node:events';
import { Agent, get, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createForwardingServer } from '../../../src/local/elb/proxy-server.ts';
import type { TargetHealth } from '../../../src/local/elb/target-groups.ts';
import { type PoolSettings, TargetPool } from '../../../src/local/elb/target-pool.ts';
import { type Listening, listenOn } from '../../../src/local/wire/listen.ts';
import { killAllApps, startApp } from './app.ts';

let pool: TargetPool;
let listening: Listening;
let url: string;
let settings: PoolSettings;
let watchers: (() => void)[];

const healthCheck = {
  protocol: 'HTTP',
  port: undefined,
  path: '/health',
  matcher: '200',
  timeoutMs: 1000,
  intervalMs: 50,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
} as const;

beforeEach(async () => {
  settings = { healthCheck, deregistrationDelayMs: 60_000 };
  watchers = [];
  pool = new TargetPool(
    () => settings,
    () => {
      for (const watcher of watchers.splice(0)) watcher();
    },
  );
  listening = await listenOn(() => createForwardingServer(() => pool), 0);
  url = `http://localhost:${listening.port}`;
});

afterEach(async () => {
  pool.close();
  await listening.close(0);
  await killAllApps();
});

async function until(targetId: string, state: TargetHealth['state']): Promise<TargetHealth> {
  for (;;) {
    const health = pool.health(targetId);
    if (health.state === state) return health;
    await new Promise<void>((resolve) => watchers.push(resolve));
  }
}

const text = async (path = '/', init?: RequestInit): Promise<string> =>
  (await fetch(url + path, init)).text();

describe('requests', () => {
  it('go to the healthy targets in turn, on IPv4 and IPv6, with the client in X-Forwarded-For', async () => {
    const echo = (request: IncomingMessage, response: ServerResponse) =>
      response.end(JSON.stringify({ host: request.headers.host, by: request.headers['x-forwarded-for'] }));
    const apps = [await startApp('a'), await startApp('b'), await startApp('c', echo)];
    for (const app of apps) pool.register(app);
    for (const app of apps) await until(app.id, 'healthy');
    const answers = [await text('/x?y=1'), await text('/x?y=1'), await text()];
    expect(answers.slice(0, 2)).toEqual(['a GET /x?y=1', 'b GET /x?y=1']);
    expect(JSON.parse(answers[2] ?? '')).toEqual({
      host: `localhost:${listening.port}`,
      by: expect.stringMatching(/127\.0\.0\.1|::1/),
    });
    for (const host of ['127.0.0.1', '[::1]']) {
      expect((await fetch(`http://${host}:${listening.port}/`)).status).toBe(200);
    }
  });

  it('get 503 when there is no target, and while none has passed its first checks', async () => {
    expect((await fetch(url)).status).toBe(503);
    settings = { ...settings, healthCheck: { ...healthCheck, intervalMs: 60_000 } };
    const app = await startApp('a');
    app.healthCode = 500;
    pool.register(app);
    expect((await fetch(url)).status).toBe(503);
    expect(app.seen).toEqual([]);
  });

  it('go to all unhealthy targets in turn while none is healthy: the load balancer fails open', async () => {
    const apps = [await startApp('a'), await startApp('b')];
    for (const app of apps) app.healthCode = 500;
    for (const app of apps) pool.register(app);
    for (const app of apps) await until(app.id, 'unhealthy');
    expect([await text(), await text()].sort()).toEqual(['a GET /', 'b GET /']);
    const [recovering] = apps;
    if (recovering) recovering.healthCode = 200;
    await until('a', 'healthy');
    expect([await text(), await text()]).toEqual(['a GET /', 'a GET /']);
  });

  it('bring bodies there and back, and keep the client connection', async () => {
    const app = await startApp('a', (incoming, response) => {
      response.writeHead(201, { 'content-type': 'application/octet-stream' });
      incoming.pipe(response);
    });
    pool.register(app);
    await until('a', 'healthy');
    const body = Buffer.alloc(1_000_000, 7);
    const answer = await fetch(url, { method: 'POST', body });
    expect(answer.status).toBe(201);
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
    expect(answer.headers.get('connection')).toBe('keep-alive');
  });

  it('whose target is gone go to another one, whatever the method', async () => {
    const [gone, alive] = [await startApp('gone'), await startApp('alive')];
    settings = { ...settings, healthCheck: undefined };
    pool.register(gone);
    pool.register(alive);
    await gone.kill();
    for (const method of ['GET', 'POST', 'PUT', 'GET']) {
      const init = method === 'GET' ? {} : { body: 'data' };
      expect(await text('/', { method, ...init })).toBe(`alive ${method} /`);
    }
  });

  it('get 502 when every target is gone', async () => {
    const gone = await startApp('gone');
    settings = { ...settings, healthCheck: undefined };
    pool.register(gone);
    await gone.kill();
    expect((await fetch(url)).status).toBe(502);
  });

  it('that a target drops unanswered are repeated when that is safe, and only then', async () => {
    const dropping = await startApp('dropping', (incoming) => incoming.socket.destroy());
    const alive = await startApp('alive');
    settings = { ...settings, healthCheck: undefined };
    for (const [method, status] of [
      ['GET', 200],
      ['DELETE', 200],
      ['POST', 502],
    ] as const) {
      pool.register(dropping);
      pool.register(alive);
      // Two requests, so that each target has been the first once.
      const statuses = [await fetch(url, { method }), await fetch(url, { method })].map(
        (each) => each.status,
      );
      expect(statuses.sort()).toEqual([200, status]);
    }
  });

  it('are cut off, not ended as if whole, when the target dies in mid-answer', async () => {
    const app = await startApp('a', (_incoming, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    });
    settings = { ...settings, healthCheck: undefined };
    pool.register(app);
    await expect(text()).rejects.toThrow();
    expect(app.seen).toHaveLength(1);
  });

  it('that offer another protocol, as Java does, are answered in HTTP/1.1', async () => {
    const app = await startApp('a');
    settings = { ...settings, healthCheck: undefined };
    pool.register(app);
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
    const [incoming] = (await once(get(url, { headers }), 'response')) as [IncomingMessage];
    expect(String((await once(incoming, 'data'))[0])).toBe('a GET /');
  });

  it('that ask for a WebSocket and break off, while there is no target, do no harm', async () => {
    const socket = connect(listening.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.resetAndDestroy();
    await once(socket, 'close');
    expect((await fetch(url)).status).toBe(503);
  });

  it('for a WebSocket are passed through both ways', async () => {
    const server = createTcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
        socket.on('data', (chunk) => socket.write(`echo:${chunk}`));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    settings = { ...settings, healthCheck: undefined };
    pool.register({ id: 'ws', host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    const outgoing = request(url, { headers: { connection: 'Upgrade', upgrade: 'websocket' } });
    outgoing.end();
    const [, socket] = await once(outgoing, 'upgrade');
    socket.write('hello');
    expect(String((await once(socket, 'data'))[0])).toBe('echo:hello');
    // The connection counts as a request under way.
    pool.deregister('ws');
    expect(pool.health('ws').state).toBe('draining');
    socket.destroy();
    await until('ws', 'unused');
    server.close();
  });
});

describe('health', () => {
  it('of a new target takes one success, found at once', async () => {
    settings = { ...settings, healthCheck: { ...healthCheck, intervalMs: 60_000, healthyThreshold: 10 } };
    const app = await startApp('a');
    pool.register(app);
    expect(pool.health('a')).toMatchObject({ state: 'initial', reason: 'Elb.InitialHealthChecking' });
    const begunAtMs = Date.now();
    await until('a', 'healthy');
    expect(Date.now() - begunAtMs).toBeLessThan(1000);
  });

  it('that is lost takes the target out of turn, and back in when it returns', async () => {
    const [flapping, steady] = [await startApp('flapping'), await startApp('steady')];
    pool.register(flapping);
    pool.register(steady);
    await until('flapping', 'healthy');
    await until('steady', 'healthy');
    flapping.healthCode = 500;
    expect(await until('flapping', 'unhealthy')).toEqual({
      state: 'unhealthy',
      reason: 'Target.ResponseCodeMismatch',
      description: 'Health checks failed with these codes: [500]',
    });
    expect([await text(), await text()]).toEqual(['steady GET /', 'steady GET /']);
    flapping.healthCode = 200;
    await until('flapping', 'healthy');
    expect([await text(), await text()].sort()).toEqual(['flapping GET /', 'steady GET /']);
  });

  it.each([
    ['a path that HTTP does not allow', { path: '/with space' }],
    ['a port that nobody listens on', { port: 1 }],
  ])('with %s fails like any other', async (_what, wrong) => {
    settings = { ...settings, healthCheck: { ...healthCheck, ...wrong } };
    const app = await startApp('a');
    pool.register(app);
    expect(await until('a', 'unhealthy')).toMatchObject({ reason: 'Target.FailedHealthChecks' });
  });

  it('is measured by the settings of the moment', async () => {
    settings = { ...settings, healthCheck: { ...healthCheck, matcher: '418' } };
    const app = await startApp('a');
    pool.register(app);
    await until('a', 'unhealthy');
    settings = { ...settings, healthCheck };
    await until('a', 'healthy');
  });
});

describe('a group that nothing forwards to', () => {
  it('has unused targets that nobody checks; they are checked as soon as it comes into use', async () => {
    settings = { ...settings, healthCheck: { ...healthCheck, path: '/checked' }, notInUse: true };
    pool.noticeUse();
    const app = await startApp('a');
    pool.register(app);
    expect(pool.health('a')).toEqual({
      state: 'unused',
      reason: 'Target.NotInUse',
      description: 'Target group is not configured to receive traffic from the load balancer',
    });
    // A target that is checked has heard of it by then.
    const other = new TargetPool(
      () => ({ ...settings, notInUse: false }),
      () => undefined,
    );
    const checked = await startApp('checked');
    other.register(checked);
    while (checked.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    other.close();
    expect(app.seen).toEqual([]);

    settings = { ...settings, notInUse: false };
    pool.noticeUse();
    await until('a', 'healthy');
    settings = { ...settings, notInUse: true };
    pool.noticeUse();
    expect(pool.health('a')).toMatchObject({ state: 'unused', reason: 'Target.NotInUse' });
    pool.deregister('a');
    expect(pool.targets()).toEqual([]);
  });
});

describe('a target without health checks', () => {
  it('waits for traffic until it holds a connection: a port forwarder accepts before the program listens', async () => {
    let listens = false;
    const forwarder = createTcpServer((socket) => {
      if (!listens) socket.destroy();
    });
    await new Promise<void>((resolve) => forwarder.listen(0, '127.0.0.1', resolve));
    const { port } = forwarder.address() as AddressInfo;
    settings = { ...settings, healthCheck: undefined, readyWithinMs: 60_000 };
    let looks = 0;
    forwarder.on('connection', () => {
      looks += 1;
      expect(pool.health('late').state).toBe('initial');
      listens = looks > 2;
    });
    pool.register({ id: 'late', host: '127.0.0.1', port });
    await until('late', 'healthy');
    expect(looks).toBeGreaterThan(2);
    forwarder.close();
  });

  it('counts as healthy in the end, as nothing checks it', async () => {
    const nobody = await startApp('nobody');
    await nobody.kill();
    settings = { ...settings, healthCheck: undefined, readyWithinMs: 300 };
    pool.register(nobody);
    expect(pool.health('nobody').state).toBe('initial');
    await until('nobody', 'healthy');
  });
});

describe('a draining target', () => {
  async function withRequestUnderWay() {
    let finish = (): void => undefined;
    const old = await startApp('old', (_incoming, response) => {
      response.write('begun ');
      finish = () => response.end('and ended');
    });
    pool.register(old);
    await until('old', 'healthy');
    const [incoming] = (await once(get(url), 'response')) as [IncomingMessage];
    return { old, incoming, finish: () => finish() };
  }

  it('gets no new request, finishes those it has, and is unused then', async () => {
    const { old, incoming, finish } = await withRequestUnderWay();
    const fresh = await startApp('fresh');
    pool.register(fresh);
    await until('fresh', 'healthy');
    pool.deregister('old');
    expect(pool.health('old')).toMatchObject({
      state: 'draining',
      reason: 'Target.DeregistrationInProgress',
    });
    for (let count = 0; count < 4; count++) expect(await text()).toBe('fresh GET /');
    expect(old.seen).toHaveLength(1);
    finish();
    const chunks: string[] = [];
    for await (const chunk of incoming) chunks.push(String(chunk));
    expect(chunks.join('')).toBe('begun and ended');
    expect(await until('old', 'unused')).toMatchObject({ reason: 'Target.NotRegistered' });
  });

  it('is unused at once when nothing is under way', async () => {
    const app = await startApp('a');
    pool.register(app);
    await until('a', 'healthy');
    pool.deregister('a');
    expect(pool.health('a').state).toBe('unused');
  });

  it('is unused when the deregistration delay has passed, whatever is under way', async () => {
    settings = { ...settings, deregistrationDelayMs: 50 };
    const { incoming } = await withRequestUnderWay();
    pool.deregister('old');
    expect(pool.health('old').state).toBe('draining');
    await until('old', 'unused');
    incoming.destroy();
  });

  it('comes back into service when it is registered again', async () => {
    const { finish } = await withRequestUnderWay();
    pool.deregister('old');
    pool.register({ ...pool.targets()[0], id: 'old' } as never);
    await until('old', 'healthy');
    finish();
    await new Promise((resolve) => setImmediate(resolve));
    expect(pool.health('old').state).toBe('healthy');
  });
});

describe('a rolling replacement', () => {
  it('under constant requests loses none of them', async () => {
    const slowly = (id: string) => (_incoming: IncomingMessage, response: ServerResponse) =>
      setTimeout(() => response.end(id), 5);
    const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: false })];
    const failures: string[] = [];
    const servedBy = new Set<string>();
    /** Called with each answer's body. */
    let heard = (_version: string): void => undefined;
    const answersOf = (version: string, count: number): Promise<void> =>
      new Promise((resolve) => {
        let left = count;
        heard = (each) => {
          if (each === version && --left === 0) resolve();
        };
      });
    let running = true;
    const ask = (agent: Agent): Promise<void> =>
      new Promise((resolve) => {
        const outgoing = get(url, { agent }, (incoming) => {
          if (incoming.statusCode !== 200) failures.push(String(incoming.statusCode));
          incoming.on('data', (chunk) => {
            servedBy.add(String(chunk));
            heard(String(chunk));
          });
          incoming.on('end', resolve);
        });
        outgoing.on('error', (error) => {
          failures.push(error.message);
          resolve();
        });
      });
    let previous = [await startApp('v0-a', slowly('v0')), await startApp('v0-b', slowly('v0'))];
    for (const app of previous) pool.register(app);
    for (const app of previous) await until(app.id, 'healthy');
    const probers = agents.flatMap((agent) =>
      [1, 2, 3].map(async () => {
        while (running) await ask(agent);
      }),
    );
    await answersOf('v0', 10);
    for (let version = 1; version <= 5; version++) {
      const next = [
        await startApp(`v${version}-a`, slowly(`v${version}`)),
        await startApp(`v${version}-b`, slowly(`v${version}`)),
      ];
      for (const app of next) pool.register(app);
      for (const app of next) await until(app.id, 'healthy');
      for (const app of previous) pool.deregister(app.id);
      for (const app of previous) await until(app.id, 'unused');
      await Promise.all(previous.map((app) => app.kill()));
      previous = next;
      await answersOf(`v${version}`, 10);
    }
    running = false;
    await Promise.all(probers);
    for (const agent of agents) agent.destroy();
    expect(failures).toEqual([]);
    expect([...servedBy].sort()).toEqual(['v0', 'v1', 'v2', 'v3', 'v4', 'v5']);
  });
});
