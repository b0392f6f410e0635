// The web service: the built page, /health, and everything under /api passed on to the api.
import { createServer } from 'node:http';
import { createProxy } from './proxy.js';

/**
 * @param {{ files: Map<string, { type: string, body: Buffer }>, apiUrl: string, commit: string }} options
 *   files: by path, such as `/page.js`; `/index.html` is what `/` shows
 */
export function createWebServer({ files, apiUrl, commit }) {
  const proxy = createProxy(apiUrl);

  return createServer((request, response) => {
    if (request.url.startsWith('/api/')) return proxy(request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return sendJson(response, 405, { error: 'method not allowed' });
    }
    const [path] = request.url.split('?');
    if (path === '/health') {
      return sendJson(response, 200, { status: 'ok', service: 'web', commit });
    }
    const file = files.get(path === '/' ? '/index.html' : path);
    if (!file) return sendJson(response, 404, { error: 'not found' });
    response.writeHead(200, { 'content-type': file.type, 'cache-control': 'no-cache' });
    response.end(file.body);
  });
}

function sendJson(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
