import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { createWebServer } from '../server/server.js';
import { listen } from './listen.js';

const files = new Map([
  ['/index.html', { type: 'text/html; charset=utf-8', body: Buffer.from('<h1>containrlab</h1>') }],
  ['/page.js', { type: 'text/javascript; charset=utf-8', body: Buffer.from('start()') }],
]);

const startWeb = (t, apiUrl = 'http://127.0.0.1:1') =>
  listen(t, createWebServer({ files, apiUrl, commit: 'c0ffee' }));

test('/health tells the commit, with or without an api', async (t) => {
  const answer = await fetch(`${await startWeb(t)}/health`);
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { status: 'ok', service: 'web', commit: 'c0ffee' });
});

test('/ is the page', async (t) => {
  const answer = await fetch(await startWeb(t));
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(await answer.text(), '<h1>containrlab</h1>');
});

test('the files of the page come with their type', async (t) => {
  const answer = await fetch(`${await startWeb(t)}/page.js?v=1`);
  assert.equal(answer.headers.get('content-type'), 'text/javascript; charset=utf-8');
  assert.equal(await answer.text(), 'start()');
});

for (const path of ['/nope', '/%2e%2e/package.json', '//', '/server/serve.js']) {
  test(`${path} is 404`, async (t) => {
    assert.equal((await fetch((await startWeb(t)) + path)).status, 404);
  });
}

test('only the api is written to', async (t) => {
  assert.equal((await fetch(await startWeb(t), { method: 'POST' })).status, 405);
});

test('what is under /api goes to the api', async (t) => {
  const api = createServer((request, response) => response.end(`api got ${request.url}`));
  const web = await startWeb(t, await listen(t, api));
  assert.equal(await (await fetch(`${web}/api/jobs?x=1`)).text(), 'api got /api/jobs?x=1');
});
