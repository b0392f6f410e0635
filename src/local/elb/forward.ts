// Sends one request to a healthy target, and to another one when the first turns out to be gone.
// The promise behind it: a rolling update loses no request.
import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { createProxyServer } from 'httpxy';
import type { Target } from './target-groups.ts';
import type { TargetPool } from './target-pool.ts';

const connectTimeoutMs = 5000;
/** ALB's default idle timeout: how long a target may take to say anything. */
const answerTimeoutMs = 60_000;

// A connection for each request: an idle one could be closed by the target just when a request is on its way.
const proxy = createProxyServer({
  xfwd: true,
  proxyTimeout: answerTimeoutMs,
  headers: { connection: 'close' },
});
/** Requests whose target has begun to answer: from then on there is no second try. */
const answered = new WeakSet<IncomingMessage>();
proxy.on('proxyRes', (incoming, request) => {
  answered.add(request);
  // That ends with this request; the client's own connection may live on.
  delete incoming.headers.connection;
});

/** Never rejects; the response has ended or been cut off when it resolves. */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  pool: TargetPool | undefined,
): Promise<void> {
  const tried = new Set<string>();
  for (;;) {
    const lease = pool?.lease(tried);
    if (lease === undefined) {
      return tried.size === 0
        ? refuse(response, 503, 'no healthy target')
        : refuse(response, 502, 'no target answers');
    }
    tried.add(lease.target.id);
    const begunAtMs = Date.now();
    try {
      const socket = await dial(lease.target);
      // Nobody took the connection: nothing was sent, so any request may go to the next target.
      if (socket === undefined) continue;
      if (await passOn(request, response, lease.target, socket)) return;
      if (Date.now() - begunAtMs >= answerTimeoutMs && !answered.has(request)) {
        return refuse(response, 504, 'the target did not answer in time');
      }
      if (answered.has(request) || !isRepeatable(request)) break;
    } finally {
      lease.release();
    }
  }
  if (response.headersSent || answered.has(request)) response.destroy();
  else refuse(response, 502, 'the target closed the connection');
}

/** True when the request was answered, or its client has gone. */
async function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  socket: Socket,
): Promise<boolean> {
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = () => socket;
  try {
    // A request that has no body must not be read twice: its stream gives nothing the second time, not even an end.
    const buffer = hasBody(request) ? {} : { buffer: Readable.from([]) };
    const { host, port } = target;
    await proxy.web(request, response, { target: { protocol: 'http:', host, port }, agent, ...buffer });
    return true;
  } catch {
    return response.destroyed;
  } finally {
    socket.destroy();
  }
}

/** Undefined when the target does not take the connection. */
export function dial({ host, port }: Target): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: connectTimeoutMs });
    const fail = (): void => {
      socket.destroy();
      resolve(undefined);
    };
    socket.once('error', fail);
    socket.once('timeout', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      socket.off('timeout', fail);
      socket.setTimeout(0);
      // Until the proxy has taken it over, an error must not be unhandled; the proxy sees it too.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** RFC 9110 9.2.2: these may be sent twice. A body cannot be: it has been read. */
function isRepeatable(request: IncomingMessage): boolean {
  const idempotent = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'];
  return idempotent.includes(request.method ?? '') && !hasBody(request);
}

const statusTexts = {
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Timeout',
} as const;

function refuse(response: ServerResponse, status: keyof typeof statusTexts, why: string): void {
  const body = `${status} ${statusTexts[status]}: ${why}\n`;
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
