// Stops an HTTP server without cutting off an answer. The server's own close() destroys connections whose
// answer was handed to Node but not yet to the network (Node 20), so this keeps count of its own.
import { Server } from 'node:net';

/** A connection that looks idle may have a request on its way: for so long it is still answered. */
const LAST_REQUESTS_MS = 250;

/** Gives the function that stops the server; its promise resolves when the last connection has ended. */
export function prepareGracefulStop(server) {
  const idle = new Set();
  let stopping = false;

  server.on('connection', (socket) => {
    idle.add(socket);
    socket.once('close', () => idle.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    idle.delete(socket);
    response.once('close', () => {
      if (stopping) socket.destroySoon();
      else idle.add(socket);
    });
  });

  return function stop() {
    stopping = true;
    setTimeout(() => {
      for (const socket of idle) socket.destroy();
    }, LAST_REQUESTS_MS);
    return new Promise((resolve) => Server.prototype.close.call(server, resolve));
  };
}
