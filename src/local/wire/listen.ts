// One port on several addresses: `localhost` may mean 127.0.0.1 or ::1, and a client may pick either.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listening {
  readonly port: number;
  /** Stops accepting, lets requests under way end for at most `graceMs`, then cuts what is left. */
  close(graceMs?: number): Promise<void>;
}

export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly port: number;

  constructor(port: number, address: string) {
    super(`port ${port} on ${address} is already in use by another process`);
    this.port = port;
  }
}

export const loopback: readonly string[] = ['127.0.0.1', '::1'];

/**
 * `create` makes one server for each address. Port 0 takes one that is free on all of them.
 * An address that this machine does not have is skipped, as long as the first one works.
 */
export async function listenOn(
  create: () => Server,
  port: number,
  addresses: readonly string[] = loopback,
): Promise<Listening> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listenOnce(create, port, addresses);
    } catch (error) {
      // A port that was free on one address may be taken on the next: try another.
      if (port !== 0 || attempt === 10 || !(error instanceof PortTakenError)) throw error;
    }
  }
}

async function listenOnce(
  create: () => Server,
  port: number,
  addresses: readonly string[],
): Promise<Listening> {
  const servers: Server[] = [];
  const close = async (graceMs = 5000): Promise<void> => {
    await Promise.all(servers.map((server) => closeServer(server, graceMs)));
  };
  let bound = port;
  try {
    for (const address of addresses) {
      const server = create();
      const missing = await listen(server, bound, address);
      if (missing && servers.length > 0) continue;
      if (missing) throw new Error(`this machine has no address ${address} to listen on`);
      servers.push(server);
      bound = (server.address() as AddressInfo).port;
    }
  } catch (error) {
    await close(0);
    throw error;
  }
  return { port: bound, close };
}

/** True when this machine does not have the address. */
function listen(server: Server, port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') reject(new PortTakenError(port, host));
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(true);
      else reject(error);
    };
    server.once('error', onError);
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', onError);
      resolve(false);
    });
  });
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // A client may keep the connection on which it was answered meanwhile.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(timer);
}
