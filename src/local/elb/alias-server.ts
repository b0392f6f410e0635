// A server of Service Connect: HTTP is balanced request by request; anything else, connection by connection.
import { METHODS, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { dial } from './forward.ts';
import { createForwardingServer, type Route } from './proxy-server.ts';
import type { TargetPool } from './target-pool.ts';

/** How long a client may be silent before it counts as one that waits for the server to speak first. */
const speaksFirstMs = 100;

export interface AliasRoutes {
  readonly http: Route;
  /** Where a connection that does not speak HTTP goes; undefined: this port has HTTP only. */
  readonly tcp: (socket: Socket) => TargetPool | undefined;
  /** Connections that are passed through, to be cut when the server closes. */
  readonly passed: Set<Socket>;
}

export function createAliasServer({ http, tcp, passed }: AliasRoutes): Server {
  const server = createForwardingServer(http);
  // Node's own listener reads HTTP from a connection. Ours comes first and decides whether it gets it.
  const serveHttp = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const asHttp = (): void => {
      for (const listener of serveHttp) listener.call(server, socket);
    };
    const pool = tcp(socket);
    if (pool === undefined) return asHttp();
    passed.add(socket);
    socket.once('close', () => passed.delete(socket));
    const ignore = (): void => undefined;
    socket.on('error', ignore);
    const decide = (chunk: Buffer | undefined): void => {
      clearTimeout(silence);
      socket.off('data', decide);
      socket.pause();
      if (chunk !== undefined) socket.unshift(chunk);
      if (chunk === undefined || !isHttp(chunk)) {
        passOn(socket, pool).catch(() => socket.destroy());
        return;
      }
      passed.delete(socket);
      socket.off('error', ignore);
      asHttp();
      process.nextTick(() => socket.resume());
    };
    const silence = setTimeout(() => decide(undefined), speaksFirstMs);
    socket.once('close', () => clearTimeout(silence));
    socket.on('data', decide);
  });
  return server;
}

/** By the request line: of a whole one its end, of the beginning of one its method. HTTP/2 is passed on as it is. */
function isHttp(chunk: Buffer): boolean {
  const [line = '', rest] = chunk.toString('latin1').split('\r\n', 2);
  if (rest !== undefined) return / HTTP\/1\.[01]$/.test(line);
  return METHODS.includes(line.split(' ', 1)[0] ?? '');
}

async function passOn(client: Socket, pool: TargetPool): Promise<void> {
  const tried = new Set<string>();
  for (;;) {
    const lease = pool.lease(tried);
    if (lease === undefined || client.destroyed) {
      lease?.release();
      client.destroy();
      return;
    }
    tried.add(lease.target.id);
    const target = await dial(lease.target);
    if (target === undefined) {
      lease.release();
      continue;
    }
    target.once('close', () => {
      lease.release();
      client.destroySoon();
    });
    client.once('close', () => target.destroy());
    if (client.destroyed) target.destroy();
    client.pipe(target).pipe(client);
    return;
  }
}
