// Blobs and their uploads at the front door: what ECR allows, before the real registry does the work.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push
import type { IncomingMessage, ServerResponse } from 'node:http';
import { blobMountingIsOn } from './account-settings.ts';
import type { DoorParts } from './door.ts';
import { DoorError } from './door-error.ts';
import { isDigest } from './manifest.ts';
import { findRepository, storedName } from './repositories.ts';
import type { RepositoryRecord } from './state.ts';

export function passBlob(
  { blobs }: DoorParts,
  repository: RepositoryRecord,
  digest: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new DoorError(405, 'UNSUPPORTED', `${request.method} is not supported here`);
  }
  requireDigest(digest);
  return blobs.pass(request, response, { ...names(repository), path: `blobs/${digest}` });
}

/** `id` is empty for the start of an upload, else what the registry called it in `Location`. */
export async function passUpload(
  parts: DoorParts,
  repository: RepositoryRecord,
  id: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const digest = query.get('digest');
  if (digest !== null) requireDigest(digest);
  const kept = id === '' ? startQuery(parts, repository, query) : query;
  if (id !== '') {
    if (!/^[\w-]{1,64}$/.test(id)) throw unknownUpload();
    await requireNextChunk(parts, repository, `${id}?${query}`, request, response);
  }
  const search = kept.size === 0 ? '' : `?${kept}`;
  return parts.blobs.pass(request, response, {
    ...names(repository),
    path: `blobs/uploads/${id}${search}`,
  });
}

/**
 * ECR mounts a blob only out of an image of another repository; otherwise it begins an upload.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html, aws/containers-roadmap#2860
 */
function startQuery(
  { file }: DoorParts,
  repository: RepositoryRecord,
  query: URLSearchParams,
): URLSearchParams {
  const digest = query.get('mount') ?? '';
  const source = findRepository(file.state, query.get('from') ?? '');
  const mounts =
    blobMountingIsOn(file.state) &&
    source !== undefined &&
    source.encryption.encryptionType === repository.encryption.encryptionType &&
    source.encryption.kmsKey === repository.encryption.kmsKey &&
    Object.values(source.images).some((image) => image.blobs?.includes(digest));
  if (mounts) return new URLSearchParams({ mount: digest, from: storedName(source) });
  const monolithic = query.get('digest');
  return new URLSearchParams(monolithic === null ? {} : { digest: monolithic });
}

/** Chunks must come in order; the registry behind us does not look at `Content-Range` and would mix them up. */
async function requireNextChunk(
  { upstream }: DoorParts,
  repository: RepositoryRecord,
  upload: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const first = /^(?:bytes )?(\d+)-\d+/.exec(request.headers['content-range'] ?? '')?.[1];
  if (first === undefined || (request.method !== 'PATCH' && request.method !== 'PUT')) return;
  const status = await upstream.uploadStatus(storedName(repository), upload);
  if (status === undefined) throw unknownUpload();
  // `0-0` says that there is one byte, or none: then either beginning is right, and the digest will tell.
  const expected = status.lastByte === 0 ? [0, 1] : [status.lastByte + 1];
  if (expected.includes(Number(first))) return;
  response.setHeader('range', `0-${status.lastByte}`);
  response.setHeader('location', `http://${request.headers.host}${request.url}`);
  throw new DoorError(416, 'BLOB_UPLOAD_INVALID', `The next chunk begins at byte ${expected.at(-1)}`);
}

function requireDigest(digest: string): void {
  if (isDigest(digest)) return;
  throw new DoorError(400, 'DIGEST_INVALID', `'${digest}' is not a sha256 digest`);
}

function unknownUpload(): DoorError {
  return new DoorError(404, 'BLOB_UPLOAD_UNKNOWN', 'There is no such upload in this repository');
}

const names = (repository: RepositoryRecord) => ({
  name: repository.name,
  storedName: storedName(repository),
});
