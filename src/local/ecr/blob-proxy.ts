// Passes blobs and uploads through to the real registry, streaming both ways.
import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { createProxyServer } from 'httpxy';

export interface BlobProxy {
  /** Rejects when the registry cannot be reached; the response has not begun then, or is cut off. */
  pass(request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): void;
}

export function createBlobProxy(upstreamUrl: string): BlobProxy {
  const agent = new Agent({ keepAlive: true });
  const proxy = createProxyServer({ target: upstreamUrl, agent, changeOrigin: true, proxyTimeout: 600_000 });
  // The password is for our door; the registry behind it asks for none.
  proxy.on('proxyReq', (outgoing) => outgoing.removeHeader('authorization'));
  // The registry names itself in `Location`; a client must come back through our door for the next chunk.
  proxy.on('proxyRes', (incoming, request) => {
    const { location } = incoming.headers;
    if (location === undefined) return;
    const { pathname, search } = new URL(location, upstreamUrl);
    incoming.headers.location = `http://${request.headers.host}${pathname}${search}`;
  });
  return {
    pass: (request, response) =>
      new Promise((resolve, reject) => {
        response.once('close', resolve);
        proxy.web(request, response).catch(reject);
      }),
    close: () => agent.destroy(),
  };
}
