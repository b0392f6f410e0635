// ECR's operations that let clients in: a password for docker, and layers one by one.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { requireRepository } from './repositories.ts';
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
    const { name } = requireRepository(file.state, input.repositoryName, accountId);
    const layers = await Promise.all(
      (input.layerDigests ?? []).map(async (layerDigest) => ({
        layerDigest,
        layerAvailability: (await upstream.hasBlob(name, layerDigest))
          ? ('AVAILABLE' as const)
          : ('UNAVAILABLE' as const),
      })),
    );
    return { layers, failures: [] };
  };

  const layerUrl: SdkOperation<
    sdk.GetDownloadUrlForLayerCommandInput,
    sdk.GetDownloadUrlForLayerCommandOutput
  > = async (input, { accountId }) => {
    const { name } = requireRepository(file.state, input.repositoryName, accountId);
    const layerDigest = input.layerDigest ?? '';
    if (!/^sha256:[0-9a-f]{64}$/.test(layerDigest) || !(await upstream.hasBlob(name, layerDigest))) {
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
