// ECR's operations that take a layer in parts, for clients that push without docker.
// An upload lives as long as this process; what was begun and not completed is cleared away by the registry.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html and its neighbours
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../wire/aws-error.ts';
import type { CallContext, Operations, SdkOperation } from '../wire/operations.ts';
import { isDigest } from './manifest.ts';
import { requireRepository, storedName } from './repositories.ts';
import type { EcrParts } from './service-parts.ts';
import type { RepositoryRecord } from './state.ts';
import { createUpstreamUploads } from './upstream-uploads.ts';

const partSizeBytes = 20 * 1024 * 1024;
/** "Layer parts must be at least 5 MiB in size", but for the last one. */
const smallestPartBytes = 5 * 1024 * 1024;

interface Upload {
  readonly repository: string;
  address: string;
  received: number;
  smallParts: number;
  lastPartIsSmall: boolean;
}

export function layerOperations({ file, upstream }: EcrParts): Operations {
  const registry = createUpstreamUploads(upstream.url);
  const uploads = new Map<string, Upload>();

  const find = (
    repository: RepositoryRecord,
    uploadId: string | undefined,
    { accountId }: CallContext,
  ): Upload => {
    const upload = uploads.get(uploadId ?? '');
    if (upload !== undefined && upload.repository === storedName(repository)) return upload;
    throw new AwsError(
      'UploadNotFoundException',
      `An upload with id '${uploadId}' does not exist in the repository with name '${repository.name}' in the registry with id '${accountId}'`,
    );
  };

  const initiate: SdkOperation<
    sdk.InitiateLayerUploadCommandInput,
    sdk.InitiateLayerUploadCommandOutput
  > = async (input, { accountId }) => {
    const repository = storedName(requireRepository(file.state, input.repositoryName, accountId));
    const uploadId = randomUUID();
    uploads.set(uploadId, {
      repository,
      address: await registry.begin(repository),
      received: 0,
      smallParts: 0,
      lastPartIsSmall: false,
    });
    return { uploadId, partSize: partSizeBytes };
  };

  const uploadPart: SdkOperation<sdk.UploadLayerPartCommandInput, sdk.UploadLayerPartCommandOutput> = async (
    input,
    context,
  ) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    const upload = find(repository, input.uploadId, context);
    const ids = { registryId: context.accountId, repositoryName: repository.name, uploadId: input.uploadId };
    const bytes = input.layerPartBlob ?? new Uint8Array();
    const first = input.partFirstByte ?? 0;
    if (first !== upload.received || input.partLastByte !== first + bytes.length - 1) {
      throw new AwsError(
        'InvalidLayerPartException',
        `Invalid layer part at bytes ${first} to ${input.partLastByte}: the next byte is ${upload.received}, and ${bytes.length} came`,
        { fields: { ...ids, lastValidByteReceived: Math.max(0, upload.received - 1) } },
      );
    }
    // Claimed before it is sent: the same part sent twice at once must not be stored twice.
    upload.received += bytes.length;
    upload.lastPartIsSmall = bytes.length < smallestPartBytes;
    if (upload.lastPartIsSmall) upload.smallParts++;
    try {
      upload.address = await registry.append(upload.address, bytes);
    } catch (error) {
      uploads.delete(input.uploadId ?? '');
      throw error;
    }
    return { ...ids, lastByteReceived: upload.received - 1 };
  };

  const complete: SdkOperation<
    sdk.CompleteLayerUploadCommandInput,
    sdk.CompleteLayerUploadCommandOutput
  > = async (input, context) => {
    const repository = requireRepository(file.state, input.repositoryName, context.accountId);
    const { name } = repository;
    const upload = find(repository, input.uploadId, context);
    const layerDigest = input.layerDigests?.find(isDigest);
    if (layerDigest === undefined) {
      throw new AwsError(
        'InvalidParameterException',
        "Invalid parameter at 'layerDigests': no sha256 digest",
      );
    }
    if (upload.received === 0) {
      throw new AwsError(
        'EmptyUploadException',
        `The upload with id '${input.uploadId}' in the repository with name '${name}' holds no layer parts`,
      );
    }
    if (upload.smallParts > (upload.lastPartIsSmall ? 1 : 0)) {
      throw new AwsError('LayerPartTooSmallException', 'Layer parts must be at least 5 MiB in size.');
    }
    if (await upstream.hasBlob(storedName(repository), layerDigest)) {
      throw new AwsError(
        'LayerAlreadyExistsException',
        `The layer with digest '${layerDigest}' already exists in the repository with name '${name}' in registry with id '${context.accountId}'`,
      );
    }
    if (!(await registry.finish(upload.address, layerDigest))) {
      throw new AwsError(
        'InvalidLayerException',
        `The layer that was uploaded does not have the digest '${layerDigest}'`,
      );
    }
    uploads.delete(input.uploadId ?? '');
    return { registryId: context.accountId, repositoryName: name, uploadId: input.uploadId, layerDigest };
  };

  return { InitiateLayerUpload: initiate, UploadLayerPart: uploadPart, CompleteLayerUpload: complete };
}
