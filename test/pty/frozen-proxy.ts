/** A way to a server that can be frozen: connections stand, and nothing goes through any more. */
import { connect, createServer, type Socket } from 'node:net';

export interface FrozenProxy {
  readonly address: string;
  freeze(): void;
  close(): Promise<void>;
}

export const frozenProxy = async (target: string): Promise<FrozenProxy> => {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (!isFrozen) to.write(bytes);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    address: typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '',
    freeze() {
      isFrozen = true;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
