// An HTTP server whose every request, and every WebSocket, goes to a target of the pool that `route` names, or gets
// the answer that it gives.
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { proxyUpgrade } from 'httpxy';
import { forward } from './forward.ts';
import type { TargetPool } from './target-pool.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Undefined: nobody serves it, 503. */
export type Destination = TargetPool | Answer | undefined;
export type Route = (request: IncomingMessage) => Destination;

export function createForwardingServer(route: Route): Server {
  const server = createServer((request, response) => {
    serve(request, response, route(request)).catch(() => response.destroy());
  });
  // Longer than clients keep an idle connection, so that it is not closed under a request on its way.
  server.keepAliveTimeout = 75_000;
  server.on('upgrade', (request, socket, head) => {
    // Node has let go of this socket: an error that nobody listens to would end the process.
    socket.on('error', () => socket.destroy());
    upgrade(request, socket, head, route(request)).catch(() => socket.destroy());
  });
  return server;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  destination: Destination,
): Promise<void> {
  if (!isAnswer(destination)) return forward(request, response, destination);
  const { status, headers, body } = destination;
  // Its body is not wanted, but the connection goes on after it.
  request.resume();
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const isAnswer = (destination: Destination): destination is Answer =>
  destination !== undefined && 'status' in destination;

async function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  destination: Destination,
): Promise<void> {
  if (request.headers.upgrade?.toLowerCase() !== 'websocket' || isAnswer(destination)) {
    await answerWithoutUpgrade(request, socket, destination);
    return;
  }
  const lease = destination?.lease();
  if (lease === undefined) {
    socket.end('HTTP/1.1 503 Service Temporarily Unavailable\r\nConnection: close\r\n\r\n');
    return;
  }
  socket.once('close', () => lease.release());
  try {
    const { host, port } = lease.target;
    await proxyUpgrade({ host, port }, request, socket, head);
  } catch {
    // The proxy has ended the socket, or is just passing on the target's refusal.
  }
}

/**
 * An offer of another protocol (Java's HTTP client and `curl --http2` offer `h2c`) may be ignored: the request is
 * answered in HTTP/1.1. Node has stopped reading the connection, so it is closed afterwards, and a body is lost.
 */
async function answerWithoutUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  destination: Destination,
): Promise<void> {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  response.once('finish', () => socket.end());
  for (const name of ['upgrade', 'connection', 'http2-settings']) delete request.headers[name];
  await serve(request, response, destination);
}
