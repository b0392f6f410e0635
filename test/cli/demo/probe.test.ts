/** What the prober calls a failure: everything but a whole 2xx. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeConnections, probe } from '../../../src/cli/demo/probe.ts';
import { ProbeStats } from '../../../src/cli/demo/prober-stats.ts';

const answers: Record<string, RequestListener> = {
  '/ok': (_request, response) => void response.end('fine'),
  '/created': (_request, response) => void response.writeHead(201).end(),
  '/moved': (_request, response) => void response.writeHead(302, { location: '/ok' }).end(),
  '/502': (_request, response) => void response.writeHead(502).end('bad gateway'),
  '/reset': (request) => void request.socket.destroy(),
  '/half': (_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  },
  '/silent': () => undefined,
};

let server: Server;
let origin: string;
beforeAll(async () => {
  server = createServer((request, response) => answers[request.url ?? '']?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  closeConnections();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe.each(['keep-alive', 'new connection'] as const)('by %s', (connection) => {
  it.each([
    ['/ok', undefined],
    ['/created', undefined],
    ['/moved', 'status 302: '],
    ['/502', 'status 502: bad gateway'],
    ['/reset', expect.stringMatching(/hang up|ECONNRESET/)],
    ['/half', expect.stringMatching(/broken off|aborted/)],
    ['/silent', 'no answer within 0.2 s'],
  ])('%s: %p', async (path, expected) => {
    expect(await probe(`${origin}${path}`, connection, 200)).toEqual(expected);
  });
});

it('nobody there is a failure', async () => {
  expect(await probe('http://127.0.0.1:1/', 'new connection', 1_000)).toMatch('ECONNREFUSED');
});

describe('the counts', () => {
  it('belong to the phase in which a request was sent', () => {
    const stats = new ProbeStats();
    stats.begin('a');
    const slow = stats.send();
    stats.send().succeeded(5);
    stats.begin('b');
    const failure = { atMs: 1, target: 'x', connection: 'keep-alive', reason: 'status 502' };
    slow.failed(failure, 80.4);
    stats.send().succeeded(7);
    expect(stats.report()).toEqual({
      phases: [
        { phase: 'a', sent: 2, failed: 1, slowestMs: 80 },
        { phase: 'b', sent: 1, failed: 0, slowestMs: 7 },
      ],
      failures: [failure],
    });
  });
});
