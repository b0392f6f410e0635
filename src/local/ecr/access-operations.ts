// ECR's operations that let clients in: a password for docker, and layers one by one.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { isDigest } from './manifest.ts';
import { requireRepository, storedName } from './repositories.ts';
import type { EcrParts } from './service-parts.ts';
import { tokenUser } from './tokens.ts';

export function accessOperations({ file, upstream, tokens, host, signPath }: EcrParts): Operations {
  const getToken: SdkOperation<
    sdk.GetAuthorizationTokenCommandInput,
    sdk.GetAuthorizationTokenCommandOutput
  > = async () => {
    const { password, expiresAt } = await tokens.issue();
    const authorizationToken = Buffer.from(`${tokenUser}:${password}`).toString('base64');
    return { authorizationData: [{ authorizationToken, expiresAt, proxyEndpoint: `http://${host()}` }] };
  };

  const checkLayers: SdkOperation<
    sdk.BatchCheckLayerAvailabilityCommandInput,
    sdk.BatchCheckLayerAvailabilityCommandOutput
  > = async (input, { accountId }) => {
    const repository = requireRepository(file.state, input.repositoryName, accountId);
    const digests = input.layerDigests ?? [];
    const layers = await Promise.all(
      digests.filter(isDigest).map(async (layerDigest) => ({
        layerDigest,
        layerAvailability: (await upstream.hasBlob(storedName(repository), layerDigest))
          ? ('AVAILABLE' as const)
          : ('UNAVAILABLE' as const),
      })),
    );
    const failures = digests
      .filter((digest) => !isDigest(digest))
      .map((layerDigest) => ({
        layerDigest,
        failureCode: 'InvalidLayerDigest' as const,
        failureReason: `'${layerDigest}' is not a sha256 digest`,
      }));
    return { layers, failures };
  };

  const layerUrl: SdkOperation<
    sdk.GetDownloadUrlForLayerCommandInput,
    sdk.GetDownloadUrlForLayerCommandOutput
  > = async (input, { accountId }) => {
    const repository = requireRepository(file.state, input.repositoryName, accountId);
    const { name } = repository;
    const layerDigest = input.layerDigest ?? '';
    if (!isDigest(layerDigest) || !(await upstream.hasBlob(storedName(repository), layerDigest))) {
      throw new AwsError(
        'LayersNotFoundException',
        `The layer with digest '${layerDigest}' does not exist in the repository with name '${name}' in the registry with id '${accountId}'`,
      );
    }
    return { downloadUrl: `http://${host()}${signPath(`/v2/${name}/blobs/${layerDigest}`)}`, layerDigest };
  };

  return {
    GetAuthorizationToken: getToken,
    BatchCheckLayerAvailability: checkLayers,
    GetDownloadUrlForLayer: layerUrl,
  };
}
