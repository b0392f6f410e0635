// ECR's operations that change images without a push: put a manifest under a tag, delete.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html, API_BatchDeleteImage.html
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { imageFailure, imageIdentifiers } from './image-operations.ts';
import { readManifest } from './manifest.ts';
import { lookUpImage, removeImage, requireRepository, tagTarget } from './repositories.ts';
import type { EcrParts } from './service-parts.ts';
import { tagsOf } from './state.ts';

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

  // By tag: the tag goes, and the image with its last tag. By digest: the image goes with all its tags.
  const batchDelete: SdkOperation<
    sdk.BatchDeleteImageCommandInput,
    sdk.BatchDeleteImageCommandOutput
  > = async (input, context) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    const imageIds: sdk.ImageIdentifier[] = [];
    const failures: sdk.ImageFailure[] = [];
    for (const id of input.imageIds ?? []) {
      const image = lookUpImage(repository, id);
      if (typeof image === 'string') {
        failures.push(imageFailure(id, image));
        continue;
      }
      const lastTag = tagsOf(repository, image.digest).length <= 1;
      const removesImage = id.imageTag === undefined || lastTag;
      const index = Object.values(repository.images).find((each) => each.children.includes(image.digest));
      if (removesImage && index !== undefined) {
        failures.push({
          imageId: id,
          failureCode: 'ImageReferencedByManifestList',
          failureReason: `Requested image referenced by manifest list: [${index.digest}]`,
        });
      } else if (id.imageTag === undefined) {
        imageIds.push(...imageIdentifiers(repository, image));
        removeImage(repository, image.digest);
      } else {
        imageIds.push({ imageDigest: image.digest, imageTag: id.imageTag });
        if (lastTag) removeImage(repository, image.digest);
        else delete repository.tags[id.imageTag];
      }
    }
    await file.save();
    return { imageIds, failures };
  };

  return { PutImage: put, BatchDeleteImage: batchDelete };
}
