// Stops an HTTP server without cutting off an answer. The server's own close() destroys connections whose
// answer was handed to Node but not yet to the network (Node 20), so this keeps count of its own.
import { Server } from 'node:net';

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
      if (stopping) socket.end();
      else idle.add(socket);
    });
  });

  return function stop() {
    stopping = true;
    for (const socket of idle) socket.destroy();
    return new Promise((resolve) => Server.prototype.close.call(server, resolve));
  };
}
