/** The HTTP server around the routes, with a limit to whatever a client can make it wait for. */
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { createApp } from './app.ts';
import type { Limits } from './limits.ts';

export function createHttpServer(
  { fetch }: Pick<ReturnType<typeof createApp>, 'fetch'>,
  limits: Pick<Limits, 'headersMs' | 'bodyMs' | 'connections'>,
): Server {
  const server = createAdaptorServer({
    fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.headersMs + limits.bodyMs + 2_000,
      keepAliveTimeout: 5_000,
      // By default it is looked every 30 s only whether any of these has passed.
      connectionsCheckingInterval: Math.min(500, limits.headersMs / 4),
    },
  }) as Server;
  server.maxConnections = limits.connections;
  return server;
}
