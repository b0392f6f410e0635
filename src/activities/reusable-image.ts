/** Whether the registry has an image of a commit already, so that it need not be built. */
import type { ImagePlan } from '../release/plan.ts';

export interface CommitTags {
  /** Digest that the tag names, or null. */
  readonly findTag: (image: ImagePlan, tag: string) => Promise<string | null>;
  /** Architectures of an image in the registry; null when it is not there. */
  readonly architecturesOf: (repositoryUri: string, reference: string) => Promise<readonly string[] | null>;
}

/** A commit's tag is used again only if it holds what this release needs: its architecture. Null: build it. */
export const findReusable = async (
  { findTag, architecturesOf }: CommitTags,
  image: ImagePlan,
  commit: string,
): Promise<string | null> => {
  const digest = await findTag(image, commit);
  if (digest === null) return null;
  const architectures = await architecturesOf(image.repositoryUri, digest);
  return architectures?.includes(image.architecture) ? digest : null;
};
