// What is left of an engine's refusal once dockerode's frame is taken off.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, Server } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { connectEngine, messageOf } from '../../../src/local/docker/engine.ts';

describe('the engine’s own sentence', () => {
  it.each([
    [
      'in a stream’s refusal',
      new Error('(HTTP code 400) unexpected - invalid reference format '),
      'invalid reference format',
    ],
    [
      'with a dash in it',
      new Error('(HTTP code 500) server error - Get "https://my-registry/v2/": dial tcp: no - such host '),
      'Get "https://my-registry/v2/": dial tcp: no - such host',
    ],
    [
      'in the answer’s JSON',
      Object.assign(new Error('(HTTP code 404) no such container - No such container: x '), {
        json: { message: 'No such container: x' },
      }),
      'No such container: x',
    ],
    [
      'of no engine at all',
      new Error('connect ECONNREFUSED /var/run/docker.sock'),
      'connect ECONNREFUSED /var/run/docker.sock',
    ],
    ['that is no error', 'broken', 'broken'],
  ])('%s is taken as it is', (_where, error, sentence) => {
    expect(messageOf(error)).toBe(sentence);
  });
});

it('an engine that takes no new connections does not answer any more, although it does on those it has', async () => {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(request.url?.endsWith('/_ping') ? 'OK' : '{"ApiVersion":"1.41"}');
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const engine = await connectEngine({ protocol: 'http', host: '127.0.0.1', port });
    expect(await engine.answers()).toBe(true);
    // As dockerd does: the door is closed, who is inside is served.
    Server.prototype.close.call(server);
    expect(String(await engine.docker.ping())).toBe('OK');
    expect(await engine.answers()).toBe(false);
  } finally {
    server.closeAllConnections();
  }
});
