/** ECR and the registry API together, as the deploy and the build pool see images. */
import { RefusedByServiceError } from '../errors.ts';
import { keepTag } from '../release/images/keep-tags.ts';
import type { StoredImage } from '../release/images/lifecycle-rules.ts';
import { type Ecr, mayMove } from './ecr.ts';
import { readImage } from './registry.ts';

export interface FoundRepository {
  readonly uri: string;
  readonly movesLatest: boolean;
  /** Whether the tags that protect the environment's images may move there. */
  readonly movesKeepTags: boolean;
}

/** The registry as the deploy pool sees it: it reads images and moves `latest`, it never pushes. */
export interface ImageRegistry {
  /** Null when the repository does not exist. */
  findRepository(name: string, environment: string): Promise<FoundRepository | null>;
  /** Architectures that the image at this digest can run on; null when the registry does not have it. */
  architecturesOf(repositoryUri: string, digest: string): Promise<readonly string[] | null>;
  /** Whether the registry has it, by digest or tag; null when this worker may not look. */
  has(repositoryUri: string, reference: string): Promise<boolean | null>;
  /** Digest that `latest` names; null where there is no such tag. */
  latestOf(repositoryUri: string): Promise<string | null>;
  /** Points `latest` at the digest; harmless when it does so already. */
  moveLatest(repositoryUri: string, digest: string): Promise<void>;
  /** As of `Ecr`. */
  lifecyclePolicy(repositoryUri: string): Promise<string | null>;
  listImages(repositoryUri: string): Promise<readonly StoredImage[] | null>;
  findTags(repositoryUri: string, tags: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Points the tag at the digest, whatever it names now. */
  moveTag(repositoryUri: string, digest: string, tag: string): Promise<void>;
}

export const createImageRegistry = (ecr: Ecr): ImageRegistry => ({
  async findRepository(name, environment) {
    const found = await ecr.findRepository(name);
    if (!found) return null;
    const movesKeepTags = mayMove(found, keepTag(environment, 0));
    return { uri: found.uri, movesLatest: mayMove(found, 'latest'), movesKeepTags };
  },
  architecturesOf: (repositoryUri, reference) => architecturesOf(ecr, repositoryUri, reference),
  async has(repositoryUri, reference) {
    try {
      return await ecr.hasImage(nameIn(repositoryUri), reference);
    } catch (error) {
      if (error instanceof RefusedByServiceError) return null;
      throw error;
    }
  },
  latestOf: (repositoryUri) => ecr.findTag(nameIn(repositoryUri), 'latest'),
  moveLatest: (repositoryUri, digest) => ecr.moveTag(nameIn(repositoryUri), digest, 'latest'),
  lifecyclePolicy: (repositoryUri) => ecr.lifecyclePolicy(nameIn(repositoryUri)),
  listImages: (repositoryUri) => ecr.listImages(nameIn(repositoryUri)),
  findTags: (repositoryUri, tags) => ecr.findTags(nameIn(repositoryUri), tags),
  moveTag: (repositoryUri, digest, tag) => ecr.moveTag(nameIn(repositoryUri), digest, tag),
});

/** `<registry host>/<repository>` → `<repository>`, as ECR's own API names it. */
const nameIn = (repositoryUri: string): string => repositoryUri.slice(repositoryUri.indexOf('/') + 1);

/** Architectures that the image can run on, as Docker spells them; null when the registry does not have it. */
export const architecturesOf = async (
  ecr: Pick<Ecr, 'login'>,
  repositoryUri: string,
  reference: string,
): Promise<readonly string[] | null> => {
  const image = await readImage(repositoryUri, reference, await ecr.login());
  return image ? image.platforms.map((platform) => platform.architecture) : null;
};
