import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import '../build.js';
import { listen } from './listen.js';

async function startWeb(t, apiUrl) {
  const web = spawn(process.execPath, ['server/serve.js'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, PORT: '0', API_URL: apiUrl, COMMIT_SHA: 'c0ffee' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => web.kill('SIGKILL'));
  const [ready] = await once(createInterface({ input: web.stdout }), 'line');
  assert.match(ready, /^web c0ffee listens on port \d+$/);
  return { web, url: `http://127.0.0.1:${ready.split(' ').at(-1)}` };
}

test('the built page is served', async (t) => {
  const { url } = await startWeb(t, 'http://127.0.0.1:1');
  const page = await (await fetch(url)).text();
  for (const [, path] of page.matchAll(/(?:href|src)="(\/[^"]+)"/g)) {
    assert.equal((await fetch(url + path)).status, 200, path);
  }
  assert.match(page, /src="\/page\.js"/);
});

test('SIGTERM lets a request in flight finish, and ends the service soon and well', async (t) => {
  const api = createServer();
  const { web, url } = await startWeb(t, await listen(t, api));

  // A kept-alive connection, as load balancers have them, must not hold up the end.
  const answered = once(get(`${url}/api/jobs`, { agent: new Agent({ keepAlive: true }) }), 'response');
  const [, apiResponse] = await once(api, 'request');
  const exited = once(web, 'exit', { signal: AbortSignal.timeout(2000) });
  web.kill('SIGTERM');
  await refused(url);
  apiResponse.end('{"jobs":[]}');

  const [response] = await answered;
  assert.equal(response.statusCode, 200);
  response.resume();
  assert.deepEqual(await exited, [0, null]);
});

/** Resolves once nobody listens any more: the service has begun to stop. */
async function refused(url) {
  for (;;) {
    try {
      await fetch(`${url}/health`);
    } catch {
      return;
    }
  }
}
