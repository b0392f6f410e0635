// The registry's front door, `/v2/`: what docker, buildx and skopeo talk to.
// It checks the password and ECR's rules, keeps tags itself, and leaves storing to the real registry behind it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../wire/body.ts';
import type { BlobProxy } from './blob-proxy.ts';
import { asDoorError, DoorError, sendDoorError } from './door-error.ts';
import { deleteManifest, listReferrers, listTags, putManifest, sendManifest } from './door-manifests.ts';
import { type DoorPath, parseDoorPath } from './door-path.ts';
import type { ImageStore } from './image-store.ts';
import { requireRepository } from './repositories.ts';
import type { SignedPaths } from './signed-paths.ts';
import type { EcrStateFile } from './state.ts';
import { type Tokens, tokenUser } from './tokens.ts';
import type { Upstream } from './upstream.ts';

export interface DoorParts {
  readonly file: EcrStateFile;
  readonly upstream: Upstream;
  readonly store: ImageStore;
  readonly tokens: Tokens;
  readonly signedPaths: SignedPaths;
  readonly blobs: BlobProxy;
  readonly accountId: string;
  readonly log: (line: string) => void;
}

export type Door = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function createDoor(parts: DoorParts): Door {
  return async (request, response) => {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    try {
      await enter(request, response, parts);
    } catch (error) {
      const known = asDoorError(error);
      if (known === undefined) parts.log(`${request.method} ${request.url} failed: ${describe(error)}`);
      if (response.headersSent) response.destroy();
      else
        sendDoorError(response, known ?? new DoorError(503, 'UNAVAILABLE', 'The registry does not answer'));
    }
  };
}

async function enter(request: IncomingMessage, response: ServerResponse, parts: DoorParts): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = parseDoorPath(url.pathname);
  const presigned = path?.kind === 'blob' && parts.signedPaths.isValid(url.pathname, url.searchParams);
  if (!presigned && !hasPassword(request, parts.tokens)) {
    response.setHeader(
      'www-authenticate',
      `Basic realm="http://${request.headers.host}/",service="ecr.amazonaws.com"`,
    );
    throw new DoorError(401, 'UNAUTHORIZED', 'Your authorization token is missing, wrong or has expired');
  }
  if (path === undefined) throw new DoorError(404, 'UNSUPPORTED', 'There is nothing at this path');
  await serve(path, url.searchParams, request, response, parts);
}

async function serve(
  path: DoorPath,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
  parts: DoorParts,
): Promise<void> {
  if (path.kind === 'base') return sendJson(response, {});
  if (path.kind === 'catalog') {
    return sendJson(response, { repositories: Object.keys(parts.file.state.repositories).sort() });
  }
  const repository = requireRepository(parts.file.state, path.name, parts.accountId);
  const method = request.method ?? 'GET';
  switch (path.kind) {
    case 'tags':
      return sendJson(response, listTags(repository, query));
    case 'referrers':
      return sendJson(response, listReferrers(repository, path.reference), indexType);
    case 'upload':
      return parts.blobs.pass(request, response);
    case 'blob':
      if (method !== 'GET' && method !== 'HEAD') throw unsupported(method);
      return parts.blobs.pass(request, response);
    case 'manifest':
      if (method === 'GET' || method === 'HEAD')
        return sendManifest(parts, repository, path.reference, request, response);
      if (method === 'DELETE') return deleteManifest(parts, repository, path.reference, response);
      if (method !== 'PUT') throw unsupported(method);
      return putManifest(parts, repository, path.reference, request, await readBody(request), response);
  }
}

const indexType = 'application/vnd.oci.image.index.v1+json';

export function sendJson(response: ServerResponse, body: unknown, type = 'application/json'): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function hasPassword(request: IncomingMessage, tokens: Tokens): boolean {
  const match = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? '');
  const [user, ...rest] = Buffer.from(match?.[1] ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return user === tokenUser && tokens.isValid(rest.join(':'));
}

function unsupported(method: string): DoorError {
  return new DoorError(405, 'UNSUPPORTED', `${method} is not supported here`);
}

function describe(error: unknown): string {
  return error instanceof Error
    ? `${error.message}${error.cause === undefined ? '' : ` (${error.cause})`}`
    : String(error);
}
