/** What the deploy pool's activities need of the world; real ones in `src/aws`, others in tests. */
import type { Ecs } from '../aws/ecs.ts';
import type { LoadBalancers } from '../aws/load-balancers.ts';
import type { Architecture } from '../release/plan.ts';

/** The registry as the deploy pool sees it: it reads images and moves `latest`, it never pushes. */
export interface ImageRegistry {
  /** Null when the repository does not exist. */
  findRepository(name: string): Promise<{ readonly uri: string; readonly movesLatest: boolean } | null>;
  /** Architectures that the image at this digest can run on; null when the registry does not have it. */
  architecturesOf(repositoryUri: string, digest: string): Promise<readonly (Architecture | string)[] | null>;
  /** Points `latest` at the digest; harmless when it does so already. */
  moveLatest(repositoryUri: string, digest: string): Promise<void>;
}

/** Texts by hash: task definitions that the repository brought along. */
export interface TextSource {
  readText(hash: string): Promise<string>;
}

export interface DeployPorts {
  readonly ecs: Ecs;
  readonly registry: ImageRegistry;
  readonly loadBalancers: LoadBalancers;
  readonly texts: TextSource;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after the time, rejects when the activity is cancelled. */
  readonly sleep: (durationMs: number) => Promise<void>;
}
