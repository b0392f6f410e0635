// Scans, without a scanner: what was asked for ends as ECR ends a scan of an image that it cannot look into.
// Findings are never invented. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { requireImage } from './image-operations.ts';
import { indexTypes } from './manifest.ts';
import { requireRepository } from './repositories.ts';
import { type EcrParts, noScanner } from './service-parts.ts';

const dayMs = 24 * 3_600_000;

export function scanOperations({ file }: EcrParts): Operations {
  const start: SdkOperation<sdk.StartImageScanCommandInput, sdk.StartImageScanCommandOutput> = async (
    input,
    context,
  ) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    const image = requireImage(repository, input.imageId ?? {}, context);
    if (indexTypes.includes(image.mediaType)) {
      throw new AwsError(
        'UnsupportedImageTypeException',
        `An image of type '${image.mediaType}' cannot be scanned`,
      );
    }
    // "A basic image scan can only be started once per 24 hours on an individual image."
    if (image.scanAskedAtMs !== undefined && Date.now() - image.scanAskedAtMs < dayMs) {
      throw new AwsError(
        'LimitExceededException',
        'The scan quota per image has been exceeded. Wait and try again.',
      );
    }
    image.scanAskedAtMs = Date.now();
    return file.saved({
      registryId: context.accountId,
      repositoryName: repository.name,
      imageId: { ...input.imageId, imageDigest: image.digest },
      imageScanStatus: { status: 'IN_PROGRESS' },
    });
  };

  const findings: SdkOperation<
    sdk.DescribeImageScanFindingsCommandInput,
    sdk.DescribeImageScanFindingsCommandOutput
  > = async (input, context) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    const image = requireImage(repository, input.imageId ?? {}, context);
    if (image.scanAskedAtMs === undefined) {
      throw new AwsError(
        'ScanNotFoundException',
        `Image scan does not exist for the image with '{imageDigest:'${image.digest}'}' in the repository with name '${repository.name}' in the registry with id '${context.accountId}'`,
      );
    }
    return {
      registryId: context.accountId,
      repositoryName: repository.name,
      imageId: { ...input.imageId, imageDigest: image.digest },
      imageScanStatus: noScanner,
    };
  };

  return { StartImageScan: start, DescribeImageScanFindings: findings };
}
