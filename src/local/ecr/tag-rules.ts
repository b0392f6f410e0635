// May a tag be moved to another digest? The rule of both doors: docker push and PutImage.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
import { AwsError } from '../wire/aws-error.ts';
import type { RepositoryRecord } from './state.ts';

export function isImmutable(
  repository: Pick<RepositoryRecord, 'mutability' | 'exclusions'>,
  tag: string,
): boolean {
  const excluded = repository.exclusions.some((filter) => matchesWildcard(filter, tag));
  switch (repository.mutability) {
    case 'MUTABLE':
      return false;
    case 'IMMUTABLE':
      return true;
    case 'MUTABLE_WITH_EXCLUSION':
      return excluded;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return !excluded;
  }
}

export function tagIsTaken(repository: RepositoryRecord, tag: string): AwsError {
  return new AwsError(
    'ImageTagAlreadyExistsException',
    `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
  );
}

/** `*` stands for any run of characters, all else for itself. */
export function matchesWildcard(filter: string, tag: string): boolean {
  const pattern = filter
    .split('*')
    .map((part) => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`, 's').test(tag);
}
