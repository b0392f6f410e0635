import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { createProxy } from '../server/proxy.js';
import { listen } from './listen.js';

/** An api that hangs up on the first `hangUps` requests and then tells what it was sent. */
function createApi(hangUps = 0) {
  const seen = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    if (seen.length <= hangUps) return request.socket.destroy();
    response.writeHead(202, { 'content-type': 'application/json', 'x-api': 'yes' });
    response.end('{"id":"a"}');
  });
  return { seen, server };
}

const startProxy = async (t, apiUrl, options) => listen(t, createServer(createProxy(apiUrl, options)));

test('a request and its answer pass through whole', async (t) => {
  const { seen, server } = createApi();
  const url = await startProxy(t, await listen(t, server));
  const answer = await fetch(`${url}/api/jobs?x=1`, { method: 'POST', body: '{"expression":"1"}' });

  assert.equal(answer.status, 202);
  assert.equal(answer.headers.get('x-api'), 'yes');
  assert.deepEqual(await answer.json(), { id: 'a' });
  const [{ method, url: path, body }] = seen;
  assert.deepEqual(
    { method, path, body },
    { method: 'POST', path: '/api/jobs?x=1', body: '{"expression":"1"}' },
  );
});

test('when the api hangs up, the same request is sent again with the same key', async (t) => {
  const { seen, server } = createApi(2);
  const url = await startProxy(t, await listen(t, server));
  const answer = await fetch(`${url}/api/jobs`, { method: 'POST', body: '{"expression":"1"}' });

  assert.equal(answer.status, 202);
  assert.equal(seen.length, 3);
  assert.equal(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size, 1);
  assert.deepEqual(new Set(seen.map(({ body }) => body)), new Set(['{"expression":"1"}']));
});

test('two requests have two keys, unless the caller brings its own', async (t) => {
  const { seen, server } = createApi();
  const url = await startProxy(t, await listen(t, server));
  await fetch(url);
  await fetch(url);
  await fetch(url, { headers: { 'idempotency-key': 'mine' } });

  const keys = seen.map(({ headers }) => headers['idempotency-key']);
  assert.equal(new Set(keys).size, 3);
  assert.equal(keys[2], 'mine');
});

test('an api that never answers is 502', async (t) => {
  const { server } = createApi(Number.POSITIVE_INFINITY);
  const url = await startProxy(t, await listen(t, server), { giveUpAfterMs: 0 });
  const answer = await fetch(url);
  assert.equal(answer.status, 502);
  assert.deepEqual(await answer.json(), { error: 'the api does not answer' });
});

test('a body larger than any job is 413', async (t) => {
  const { seen, server } = createApi();
  const url = await startProxy(t, await listen(t, server));
  const answer = await fetch(url, { method: 'POST', body: 'x'.repeat(64 * 1024 + 1) });
  assert.equal(answer.status, 413);
  assert.equal(seen.length, 0);
});
