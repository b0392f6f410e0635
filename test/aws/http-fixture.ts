/**
 * A real HTTP server on a free port, for clients that have to meet odd answers.
 */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpFixture {
  readonly port: number;
  close(): Promise<void>;
}

export async function serve(listener: RequestListener): Promise<HttpFixture> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
