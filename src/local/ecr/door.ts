// The registry's front door, `/v2/`: what docker, buildx and skopeo talk to.
// It checks the password and ECR's rules, keeps tags itself, and leaves storing to the real registry behind it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../wire/body.ts';
import type { BlobProxy } from './blob-proxy.ts';
import { passBlob, passUpload } from './door-blobs.ts';
import { asDoorError, DoorError, sendDoorError } from './door-error.ts';
import { sendCatalog, sendReferrers, sendTags } from './door-lists.ts';
import { requireLogin } from './door-login.ts';
import { deleteManifest, putManifest, sendManifest } from './door-manifests.ts';
import { type DoorPath, parseDoorPath } from './door-path.ts';
import type { ImageStore } from './image-store.ts';
import { maxManifestBytes } from './manifest.ts';
import { type OtherAccounts, requirePolicy } from './other-accounts.ts';
import { saysThatItExists } from './refusals.ts';
import { requireRepository } from './repositories.ts';
import { sendJson } from './send-json.ts';
import type { SignedPaths } from './signed-paths.ts';
import type { EcrStateFile } from './state.ts';
import type { Tokens } from './tokens.ts';
import type { Upstream } from './upstream.ts';

export interface DoorParts {
  readonly file: EcrStateFile;
  readonly upstream: Upstream;
  readonly store: ImageStore;
  readonly tokens: Tokens;
  readonly signedPaths: SignedPaths;
  readonly blobs: BlobProxy;
  readonly accountId: string;
  readonly otherAccounts: OtherAccounts;
  readonly log: (line: string) => void;
}

export type Door = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function createDoor(parts: DoorParts): Door {
  return async (request, response) => {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    try {
      await enter(request, response, parts).catch(async (error: unknown) => {
        if (saysThatItExists(error)) await parts.file.caughtUp();
        throw error;
      });
    } catch (error) {
      const known = asDoorError(error);
      if (known === undefined)
        parts.log(`${request.method} ${request.url?.split('?', 1)[0]} failed: ${describe(error)}`);
      if (response.headersSent) response.destroy();
      else
        sendDoorError(response, known ?? new DoorError(503, 'UNAVAILABLE', 'The registry does not answer'));
    }
  };
}

async function enter(request: IncomingMessage, response: ServerResponse, parts: DoorParts): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = parseDoorPath(url.pathname);
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const presigned =
    reads && path?.kind === 'blob' && parts.signedPaths.isValid(url.pathname, url.searchParams);
  const visitor = presigned ? null : await requireLogin(request, response, parts.tokens, parts.otherAccounts);
  if (path === undefined) throw new DoorError(404, 'UNSUPPORTED', 'There is nothing at this path');
  await serve(path, url.searchParams, visitor, request, response, parts);
}

async function serve(
  path: DoorPath,
  query: URLSearchParams,
  visitor: string | null,
  request: IncomingMessage,
  response: ServerResponse,
  parts: DoorParts,
): Promise<void> {
  const method = request.method ?? 'GET';
  const reads = method === 'GET' || method === 'HEAD';
  if (path.kind === 'base' || path.kind === 'catalog') {
    if (!reads) throw unsupported(method);
    if (path.kind === 'catalog' && visitor !== null)
      throw new DoorError(403, 'DENIED', 'It is not your registry');
    return path.kind === 'base' ? sendJson(response, {}) : sendCatalog(parts.file.state, query, response);
  }
  const repository = requireRepository(parts.file.state, path.name, parts.accountId);
  if (visitor !== null) requirePolicy(repository, visitor, path, reads);
  switch (path.kind) {
    case 'tags':
      if (!reads) throw unsupported(method);
      return sendTags(repository, query, response);
    case 'referrers':
      if (!reads) throw unsupported(method);
      return sendReferrers(repository, path.reference, query, response);
    case 'upload':
      return passUpload(parts, repository, path.reference, query, request, response);
    case 'blob':
      if (!reads) throw unsupported(method);
      return passBlob(parts, repository, path.reference, request, response);
    case 'manifest':
      if (reads) return sendManifest(parts, repository, path.reference, request, response);
      if (method === 'DELETE') return deleteManifest(parts, repository, path.reference, response);
      if (method !== 'PUT') throw unsupported(method);
      return putManifest(
        parts,
        repository,
        path.reference,
        request,
        await readBody(request, { limit: maxManifestBytes }),
        response,
      );
  }
}

function unsupported(method: string): DoorError {
  return new DoorError(405, 'UNSUPPORTED', `${method} is not supported here`);
}

function describe(error: unknown): string {
  return error instanceof Error
    ? `${error.message}${error.cause === undefined ? '' : ` (${error.cause})`}`
    : String(error);
}
