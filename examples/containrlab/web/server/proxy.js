// Passes a request on to the api, and once more if the task that took it is going away.
import { randomUUID } from 'node:crypto';
import { request as send } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const LARGEST_BODY = 64 * 1024;
const ANSWER_WITHIN_MS = 10_000;
const GIVE_UP_AFTER_MS = 5_000;
const PAUSE_MS = 100;

// These describe one connection, not the message (RFC 9110, 7.6.1).
const HOP_BY_HOP = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

export function createProxy(apiUrl, { giveUpAfterMs = GIVE_UP_AFTER_MS } = {}) {
  return async function proxy(request, response) {
    try {
      const body = await readBody(request);
      const answer = await sendUntilAnswered(apiUrl, request, body, giveUpAfterMs);
      response.writeHead(answer.statusCode, withoutHopByHop(answer.headers));
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    } catch (error) {
      response.writeHead(error.status ?? 502, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: error.status ? error.message : 'the api does not answer' }));
    }
  };
}

/** Sending again is safe: reads change nothing, and the api takes a job once for each key. */
async function sendUntilAnswered(apiUrl, request, body, giveUpAfterMs) {
  const headers = {
    'idempotency-key': randomUUID(),
    ...withoutHopByHop(request.headers),
    host: new URL(apiUrl).host,
    'content-length': body.length,
  };
  const deadline = performance.now() + giveUpAfterMs;
  for (;;) {
    try {
      return await sendOnce(new URL(request.url, apiUrl), request.method, headers, body);
    } catch (error) {
      if (performance.now() >= deadline) throw error;
      await pause(PAUSE_MS);
    }
  }
}

function sendOnce(url, method, headers, body) {
  return new Promise((resolve, reject) => {
    // A connection each: a kept one may end in a task that has just been stopped.
    const upstream = send(url, { method, headers, agent: false, timeout: ANSWER_WITHIN_MS }, resolve);
    upstream.on('timeout', () => upstream.destroy(new Error('timed out')));
    upstream.on('error', reject);
    upstream.end(body);
  });
}

async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw Object.assign(new Error('the body is too large'), { status: 413 });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const withoutHopByHop = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
