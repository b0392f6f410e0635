// The ports through which the ECS agent pulls from our registry: without a `docker login`, and only what is there.
import { findRepository, lookUpImage } from './repositories.ts';
import type { EcrState } from './state.ts';
import { tokenUser } from './tokens.ts';

export interface PullCredentials {
  readonly username: string;
  readonly password: string;
  /** `localhost:<port>`, as it stands before the first slash of the image's name. */
  readonly serveraddress: string;
}

export interface ImageSource {
  /** For images of our own registry, what Docker's `X-Registry-Auth` needs; for any other, undefined. */
  pullCredentials(image: string): PullCredentials | undefined;
  /** The digest that a name of our own registry stands for now, or `missing`; for any other registry, undefined. */
  lookUp(image: string): string | 'missing' | undefined;
}

export interface ImageSourceParts {
  readonly state: () => EcrState;
  readonly agentPassword: () => string;
  readonly host: () => string;
}

export function createImageSource({ state, agentPassword, host }: ImageSourceParts): ImageSource {
  const ownRegistry = (image: string): string | undefined => {
    const registry = image.split('/', 1)[0] ?? '';
    const port = host().split(':')[1];
    return registry === host() || registry === `127.0.0.1:${port}` ? registry : undefined;
  };
  return {
    pullCredentials(image) {
      const serveraddress = ownRegistry(image);
      return serveraddress === undefined
        ? undefined
        : { username: tokenUser, password: agentPassword(), serveraddress };
    },
    lookUp(image) {
      const registry = ownRegistry(image);
      if (registry === undefined) return undefined;
      const [named = '', imageDigest] = image.slice(registry.length + 1).split('@');
      const [name = '', imageTag = 'latest'] = named.split(':');
      const repository = findRepository(state(), name);
      if (repository === undefined) return 'missing';
      // Docker looks at the digest alone where there are both.
      const found = lookUpImage(repository, imageDigest === undefined ? { imageTag } : { imageDigest });
      return typeof found === 'string' ? 'missing' : found.digest;
    },
  };
}
