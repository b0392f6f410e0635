// What each group of ECR operations is made from, and the small shapes that they share.
import type * as sdk from '@aws-sdk/client-ecr';
import type { CallContext } from '../wire/operations.ts';
import type { ImageStore } from './image-store.ts';
import type { EcrStateFile, RepositoryRecord } from './state.ts';
import type { Tokens } from './tokens.ts';
import type { Upstream } from './upstream.ts';

export interface EcrParts {
  readonly file: EcrStateFile;
  readonly upstream: Upstream;
  readonly store: ImageStore;
  readonly tokens: Tokens;
  /** `localhost:<port>`: known once the endpoint listens, so it is asked for at each use. */
  readonly host: () => string;
  /** A path under `/v2/` made readable without login for an hour, as GetDownloadUrlForLayer promises. */
  readonly signPath: (path: string) => string;
}

/** How every scan ends here, in the form of ECR's answer for an image that it cannot scan. */
export const noScanner: sdk.ImageScanStatus = {
  status: 'FAILED',
  description: "UnsupportedImageError: Slipway's local AWS has no scanner.",
};

export function repositoryArn(name: string, { region, accountId }: CallContext): string {
  return `arn:aws:ecr:${region}:${accountId}:repository/${name}`;
}

export function describeRepository(
  repository: RepositoryRecord,
  host: string,
  context: CallContext,
): sdk.Repository {
  return {
    repositoryArn: repositoryArn(repository.name, context),
    registryId: context.accountId,
    repositoryName: repository.name,
    repositoryUri: `${host}/${repository.name}`,
    createdAt: new Date(repository.createdAtMs),
    ...describeMutability(repository),
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: {
      encryptionType: repository.encryption.encryptionType as sdk.EncryptionType,
      ...(repository.encryption.kmsKey === undefined ? {} : { kmsKey: repository.encryption.kmsKey }),
    },
  };
}

export function describeMutability(
  repository: RepositoryRecord,
): Pick<sdk.Repository, 'imageTagMutability' | 'imageTagMutabilityExclusionFilters'> {
  return {
    imageTagMutability: repository.mutability,
    ...(repository.exclusions.length === 0
      ? {}
      : {
          imageTagMutabilityExclusionFilters: repository.exclusions.map((filter) => ({
            filterType: 'WILDCARD' as const,
            filter,
          })),
        }),
  };
}
