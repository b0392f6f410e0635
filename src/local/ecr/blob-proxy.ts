// Passes blobs and uploads through to the real registry, streaming both ways: a layer may be larger than memory.
// It speaks of a repository by the name that it is stored under, and gives addresses back under its own.

import type { ServerResponse } from 'node:http';
import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { DoorError } from './door-error.ts';

export interface BlobRoute {
  /** As clients know the repository. */
  readonly name: string;
  readonly storedName: string;
  /** After `/v2/<name>/`, with its query, e.g. `blobs/uploads/?mount=…`. Made by us, never copied from a client. */
  readonly path: string;
}

export interface BlobProxy {
  /**
   * Rejects when the registry cannot be reached or refuses a range; the response has not begun then, or is cut off.
   * A client that goes away in the middle ends the request to the registry, too, and is no error.
   */
  pass(request: IncomingMessage, response: ServerResponse, route: BlobRoute): Promise<void>;
  close(): void;
}

/** The password is for our door; nothing else of the client's headers concerns the registry behind it. */
const passedOn = ['content-length', 'range', 'if-range', 'if-none-match'] as const;
const passedBack = [
  ...['content-type', 'content-length', 'content-range', 'accept-ranges', 'etag', 'cache-control'],
  ...['docker-content-digest', 'docker-upload-uuid', 'range'],
] as const;
const silenceMs = 600_000;

export function createBlobProxy(upstreamUrl: string): BlobProxy {
  const agent = new Agent({ keepAlive: true });
  return {
    pass: (request, response, route) =>
      new Promise((resolve, reject) => {
        const outgoing = httpRequest(`${upstreamUrl}/v2/${route.storedName}/${route.path}`, {
          agent,
          method: request.method,
          headers: requestHeaders(request),
          timeout: silenceMs,
        });
        outgoing.once('timeout', () => outgoing.destroy(new Error('the registry fell silent')));
        outgoing.once('error', (error) => {
          giveUpReading(request, outgoing);
          if (response.destroyed) resolve();
          else reject(error);
        });
        response.once('close', () => {
          if (!response.writableFinished) outgoing.destroy();
          resolve();
        });
        outgoing.once('response', (incoming) => {
          // An answer before the end of the upload is a refusal: the rest is read, so that the client gets to see it.
          if (!outgoing.writableFinished) giveUpReading(request, outgoing);
          // The registry announces the blob's length here and sends a line of text: no client can read that.
          if (incoming.statusCode === 416) {
            incoming.destroy();
            reject(rangeRefused(response, incoming.headers['content-range']));
            return;
          }
          response.writeHead(incoming.statusCode ?? 502, responseHeaders(request, incoming, route));
          pipeline(incoming, response, () => resolve());
        });
        request.pipe(outgoing);
      }),
    close: () => agent.destroy(),
  };
}

function giveUpReading(request: IncomingMessage, outgoing: NodeJS.WritableStream): void {
  request.unpipe(outgoing);
  request.resume();
}

function requestHeaders(request: IncomingMessage): Record<string, string> {
  const headers = only(passedOn, request.headers);
  const hasBody =
    headers['content-length'] !== '0' && !['GET', 'HEAD', 'DELETE'].includes(request.method ?? '');
  // A body that says it is a form (curl's default) would be read as one by the registry, and lost.
  if (hasBody) headers['content-type'] = 'application/octet-stream';
  return headers;
}

function responseHeaders(
  request: IncomingMessage,
  incoming: IncomingMessage,
  route: BlobRoute,
): Record<string, string> {
  const headers = only(passedBack, incoming.headers);
  const { location } = incoming.headers;
  // The registry names itself; a client must come back through our door for the next chunk.
  if (location !== undefined) headers.location = clientLocation(location, request, route);
  return headers;
}

function only(names: readonly string[], all: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = all[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

function clientLocation(location: string, request: IncomingMessage, { name, storedName }: BlobRoute): string {
  const { pathname, search } = new URL(location, 'http://registry');
  const rest = pathname.slice(`/v2/${storedName}/`.length);
  return `http://${request.headers.host}/v2/${name}/${rest}${search}`;
}

function rangeRefused(response: ServerResponse, contentRange: string | undefined): DoorError {
  if (contentRange !== undefined) response.setHeader('content-range', contentRange);
  return new DoorError(416, 'RANGE_INVALID', 'The range is not within the blob');
}
