// An answer of the front door in JSON.
import type { ServerResponse } from 'node:http';

export function sendJson(response: ServerResponse, body: unknown, type = 'application/json'): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
