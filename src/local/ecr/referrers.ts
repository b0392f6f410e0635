// What refers to an image (OCI 1.1): signatures, SBOMs. The registry behind us is too old to know.
import type { ImageRecord, RepositoryRecord } from './state.ts';

export function referrersOf(repository: RepositoryRecord, digest: string): ImageRecord[] {
  return Object.values(repository.images).filter((image) => image.subjectDigest === digest);
}
