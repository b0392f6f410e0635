import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { prepareGracefulStop } from '../server/graceful-stop.js';
import { listen } from './listen.js';

async function startServer(t, onRequest) {
  const server = createServer(onRequest);
  const stop = prepareGracefulStop(server);
  return { url: await listen(t, server), stop: () => before(t, 10_000, stop()) };
}

/** Rejects when the promise takes longer. */
function before(t, ms, promise) {
  const tooLate = new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`not done after ${ms} ms`)), ms);
    t.after(() => clearTimeout(timer));
  });
  return Promise.race([promise, tooLate]);
}

async function read(response) {
  let bytes = 0;
  for await (const chunk of response) bytes += chunk.length;
  return bytes;
}

test('an answer that has not left yet arrives whole', async (t) => {
  const size = 64 * 1024 * 1024; // more than the buffers of both ends hold
  const { url, stop } = await startServer(t, (_request, response) => response.end(Buffer.alloc(size)));
  const [response] = await once(get(url), 'response');

  const stopped = stop();
  assert.equal(await read(response), size);
  await stopped;
});

test('an answer that has not begun yet arrives', async (t) => {
  let answer;
  const { url, stop } = await startServer(t, (_request, response) => {
    answer = () => response.end('late');
  });
  const responded = once(get(url, { agent: new Agent({ keepAlive: true }) }), 'response');
  while (!answer) await new Promise(setImmediate);

  const stopped = stop();
  answer();
  const [response] = await responded;
  assert.equal(await read(response), 4);
  await stopped;
});

test('a request that was on its way is answered', async (t) => {
  const { url, stop } = await startServer(t, (_request, response) => response.end('ok'));
  const socket = connect(new URL(url).port, '127.0.0.1');
  await once(socket, 'connect');
  await fetch(url); // by now the server knows of the first connection, too

  const stopped = stop();
  socket.write('GET / HTTP/1.1\r\nhost: web\r\n\r\n');
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 200 OK/);
  await stopped;
});

test('a connection that is kept for later does not hold up the end', async (t) => {
  const { url, stop } = await startServer(t, (_request, response) => response.end('ok'));
  const [response] = await once(get(url, { agent: new Agent({ keepAlive: true }) }), 'response');
  await read(response);
  await stop();
});

test('a connection that never asked for anything does not hold up the end', async (t) => {
  const { url, stop } = await startServer(t, (_request, response) => response.end('ok'));
  const socket = connect(new URL(url).port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  await new Promise(setImmediate);
  await stop();
});

test('once stopped, nobody is let in', async (t) => {
  const { url, stop } = await startServer(t, (_request, response) => response.end('ok'));
  await stop();
  await assert.rejects(fetch(url));
});
