/** ECR and the registry API together, as the deploy and the build pool see images. */
import { RefusedByServiceError } from '../errors.ts';
import { type Ecr, mayMove } from './ecr.ts';
import { readImage } from './registry.ts';

/** The registry as the deploy pool sees it: it reads images and moves `latest`, it never pushes. */
export interface ImageRegistry {
  /** Null when the repository does not exist. */
  findRepository(name: string): Promise<{ readonly uri: string; readonly movesLatest: boolean } | null>;
  /** Architectures that the image at this digest can run on; null when the registry does not have it. */
  architecturesOf(repositoryUri: string, digest: string): Promise<readonly string[] | null>;
  /** Whether the registry has it, by digest or tag; null when this worker may not look. */
  has(repositoryUri: string, reference: string): Promise<boolean | null>;
  /** Digest that `latest` names; null where there is no such tag. */
  latestOf(repositoryUri: string): Promise<string | null>;
  /** Points `latest` at the digest; harmless when it does so already. */
  moveLatest(repositoryUri: string, digest: string): Promise<void>;
}

export const createImageRegistry = (ecr: Ecr): ImageRegistry => ({
  async findRepository(name) {
    const found = await ecr.findRepository(name);
    return found && { uri: found.uri, movesLatest: mayMove(found, 'latest') };
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
