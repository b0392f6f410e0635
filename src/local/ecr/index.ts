// The local ECR: its JSON API, its docker door, and the credentials with which our own agent pulls.
import * as schemas from '@aws-sdk/client-ecr';
import { openStateFile } from '../state-file.ts';
import type { JsonService } from '../wire/operations.ts';
import { accessOperations } from './access-operations.ts';
import { createBlobProxy } from './blob-proxy.ts';
import { createDoor, type Door } from './door.ts';
import { imageChanges } from './image-changes.ts';
import { imageOperations } from './image-operations.ts';
import { createImageSource, type ImageSource } from './image-source.ts';
import { createImageStore } from './image-store.ts';
import { layerOperations } from './layer-operations.ts';
import type { OtherAccounts } from './other-accounts.ts';
import { ofThisRegistry } from './other-registries.ts';
import { policyOperations } from './policy-operations.ts';
import { withSavedRefusals } from './refusals.ts';
import { registryOperations } from './registry-operations.ts';
import { repositoryOperations } from './repository-operations.ts';
import { scanOperations } from './scan-operations.ts';
import type { EcrParts } from './service-parts.ts';
import { createSignedPaths } from './signed-paths.ts';
import { emptyEcrState, parseEcrState } from './state.ts';
import { tagOperations } from './tag-operations.ts';
import { createTokens } from './tokens.ts';
import { createUpstream } from './upstream.ts';

export interface EcrOptions {
  readonly stateFile: string;
  /** The real registry: on loopback, without login. */
  readonly registryUrl: string;
  readonly accountId: string;
  readonly otherAccounts?: OtherAccounts;
  /** `localhost:<port>` of the endpoint: the registry's name in image references. */
  readonly host: () => string;
  readonly log: (line: string) => void;
}

export interface Ecr {
  readonly service: JsonService;
  readonly door: Door;
  readonly images: ImageSource;
  /** Resolves when what was still to be written is on disk, e.g. the time of the last pull. */
  close(): Promise<void>;
}

/** Throws StateFileError. */
export async function createEcr(options: EcrOptions): Promise<Ecr> {
  const { host, accountId, otherAccounts = {}, log } = options;
  const file = await openStateFile(options.stateFile, { initial: emptyEcrState, parse: parseEcrState });
  const upstream = createUpstream(options.registryUrl);
  const store = createImageStore(file, upstream, accountId);
  const tokens = createTokens(file);
  const signedPaths = createSignedPaths();
  const blobs = createBlobProxy(upstream.url);
  const parts: EcrParts = { file, upstream, store, tokens, host, signPath: signedPaths.sign };
  return {
    service: {
      name: 'ecr',
      protocol: 'json',
      targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
      schemas,
      caughtUp: () => file.caughtUp(),
      operations: withSavedRefusals(
        ofThisRegistry({
          ...repositoryOperations(parts),
          ...imageOperations(parts),
          ...imageChanges(parts),
          ...policyOperations(parts),
          ...tagOperations(parts),
          ...accessOperations(parts),
          ...layerOperations(parts),
          ...registryOperations(parts),
          ...scanOperations(parts),
        }),
        file,
      ),
    },
    door: createDoor({ file, upstream, store, tokens, signedPaths, blobs, accountId, otherAccounts, log }),
    images: createImageSource({ state: () => file.state, agentPassword: () => tokens.agentPassword, host }),
    close: async () => {
      blobs.close();
      await file.save().catch((error: unknown) => log(String(error)));
    },
  };
}
