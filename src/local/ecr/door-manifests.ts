// Manifests at the front door: tags are resolved from our state, bytes come from the registry by digest.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { acceptedTypes, inAcceptedForm } from './convert-manifest.ts';
import { deleteImage } from './delete-image.ts';
import type { DoorParts } from './door.ts';
import { DoorError } from './door-error.ts';
import { digestOf, isDigest } from './manifest.ts';
import { lookUpImage, storedName, tagTarget } from './repositories.ts';
import type { ImageRecord, RepositoryRecord } from './state.ts';
import { isImmutable, tagIsTaken } from './tag-rules.ts';

export async function putManifest(
  { store }: DoorParts,
  repository: RepositoryRecord,
  reference: string,
  request: IncomingMessage,
  bytes: Buffer,
  response: ServerResponse,
): Promise<void> {
  // Anything with a colon is meant as a digest: no tag may hold one.
  const byDigest = reference.includes(':');
  if (byDigest && reference !== digestOf(bytes)) {
    throw new DoorError(400, 'DIGEST_INVALID', 'The manifest does not have the digest that it was sent as');
  }
  // ECR refuses a second push of an immutable tag even when the digest is the same (moby/buildkit#3776).
  if (!byDigest && tagTarget(repository, reference) !== undefined && isImmutable(repository, reference)) {
    throw tagIsTaken(repository, reference);
  }
  const mediaType = request.headers['content-type']?.split(';', 1)[0]?.trim();
  const manifest = await store.put(repository.name, {
    bytes,
    mediaType,
    tag: byDigest ? undefined : reference,
  });
  response.writeHead(201, {
    location: `http://${request.headers.host}/v2/${repository.name}/manifests/${manifest.digest}`,
    'docker-content-digest': manifest.digest,
    ...(manifest.subjectDigest === undefined ? {} : { 'oci-subject': manifest.subjectDigest }),
    'content-length': 0,
  });
  response.end();
}

export async function sendManifest(
  { upstream, file, log }: DoorParts,
  repository: RepositoryRecord,
  reference: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const image = requireImage(repository, reference);
  const bytes = await upstream.getManifest(storedName(repository), image.digest, image.mediaType);
  if (bytes === undefined) throw unknownManifest();
  const stored = { bytes, mediaType: image.mediaType, digest: image.digest };
  const byTag = !reference.includes(':');
  const served = byTag ? inAcceptedForm(stored, acceptedTypes(request.headers.accept)) : stored;
  response.writeHead(200, {
    'content-type': served.mediaType,
    'content-length': served.bytes.length,
    'docker-content-digest': served.digest,
    etag: `"${served.digest}"`,
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.end(served.bytes);
  image.lastPulledAtMs = Date.now();
  file.save().catch((error: unknown) => log(`the time of a pull could not be saved: ${String(error)}`));
}

/** As BatchDeleteImage does it: an image goes with its last tag, and none goes out of an index. */
export async function deleteManifest(
  { file }: DoorParts,
  repository: RepositoryRecord,
  reference: string,
  response: ServerResponse,
): Promise<void> {
  const image = requireImage(repository, reference);
  const id = isDigest(reference) ? { imageDigest: image.digest } : { imageTag: reference };
  const outcome = deleteImage(repository, id);
  if (outcome.failure !== undefined)
    throw new DoorError(405, 'UNSUPPORTED', outcome.failure.failureReason ?? '');
  await file.save();
  response.writeHead(202, { 'content-length': 0 }).end();
}

function requireImage(repository: RepositoryRecord, reference: string): ImageRecord {
  const id = reference.includes(':') ? { imageDigest: reference } : { imageTag: reference };
  const image = lookUpImage(repository, id);
  if (typeof image === 'string') throw unknownManifest();
  return image;
}

function unknownManifest(): DoorError {
  return new DoorError(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
}
