// The one way an image gets into a repository, whichever door it came through:
// the manifest goes to the real registry by digest, the tag into our state.
import { AwsError } from '../wire/aws-error.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { requireRepository, storedName, tagTarget, unknownRepository } from './repositories.ts';
import type { EcrStateFile, RepositoryRecord } from './state.ts';
import { isImmutable, tagIsTaken } from './tag-rules.ts';
import type { Upstream, UpstreamRefusal } from './upstream.ts';

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
        throw new AwsError(
          'InvalidParameterException',
          "Invalid parameter at 'imageTag' failed to satisfy constraint: 'must satisfy regular expression '[a-zA-Z0-9-_.]+''",
        );
      }
      refuseTakenTag(repository, tag, manifest.digest);
      requireChildren(repository, manifest, accountId);
      const refused = await upstream.putManifest(storedName(repository), { ...manifest, bytes });
      if (refused !== undefined) throw refusedByRegistry(repository, refused, accountId);
      // While the registry was storing it, the repository may have gone or another push may have taken the tag.
      const current = requireRepository(file.state, repositoryName, accountId);
      // One of the same name, made anew: what was pushed went into the old one.
      if (storedName(current) !== storedName(repository)) throw unknownRepository(repositoryName, accountId);
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

function requireChildren(repository: RepositoryRecord, manifest: Manifest, accountId: string): void {
  const missing = manifest.children.filter((digest) => !Object.hasOwn(repository.images, digest));
  if (missing.length === 0) return;
  throw new AwsError(
    'ReferencedImagesNotFoundException',
    `Images with digests '[${missing.join(', ')}]' required for pushing image into repository with name '${repository.name}' in the registry with id '${accountId}' do not exist`,
  );
}

function record(repository: RepositoryRecord, manifest: Manifest, tag: string | undefined): void {
  const known = repository.images[manifest.digest];
  const scansNow = known === undefined && repository.scanOnPush && manifest.children.length === 0;
  const scanAskedAtMs = scansNow ? Date.now() : known?.scanAskedAtMs;
  repository.images[manifest.digest] = {
    digest: manifest.digest,
    mediaType: manifest.mediaType,
    ...(manifest.artifactMediaType === undefined ? {} : { artifactMediaType: manifest.artifactMediaType }),
    sizeBytes: manifest.sizeBytes,
    manifestBytes: manifest.manifestBytes,
    pushedAtMs: known?.pushedAtMs ?? Date.now(),
    ...(known?.lastPulledAtMs === undefined ? {} : { lastPulledAtMs: known.lastPulledAtMs }),
    children: [...manifest.children],
    blobs: [...manifest.blobs],
    ...(manifest.subjectDigest === undefined || manifest.annotations === undefined
      ? {}
      : { annotations: { ...manifest.annotations } }),
    ...(scanAskedAtMs === undefined ? {} : { scanAskedAtMs }),
    ...(manifest.subjectDigest === undefined ? {} : { subjectDigest: manifest.subjectDigest }),
  };
  if (tag !== undefined) repository.tags[tag] = manifest.digest;
}

/** ECR's text, as seen in oras-project/oras-py#54. */
function refusedByRegistry(
  repository: RepositoryRecord,
  { code, message, details }: UpstreamRefusal,
  accountId: string,
): AwsError {
  switch (code) {
    case 'MANIFEST_BLOB_UNKNOWN':
    case 'BLOB_UNKNOWN':
      return new AwsError(
        'LayersNotFoundException',
        `Layers with digests '[${details.join(', ')}]' required for pushing image into repository with name '${repository.name}' in the registry with id '${accountId}' do not exist`,
      );
    default:
      return new AwsError(
        'InvalidParameterException',
        `Invalid parameter at 'ImageManifest' failed to satisfy constraint: '${message} (${code})'`,
      );
  }
}
