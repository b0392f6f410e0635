// The one HTTP port of the local AWS: `/v2/` is the image registry, everything else one API call.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AwsError } from './aws-error.ts';
import { maxBodyBytes, readBody } from './body.ts';
import type { CallAnswer, CallHandling } from './call.ts';
import { type Listening, listenOn } from './listen.ts';
import type { AwsService } from './operations.ts';
import { plainRefusal, route } from './route.ts';
import type { SignedRequest } from './signature.ts';

export interface WireOptions extends CallHandling {
  /** 0 takes a free port. */
  readonly port: number;
  readonly addresses?: readonly string[];
  readonly services: readonly AwsService[];
  /** Answers everything under `/v2/`. */
  readonly registry: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** How long a client may take to send the body of a call. Default 30 s. */
  readonly bodyTimeoutMs?: number;
}

export function listenForCalls(options: WireOptions): Promise<Listening> {
  const create = (): Server => {
    const server = createServer((request, response) => {
      answer(request, response, options).catch((error: unknown) => {
        options.log(`${request.method} ${request.url?.split('?', 1)[0]} broke off: ${String(error)}`);
        response.destroy();
      });
    });
    // A layer of an image may take longer than Node's five minutes; calls have a limit of their own.
    server.requestTimeout = 0;
    // Longer than clients keep idle connections: who closes first must not be us, while a call is on its way.
    server.keepAliveTimeout = 120_000;
    return server;
  };
  return listenOn(create, options.port, options.addresses);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: WireOptions,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (path === '/v2' || path.startsWith('/v2/')) return options.registry(request, response);
  const { status, headers, body } = await call(request, options);
  response.writeHead(status, {
    'x-amzn-requestid': randomUUID(),
    ...headers,
    'content-length': Buffer.byteLength(body),
    // What is left of a body that was not read to its end must not be taken for the next request.
    ...(!request.complete && { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function call(request: IncomingMessage, options: WireOptions): Promise<CallAnswer> {
  const target = splitTarget(request.url ?? '/');
  if (target === undefined) {
    return plainRefusal(new AwsError('UnknownOperationException', 'No such path', { statusCode: 404 }));
  }
  let body: Buffer;
  try {
    body = await readBody(request, {
      limit: largeBodies.get(String(request.headers['x-amz-target'])) ?? maxBodyBytes,
      timeoutMs: options.bodyTimeoutMs ?? 30_000,
    });
  } catch (error) {
    if (error instanceof AwsError) return plainRefusal(error);
    throw error;
  }
  const signed: SignedRequest = {
    method: request.method ?? 'GET',
    ...target,
    headers: joinedHeaders(request),
    body,
  };
  return route(signed, options);
}

/** By target. ECR takes a part of a layer of up to 20 MiB, in base64; no other call needs that much. */
const largeBodies = new Map([['AmazonEC2ContainerRegistry_V20150921.UploadLayerPart', 28 * 1024 * 1024]]);

/** Undefined for what is no path. `http://host/path`, as proxies send it, counts. */
function splitTarget(target: string): { path: string; query: URLSearchParams } | undefined {
  try {
    // Leading slashes would be read as a host.
    const url = new URL(target.replace(/^\/+/, '/'), 'http://localhost');
    return { path: url.pathname, query: url.searchParams };
  } catch {
    return undefined;
  }
}

function joinedHeaders(request: IncomingMessage): Record<string, string> {
  const headers = Object.create(null) as Record<string, string>;
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    headers[name] = (values ?? []).join(',');
  }
  return headers;
}
