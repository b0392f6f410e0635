// Manifests at the front door: tags are resolved from our state, bytes come from the registry by digest.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DoorParts } from './door.ts';
import { DoorError } from './door-error.ts';
import { digestOf } from './manifest.ts';
import { lookUpImage, removeImage, tagTarget } from './repositories.ts';
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
  const byDigest = isDigest(reference);
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
  const bytes = await upstream.getManifest(repository.name, image.digest, image.mediaType);
  if (bytes === undefined) throw unknownManifest(repository, reference);
  response.writeHead(200, {
    'content-type': image.mediaType,
    'content-length': bytes.length,
    'docker-content-digest': image.digest,
    etag: `"${image.digest}"`,
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.end(bytes);
  image.lastPulledAtMs = Date.now();
  file.save().catch((error: unknown) => log(`the time of a pull could not be saved: ${String(error)}`));
}

export async function deleteManifest(
  { file }: DoorParts,
  repository: RepositoryRecord,
  reference: string,
  response: ServerResponse,
): Promise<void> {
  const image = requireImage(repository, reference);
  if (isDigest(reference)) removeImage(repository, image.digest);
  else delete repository.tags[reference];
  await file.save();
  response.writeHead(202, { 'content-length': 0 }).end();
}

export function listTags(
  repository: RepositoryRecord,
  query: URLSearchParams,
): { name: string; tags: string[] } {
  const last = query.get('last');
  const count = Number(query.get('n') ?? Number.POSITIVE_INFINITY);
  const tags = Object.keys(repository.tags).sort();
  const after = last === null ? tags : tags.filter((tag) => tag > last);
  return { name: repository.name, tags: Number.isNaN(count) ? after : after.slice(0, count) };
}

/** OCI 1.1 referrers, which the registry behind us is too old for: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers */
export function listReferrers(repository: RepositoryRecord, digest: string): unknown {
  const referrers = Object.values(repository.images).filter((image) => image.subjectDigest === digest);
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: referrers.map((image) => ({
      mediaType: image.mediaType,
      digest: image.digest,
      size: image.manifestBytes,
      artifactType: image.artifactMediaType,
    })),
  };
}

function requireImage(repository: RepositoryRecord, reference: string): ImageRecord {
  const id = isDigest(reference) ? { imageDigest: reference } : { imageTag: reference };
  const image = lookUpImage(repository, id);
  if (typeof image === 'string') throw unknownManifest(repository, reference);
  return image;
}

function unknownManifest(repository: RepositoryRecord, reference: string): DoorError {
  return new DoorError(404, 'MANIFEST_UNKNOWN', `Requested image not found: ${repository.name} ${reference}`);
}

function isDigest(reference: string): boolean {
  return reference.startsWith('sha256:');
}
