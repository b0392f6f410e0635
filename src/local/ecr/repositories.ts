// Finding repositories and images in the state, with ECR's own errors when they are not there.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html
import { AwsError } from '../wire/aws-error.ts';
import type { EcrState, ImageRecord, RepositoryRecord } from './state.ts';
import { tagsOf } from './state.ts';

export function findRepository(state: EcrState, name: string): RepositoryRecord | undefined {
  return Object.hasOwn(state.repositories, name) ? state.repositories[name] : undefined;
}

/** `name` may be undefined as the SDK's types allow it; the wire has refused such a request before. */
export function requireRepository(
  state: EcrState,
  name: string | undefined,
  accountId: string,
): RepositoryRecord {
  const found = findRepository(state, name ?? '');
  if (found !== undefined) return found;
  throw unknownRepository(name, accountId);
}

export function unknownRepository(name: string | undefined, accountId: string): AwsError {
  return new AwsError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${accountId}'`,
  );
}

/** What the registry behind us calls it. */
export function storedName(repository: RepositoryRecord): string {
  return repository.storedAs ?? repository.name;
}

export interface ImageId {
  readonly imageDigest?: string | undefined;
  readonly imageTag?: string | undefined;
}

export type ImageMiss = 'ImageNotFound' | 'ImageTagDoesNotMatchDigest' | 'MissingDigestAndTag';

/** By digest, by tag, or by both, which must then agree. */
export function lookUpImage(repository: RepositoryRecord, id: ImageId): ImageRecord | ImageMiss {
  const { imageDigest, imageTag } = id;
  if (imageDigest === undefined && imageTag === undefined) return 'MissingDigestAndTag';
  const tagged = imageTag === undefined ? undefined : tagTarget(repository, imageTag);
  if (imageTag !== undefined && tagged === undefined) return 'ImageNotFound';
  if (imageDigest !== undefined && tagged !== undefined && tagged !== imageDigest) {
    return 'ImageTagDoesNotMatchDigest';
  }
  const digest = imageDigest ?? tagged ?? '';
  return (
    (Object.hasOwn(repository.images, digest) ? repository.images[digest] : undefined) ?? 'ImageNotFound'
  );
}

export function tagTarget(repository: RepositoryRecord, tag: string): string | undefined {
  return Object.hasOwn(repository.tags, tag) ? repository.tags[tag] : undefined;
}

/** An index counts with its largest image, as DescribeImages documents `imageSizeInBytes`. */
export function imageSize(repository: RepositoryRecord, image: ImageRecord): number {
  const sizes = image.children.map((digest) => repository.images[digest]?.sizeBytes ?? 0);
  return Math.max(image.sizeBytes, ...sizes);
}

/** Removes the image and every tag that names it. */
export function removeImage(repository: RepositoryRecord, digest: string): void {
  for (const tag of tagsOf(repository, digest)) delete repository.tags[tag];
  delete repository.images[digest];
}
