// An HTTP server whose every request, and every WebSocket, goes to a target of the pool that `route` names.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { proxyUpgrade } from 'httpxy';
import { forward } from './forward.ts';
import type { TargetPool } from './target-pool.ts';

export type Route = (request: IncomingMessage) => TargetPool | undefined;

export function createForwardingServer(route: Route): Server {
  const server = createServer((request, response) => {
    void forward(request, response, route(request));
  });
  // Longer than clients keep an idle connection, so that it is not closed under a request on its way.
  server.keepAliveTimeout = 75_000;
  server.on('upgrade', (request, socket, head) => void upgrade(request, socket, head, route(request)));
  return server;
}

async function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  pool: TargetPool | undefined,
): Promise<void> {
  const lease = pool?.lease();
  if (lease === undefined) {
    socket.end('HTTP/1.1 503 Service Temporarily Unavailable\r\nConnection: close\r\n\r\n');
    return;
  }
  socket.once('close', () => lease.release());
  try {
    const { host, port } = lease.target;
    await proxyUpgrade({ host, port }, request, socket, head);
  } catch {
    socket.destroy();
  }
}
