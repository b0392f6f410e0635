// ECR's operations that change images without a push: put a manifest under a tag, delete.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html, API_BatchDeleteImage.html
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { deleteImage } from './delete-image.ts';
import { readManifest } from './manifest.ts';
import { requireRepository, tagTarget } from './repositories.ts';
import type { EcrParts } from './service-parts.ts';

export function imageChanges({ file, store }: EcrParts): Operations {
  const put: SdkOperation<sdk.PutImageCommandInput, sdk.PutImageCommandOutput> = async (input, context) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    const bytes = Buffer.from(input.imageManifest ?? '', 'utf8');
    const manifest = readManifest(bytes, input.imageManifestMediaType);
    if (input.imageDigest !== undefined && input.imageDigest !== manifest.digest) {
      throw new AwsError(
        'ImageDigestDoesNotMatchException',
        `The provided image digest '${input.imageDigest}' does not match the calculated '${manifest.digest}' image digest`,
      );
    }
    const known = Object.hasOwn(repository.images, manifest.digest);
    if (
      known &&
      (input.imageTag === undefined || tagTarget(repository, input.imageTag) === manifest.digest)
    ) {
      throw new AwsError(
        'ImageAlreadyExistsException',
        `Image with digest '${manifest.digest}' and tag '${input.imageTag ?? 'null'}' already exists in the repository with name '${repository.name}' in registry with id '${context.accountId}'`,
      );
    }
    await store.put(repository.name, { bytes, mediaType: manifest.mediaType, tag: input.imageTag });
    return {
      image: {
        registryId: context.accountId,
        repositoryName: repository.name,
        imageId: {
          imageDigest: manifest.digest,
          ...(input.imageTag === undefined ? {} : { imageTag: input.imageTag }),
        },
        imageManifest: bytes.toString('utf8'),
        imageManifestMediaType: manifest.mediaType,
      },
    };
  };

  const batchDelete: SdkOperation<
    sdk.BatchDeleteImageCommandInput,
    sdk.BatchDeleteImageCommandOutput
  > = async (input, context) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    const imageIds: sdk.ImageIdentifier[] = [];
    const failures: sdk.ImageFailure[] = [];
    for (const id of input.imageIds ?? []) {
      const outcome = deleteImage(repository, id);
      if (outcome.failure === undefined) imageIds.push(...outcome.deleted);
      else failures.push(outcome.failure);
    }
    return file.saved({ imageIds, failures });
  };

  return { PutImage: put, BatchDeleteImage: batchDelete };
}
