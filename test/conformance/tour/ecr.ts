/** Every ECR operation: an image that is pushed layer by layer through the API, its tags, policies, scans. */
import { createHash } from 'node:crypto';
import type { Boto } from '../boto.ts';
import { ACCOUNT, REGION } from '../local-aws.ts';

const repositoryName = 'tour/api';
const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [] });
const digestOf = (bytes: string | Buffer): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export async function tourEcr(boto: Boto): Promise<void> {
  const ecr = <O = Record<string, unknown>>(operation: string, input: object = {}): Promise<O> =>
    boto.call<O>('ecr', operation, input);
  const here = <O = Record<string, unknown>>(operation: string, input: object = {}): Promise<O> =>
    ecr<O>(operation, { repositoryName, ...input });

  await here('CreateRepository', {
    imageTagMutability: 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
    tags: [{ Key: 'team', Value: 'blue' }],
  });
  await ecr('DescribeRepositories', { repositoryNames: [repositoryName] });
  await ecr('GetAuthorizationToken');

  const push = async (bytes: Buffer): Promise<{ digest: string; size: number }> => {
    const { uploadId } = await here<{ uploadId: string }>('InitiateLayerUpload');
    const part = { uploadId, partFirstByte: 0, partLastByte: bytes.length - 1 };
    await here('UploadLayerPart', { ...part, layerPartBlob: { $bytes: bytes.toString('base64') } });
    await here('CompleteLayerUpload', { uploadId, layerDigests: [digestOf(bytes)] });
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const layer = await push(Buffer.from('not really a layer'));
  const config = await push(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux' })));
  const imageManifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
  });
  const imageDigest = digestOf(imageManifest);
  await here('PutImage', { imageManifest, imageTag: 'one' });
  const { images } = await here<{ images: { imageManifest: string }[] }>('BatchGetImage', {
    imageIds: [{ imageTag: 'one' }, { imageTag: 'none' }],
  });
  await here('PutImage', { imageManifest: images[0]?.imageManifest, imageTag: 'two', imageDigest });
  await here('DescribeImages');
  await here('ListImages', { filter: { tagStatus: 'TAGGED' } });
  await here('ListImageReferrers', { subjectId: { imageDigest } });
  await here('BatchCheckLayerAvailability', { layerDigests: [layer.digest, digestOf('none')] });
  await here('GetDownloadUrlForLayer', { layerDigest: layer.digest });
  await here('StartImageScan', { imageId: { imageTag: 'one' } });
  await here('DescribeImageScanFindings', { imageId: { imageTag: 'one' } });

  await here('PutImageTagMutability', {
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'latest*' }],
  });
  await here('PutImageScanningConfiguration', { imageScanningConfiguration: { scanOnPush: true } });
  const rule = {
    rulePriority: 1,
    selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 3 },
    action: { type: 'expire' },
  };
  await here('PutLifecyclePolicy', { lifecyclePolicyText: JSON.stringify({ rules: [rule] }) });
  await here('GetLifecyclePolicy');
  await here('DeleteLifecyclePolicy');
  await here('SetRepositoryPolicy', { policyText });
  await here('GetRepositoryPolicy');
  await here('DeleteRepositoryPolicy');
  const resourceArn = `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${repositoryName}`;
  await ecr('TagResource', { resourceArn, tags: [{ Key: 'more', Value: '1' }] });
  await ecr('ListTagsForResource', { resourceArn });
  await ecr('UntagResource', { resourceArn, tagKeys: ['more'] });

  await ecr('DescribeRegistry');
  await ecr('PutReplicationConfiguration', {
    replicationConfiguration: {
      rules: [{ destinations: [{ region: 'eu-central-1', registryId: ACCOUNT }] }],
    },
  });
  await ecr('PutRegistryPolicy', { policyText });
  await ecr('GetRegistryPolicy');
  await ecr('DeleteRegistryPolicy');
  await ecr('PutRegistryScanningConfiguration', { scanType: 'BASIC', rules: [] });
  await ecr('GetRegistryScanningConfiguration');
  await ecr('BatchGetRepositoryScanningConfiguration', { repositoryNames: [repositoryName, 'none'] });
  await ecr('PutAccountSetting', { name: 'BASIC_SCAN_TYPE_VERSION', value: 'AWS_NATIVE' });
  await ecr('GetAccountSetting', { name: 'BASIC_SCAN_TYPE_VERSION' });
  await ecr('DescribePullThroughCacheRules');
  await ecr('DescribeRepositoryCreationTemplates');

  await here('BatchDeleteImage', { imageIds: [{ imageTag: 'two' }, { imageTag: 'none' }] });
  await here('DeleteRepository', { force: true });
}
