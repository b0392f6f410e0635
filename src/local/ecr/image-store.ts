// The one way an image gets into a repository, whichever door it came through:
// the manifest goes to the real registry by digest, the tag into our state.
import { AwsError } from '../wire/aws-error.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { requireRepository, tagTarget } from './repositories.ts';
import type { EcrStateFile, RepositoryRecord } from './state.ts';
import { isImmutable, tagIsTaken } from './tag-rules.ts';
import type { Upstream } from './upstream.ts';

export interface IncomingImage {
  readonly bytes: Uint8Array;
  readonly mediaType: string | undefined;
  /** Undefined for a push by digest, as the images of an index are pushed. */
  readonly tag: string | undefined;
}

export interface ImageStore {
  /**
   * Throws AwsError: `RepositoryNotFoundException`, `InvalidParameterException`, `LayersNotFoundException`,
   * `ReferencedImagesNotFoundException`, `ImageTagAlreadyExistsException`.
   */
  put(repositoryName: string, image: IncomingImage): Promise<Manifest>;
}

const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

export function createImageStore(file: EcrStateFile, upstream: Upstream, accountId: string): ImageStore {
  return {
    async put(repositoryName, { bytes, mediaType, tag }) {
      const manifest = readManifest(bytes, mediaType);
      const repository = requireRepository(file.state, repositoryName, accountId);
      if (tag !== undefined && !tagPattern.test(tag)) {
        throw new AwsError('InvalidParameterException', `'${tag}' is not a valid image tag`);
      }
      refuseTakenTag(repository, tag, manifest.digest);
      requireChildren(repository, manifest);
      const refused = await upstream.putManifest(repositoryName, { ...manifest, bytes });
      if (refused !== undefined) throw refusedByRegistry(repositoryName, refused.code, refused.message);
      // While the registry was storing it, the repository may have gone or another push may have taken the tag.
      const current = requireRepository(file.state, repositoryName, accountId);
      refuseTakenTag(current, tag, manifest.digest);
      record(current, manifest, tag);
      await file.save();
      return manifest;
    },
  };
}

function refuseTakenTag(repository: RepositoryRecord, tag: string | undefined, digest: string): void {
  if (tag === undefined) return;
  const taken = tagTarget(repository, tag);
  if (taken !== undefined && taken !== digest && isImmutable(repository, tag))
    throw tagIsTaken(repository, tag);
}

function requireChildren(repository: RepositoryRecord, manifest: Manifest): void {
  const missing = manifest.children.filter((digest) => !Object.hasOwn(repository.images, digest));
  if (missing.length === 0) return;
  throw new AwsError(
    'ReferencedImagesNotFoundException',
    `Images referenced by the manifest list are not in the repository '${repository.name}': ${missing.join(', ')}`,
  );
}

function record(repository: RepositoryRecord, manifest: Manifest, tag: string | undefined): void {
  const known = repository.images[manifest.digest];
  repository.images[manifest.digest] = {
    digest: manifest.digest,
    mediaType: manifest.mediaType,
    ...(manifest.artifactMediaType === undefined ? {} : { artifactMediaType: manifest.artifactMediaType }),
    sizeBytes: manifest.sizeBytes,
    manifestBytes: manifest.manifestBytes,
    pushedAtMs: known?.pushedAtMs ?? Date.now(),
    ...(known?.lastPulledAtMs === undefined ? {} : { lastPulledAtMs: known.lastPulledAtMs }),
    children: [...manifest.children],
    ...(manifest.subjectDigest === undefined ? {} : { subjectDigest: manifest.subjectDigest }),
  };
  if (tag !== undefined) repository.tags[tag] = manifest.digest;
}

function refusedByRegistry(repository: string, code: string, message: string): AwsError {
  switch (code) {
    case 'MANIFEST_BLOB_UNKNOWN':
    case 'BLOB_UNKNOWN':
      return new AwsError(
        'LayersNotFoundException',
        `One or more layers of the image are not in the repository '${repository}'`,
      );
    default:
      return new AwsError(
        'InvalidParameterException',
        `The registry refused the manifest: ${message} (${code})`,
      );
  }
}
