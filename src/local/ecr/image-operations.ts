// ECR's operations that look at images: describe, list, get.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html and its neighbours
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../wire/aws-error.ts';
import type { CallContext, Operations, SdkOperation } from '../wire/operations.ts';
import { nextTokenOf, pageOf } from '../wire/paging.ts';
import { inAcceptedForm } from './convert-manifest.ts';
import { referrersOf } from './referrers.ts';
import {
  type ImageId,
  type ImageMiss,
  imageSize,
  lookUpImage,
  requireRepository,
  storedName,
} from './repositories.ts';
import { type EcrParts, noScanner } from './service-parts.ts';
import { type ImageRecord, type RepositoryRecord, tagsOf } from './state.ts';

export function imageOperations({ file, upstream }: EcrParts): Operations {
  const describe: SdkOperation<sdk.DescribeImagesCommandInput, sdk.DescribeImagesCommandOutput> = async (
    input,
    context,
  ) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    const images =
      input.imageIds === undefined || input.imageIds.length === 0
        ? withTagStatus(repository, input.filter?.tagStatus)
        : input.imageIds.map((id) => requireImage(repository, id, context));
    const page = pageOf([...new Set(images)], input, 100);
    return {
      imageDetails: page.items.map((image) => describeImage(repository, image, context)),
      ...nextTokenOf(page),
    };
  };

  const list: SdkOperation<sdk.ListImagesCommandInput, sdk.ListImagesCommandOutput> = async (
    input,
    context,
  ) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    const ids = withTagStatus(repository, input.filter?.tagStatus).flatMap((image) =>
      imageIdentifiers(repository, image),
    );
    const page = pageOf(ids, input, 100);
    return { imageIds: page.items, ...nextTokenOf(page) };
  };

  const batchGet: SdkOperation<sdk.BatchGetImageCommandInput, sdk.BatchGetImageCommandOutput> = async (
    input,
    context,
  ) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    const images: sdk.Image[] = [];
    const failures: sdk.ImageFailure[] = [];
    for (const imageId of input.imageIds ?? []) {
      const image = lookUpImage(repository, imageId);
      if (typeof image === 'string') {
        failures.push(imageFailure(imageId, image));
        continue;
      }
      const bytes = await upstream.getManifest(storedName(repository), image.digest, image.mediaType);
      if (bytes === undefined) {
        failures.push(imageFailure(imageId, 'ImageNotFound'));
        continue;
      }
      const stored = { bytes, mediaType: image.mediaType, digest: image.digest };
      const byTag = imageId.imageDigest === undefined;
      const given = byTag ? inAcceptedForm(stored, input.acceptedMediaTypes ?? []) : stored;
      images.push({
        registryId: context.accountId,
        repositoryName: repository.name,
        imageId: {
          imageDigest: image.digest,
          ...(imageId.imageTag === undefined ? {} : { imageTag: imageId.imageTag }),
        },
        imageManifest: given.bytes.toString('utf8'),
        imageManifestMediaType: given.mediaType,
      });
    }
    return { images, failures };
  };

  const listReferrers: SdkOperation<
    sdk.ListImageReferrersCommandInput,
    sdk.ListImageReferrersCommandOutput
  > = async (input, context) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    const kinds = input.filter?.artifactTypes ?? [];
    const referrers = referrersOf(repository, input.subjectId?.imageDigest ?? '')
      .filter((image) => kinds.length === 0 || kinds.includes(image.artifactMediaType ?? ''))
      .map((image) => ({
        digest: image.digest,
        mediaType: image.mediaType,
        artifactType: image.artifactMediaType,
        size: image.manifestBytes,
        annotations: image.annotations,
        artifactStatus: 'ACTIVE' as const,
      }));
    const page = pageOf(referrers, input, 50);
    return { referrers: page.items, ...nextTokenOf(page) };
  };

  return {
    DescribeImages: describe,
    ListImages: list,
    BatchGetImage: batchGet,
    ListImageReferrers: listReferrers,
  };
}

export function imageFailure(imageId: ImageId, failureCode: ImageMiss): sdk.ImageFailure {
  const reasons: Readonly<Record<ImageMiss, string>> = {
    ImageNotFound: 'Requested image not found',
    ImageTagDoesNotMatchDigest: 'The image tag does not match the image digest',
    MissingDigestAndTag: 'Invalid request parameters: both tag and digest cannot be null',
  };
  return { imageId, failureCode, failureReason: reasons[failureCode] };
}

/** One for each tag; an untagged image has its digest only. */
export function imageIdentifiers(repository: RepositoryRecord, image: ImageRecord): sdk.ImageIdentifier[] {
  const tags = tagsOf(repository, image.digest);
  if (tags.length === 0) return [{ imageDigest: image.digest }];
  return tags.map((imageTag) => ({ imageDigest: image.digest, imageTag }));
}

function withTagStatus(repository: RepositoryRecord, status: string | undefined): ImageRecord[] {
  const all = Object.values(repository.images);
  if (status !== 'TAGGED' && status !== 'UNTAGGED') return all;
  const tagged = new Set(Object.values(repository.tags));
  return all.filter((image) => tagged.has(image.digest) === (status === 'TAGGED'));
}

/** Throws AwsError `ImageNotFoundException`, or `InvalidParameterException` when nothing is asked for. */
export function requireImage(
  repository: RepositoryRecord,
  id: ImageId,
  { accountId }: CallContext,
): ImageRecord {
  const image = lookUpImage(repository, id);
  if (typeof image !== 'string') return image;
  if (image === 'MissingDigestAndTag') {
    throw new AwsError(
      'InvalidParameterException',
      'Invalid request parameters: both tag and digest cannot be null',
    );
  }
  const quote = (value: string | undefined): string => (value === undefined ? 'null' : `'${value}'`);
  throw new AwsError(
    'ImageNotFoundException',
    `The image with imageId {imageDigest:${quote(id.imageDigest)}, imageTag:${quote(id.imageTag)}} does not exist within the repository with name '${repository.name}' in the registry with id '${accountId}'`,
  );
}

function describeImage(
  repository: RepositoryRecord,
  image: ImageRecord,
  { accountId }: CallContext,
): sdk.ImageDetail {
  const imageTags = tagsOf(repository, image.digest);
  return {
    registryId: accountId,
    repositoryName: repository.name,
    imageDigest: image.digest,
    ...(imageTags.length === 0 ? {} : { imageTags }),
    imageSizeInBytes: imageSize(repository, image),
    imagePushedAt: new Date(image.pushedAtMs),
    imageManifestMediaType: image.mediaType,
    ...(image.artifactMediaType === undefined ? {} : { artifactMediaType: image.artifactMediaType }),
    ...(image.scanAskedAtMs === undefined ? {} : { imageScanStatus: noScanner }),
    ...(image.lastPulledAtMs === undefined ? {} : { lastRecordedPullTime: new Date(image.lastPulledAtMs) }),
    ...(image.subjectDigest === undefined ? {} : { subjectManifestDigest: image.subjectDigest }),
  };
}
