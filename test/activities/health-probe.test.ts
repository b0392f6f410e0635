/** Against a real server on loopback: what counts is what happens on the wire. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { guardLookup, probeHealth } from '../../src/activities/health-probe.ts';
import type { Sample } from '../../src/release/judging/health.ts';
import type { HealthPlan } from '../../src/release/plan.ts';

const COMMIT = 'c'.repeat(40);
let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

const listen = async (answer: RequestListener): Promise<string> => {
  const started = createServer(answer);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
};

const healthAt = (url: string, more: Partial<HealthPlan> = {}): HealthPlan => ({
  url,
  successes: 1,
  failures: 1,
  intervalMs: 1,
  requestTimeoutMs: 2_000,
  timeoutMs: 10_000,
  ...more,
});

const ask = (
  url: string,
  more: Partial<HealthPlan> = {},
  commit: string | null = COMMIT,
  signal = new AbortController().signal,
): Promise<Sample> => probeHealth(healthAt(url, more), commit, signal);

const answering =
  (status: number, body = '', headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers).end(body);
  };

describe('probeHealth', () => {
  it.each([200, 204, 299])('takes %i as good', async (status) => {
    expect(await ask(await listen(answering(status)))).toEqual({ kind: 'good' });
  });

  it.each([300, 404, 500, 503])('takes %i as bad, and shows what was answered', async (status) => {
    const url = await listen(answering(status, 'no\n  database'));
    expect(await ask(url)).toEqual({ kind: 'bad', text: `${url} answered ${status}: no database` });
  });

  it('shows no secret of what was answered', async () => {
    const url = await listen(answering(500, 'no connection to postgres://app:hunter@db'));
    expect(await ask(url)).toMatchObject({ text: expect.stringMatching(/postgres:\/\/app:\*\*\*@db$/) });
  });

  it('does not follow a redirect', async () => {
    let requests = 0;
    const url = await listen((_request, response) => {
      requests += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await ask(url)).toMatchObject({ kind: 'bad', text: expect.stringMatching(/answered 302/) });
    expect(requests).toBe(1);
  });

  it.each<[string, string, string | null, Sample['kind']]>([
    ['the commit', `{"commit":"${COMMIT}"}`, COMMIT, 'good'],
    ['another commit', '{"commit":"old"}', COMMIT, 'bad'],
    ['no commit', '{"status":"ok"}', COMMIT, 'bad'],
    ['a commit that is no text', '{"commit":7}', COMMIT, 'bad'],
    ['no JSON', 'ok', COMMIT, 'bad'],
    ['null', 'null', COMMIT, 'bad'],
    ['another commit, where any will do (after a rollback)', '{"commit":"old"}', null, 'good'],
  ])('reads %s', async (_what, body, commit, kind) => {
    expect((await ask(await listen(answering(200, body)), { commitField: 'commit' }, commit)).kind).toBe(
      kind,
    );
  });

  it.each<[string, string, string, Sample['kind']]>([
    ['a nested field', 'build.commit', `{"build":{"commit":"${COMMIT}"}}`, 'good'],
    ['a deeper one', 'app.build.commit', `{"app":{"build":{"commit":"${COMMIT}"}}}`, 'good'],
    ['a field with a dot in its name', 'build.commit', `{"build.commit":"${COMMIT}"}`, 'good'],
    [
      'a field with a dot in its name before a nested one',
      'build.commit',
      `{"build":{"commit":"${COMMIT}"},"build.commit":"old"}`,
      'bad',
    ],
    ['another commit in a nested field', 'build.commit', '{"build":{"commit":"old"}}', 'bad'],
    ['half of a path', 'build.commit', `{"build":"${COMMIT}"}`, 'bad'],
    ['a path through null', 'build.commit', '{"build":null}', 'bad'],
    ['what objects inherit', 'constructor.name', '{}', 'bad'],
  ])('reads %s', async (_what, commitField, body, kind) => {
    expect((await ask(await listen(answering(200, body)), { commitField })).kind).toBe(kind);
  });

  it('says which commit is served', async () => {
    const url = await listen(answering(200, '{"commit":"old"}'));
    expect(await ask(url, { commitField: 'commit' })).toMatchObject({
      text: `${url} serves commit old instead of ${COMMIT}: {"commit":"old"}`,
    });
  });

  it('stops reading a body that does not end', async () => {
    let sent = 0;
    const url = await listen((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(16_384))) sent += 16_384;
      };
      response.on('drain', more);
      more();
    });
    expect(await ask(url)).toEqual({ kind: 'good' });
    expect(await ask(url, { commitField: 'commit' })).toMatchObject({ kind: 'bad' });
    expect(sent).toBeLessThan(20 * 1024 * 1024);
  });

  it('asks over a new connection each time: a kept one would keep asking the same task', async () => {
    const ports = new Set<number | undefined>();
    const url = await listen((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    await ask(url);
    await ask(url);
    expect(ports.size).toBe(2);
  });

  describe('could not ask', () => {
    it.each<[string, RequestListener]>([
      ['no answer', () => undefined],
      [
        'an answer that is never finished',
        (_request, response) => {
          response.writeHead(200).write('{');
        },
      ],
    ])('%s within the time', async (_what, answer) => {
      const url = await listen(answer);
      expect(await ask(url, { requestTimeoutMs: 100 })).toEqual({
        kind: 'unreachable',
        text: `${url}/: no whole answer within 100 ms`,
      });
    });

    it('nobody listens', async () => {
      const url = await listen(answering(200));
      await new Promise((resolve) => server?.close(resolve));
      expect(await ask(url)).toMatchObject({
        kind: 'unreachable',
        text: expect.stringMatching(/ECONNREFUSED/),
      });
    });

    it('nobody listens at any address of the name', async () => {
      const url = await listen(answering(200));
      await new Promise((resolve) => server?.close(resolve));
      expect(await ask(url.replace('127.0.0.1', 'localhost'))).toMatchObject({
        kind: 'unreachable',
        text: expect.stringMatching(/ECONNREFUSED/),
      });
    });

    it('the connection breaks in mid-answer', async () => {
      const url = await listen((_request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{');
        setImmediate(() => response.destroy());
      });
      expect(await ask(url)).toMatchObject({ kind: 'unreachable' });
    });
  });

  it('throws when the activity is cancelled, at once', async () => {
    const controller = new AbortController();
    const url = await listen(() => controller.abort());
    const startedAtMs = Date.now();
    await expect(ask(url, {}, COMMIT, controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(Date.now() - startedAtMs).toBeLessThan(1_000);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://169.254.170.2/v2/credentials',
    'http://2852039166/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
  ])('never asks %s', async (url) => {
    expect(await ask(url, { requestTimeoutMs: 200 })).toMatchObject({
      kind: 'bad',
      text: expect.stringMatching(/link-local address and is never asked/),
    });
  });
});

describe('guardLookup', () => {
  const resolved = (addresses: string[], all: boolean) =>
    new Promise<unknown>((resolve) => {
      const guarded = guardLookup((_hostname, _options, callback) => {
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      });
      guarded('shop.test', { all }, (error, address) => resolve(error?.message ?? address));
    });

  it('hands out only the addresses that may be asked', async () => {
    const addresses = ['169.254.169.254', '10.0.0.1', 'fe80::1', '2001:db8::1'];
    expect(await resolved(addresses, false)).toBe('10.0.0.1');
    expect(await resolved(addresses, true)).toEqual([
      { address: '10.0.0.1', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ]);
  });

  it('refuses a name that leads to instance metadata only', async () => {
    expect(await resolved(['169.254.169.254', '::ffff:169.254.169.254'], true)).toMatch(
      /link-local address only/,
    );
  });

  it('passes on that a name does not exist', async () => {
    const guarded = guardLookup((_hostname, _options, callback) => callback(new Error('ENOTFOUND'), []));
    const answer = await new Promise((resolve) => guarded('x.test', { all: true }, resolve));
    expect(answer).toMatchObject({ message: 'ENOTFOUND' });
  });
});
