import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import * as sdk from '@aws-sdk/client-ecr';
import { describe, expect, it } from '@jest/globals';
import { emptyEcrState } from '../../../src/local/ecr/state.ts';
import { createTokens } from '../../../src/local/ecr/tokens.ts';
import { memoryStateFile } from '../memory-state-file.ts';
import { basicAuth, imageManifest, indexType, manifestType, sha256, startEcr, useEcr } from './start-ecr.ts';

const at = useEcr();

let count = 0;
async function repository(input: Partial<sdk.CreateRepositoryCommandInput> = {}): Promise<string> {
  const repositoryName = `whole-${++count}`;
  await at.ecr.client.send(new sdk.CreateRepositoryCommand({ repositoryName, ...input }));
  return repositoryName;
}

describe('a scan, without a scanner', () => {
  it('does not exist until it is asked for; then it has failed, and says why', async () => {
    const repositoryName = await repository();
    const { digest } = await at.docker.image(repositoryName, 'v1');
    const imageId = { imageTag: 'v1' };
    const findings = () =>
      at.ecr.client.send(new sdk.DescribeImageScanFindingsCommand({ repositoryName, imageId }));
    await expect(findings()).rejects.toThrow(sdk.ScanNotFoundException);
    const started = await at.ecr.client.send(new sdk.StartImageScanCommand({ repositoryName, imageId }));
    expect(started).toMatchObject({
      imageId: { imageTag: 'v1', imageDigest: digest },
      imageScanStatus: { status: 'IN_PROGRESS' },
    });
    const ended = await findings();
    expect(ended.imageScanStatus).toMatchObject({ status: 'FAILED', description: /no scanner/ });
    expect(ended.imageScanFindings).toBeUndefined();
    const { imageDetails } = await at.ecr.client.send(new sdk.DescribeImagesCommand({ repositoryName }));
    expect(imageDetails?.[0]?.imageScanStatus?.status).toBe('FAILED');
    expect(imageDetails?.[0]?.imageScanFindingsSummary).toBeUndefined();
  });

  it('fails the waiter at once instead of letting it poll', async () => {
    const repositoryName = await repository({ imageScanningConfiguration: { scanOnPush: true } });
    await at.docker.image(repositoryName, 'v1');
    const waiting = sdk.waitUntilImageScanComplete(
      { client: at.ecr.client, maxWaitTime: 30 },
      { repositoryName, imageId: { imageTag: 'v1' } },
    );
    await expect(waiting).rejects.toThrow(/FAILURE/);
  });

  it('is had once a day, also one that came with the push', async () => {
    const manual = await repository();
    const onPush = await repository({ imageScanningConfiguration: { scanOnPush: true } });
    const start = (repositoryName: string) =>
      at.ecr.client.send(new sdk.StartImageScanCommand({ repositoryName, imageId: { imageTag: 'v1' } }));
    await at.docker.image(manual, 'v1');
    await at.docker.image(onPush, 'v1');
    await start(manual);
    await expect(start(manual)).rejects.toThrow(sdk.LimitExceededException);
    await expect(start(onPush)).rejects.toThrow(sdk.LimitExceededException);
  });

  it('of an index, or of no image, is refused', async () => {
    const repositoryName = await repository();
    const { digest, text } = await at.docker.image(repositoryName);
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [{ mediaType: manifestType, digest, size: text.length }],
    });
    await at.docker.manifest(repositoryName, 'all', index, indexType);
    const start = (imageTag: string) =>
      at.ecr.client.send(new sdk.StartImageScanCommand({ repositoryName, imageId: { imageTag } }));
    await expect(start('all')).rejects.toThrow(sdk.UnsupportedImageTypeException);
    await expect(start('absent')).rejects.toThrow(sdk.ImageNotFoundException);
  });
});

describe('a layer in parts, without docker', () => {
  const begin = async (repositoryName: string) => {
    const { uploadId, partSize = 0 } = await at.ecr.client.send(
      new sdk.InitiateLayerUploadCommand({ repositoryName }),
    );
    return {
      partSize,
      part: (
        layerPartBlob: Uint8Array,
        partFirstByte: number,
        partLastByte = partFirstByte + layerPartBlob.length - 1,
      ) =>
        at.ecr.client.send(
          new sdk.UploadLayerPartCommand({
            repositoryName,
            uploadId,
            layerPartBlob,
            partFirstByte,
            partLastByte,
          }),
        ),
      complete: (digest: string) =>
        at.ecr.client.send(
          new sdk.CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] }),
        ),
      uploadId,
    };
  };
  const whole = async (repositoryName: string, bytes: Buffer): Promise<string> => {
    const upload = await begin(repositoryName);
    for (let at = 0; at < bytes.length; at += upload.partSize) {
      const piece = bytes.subarray(at, at + upload.partSize);
      const { lastByteReceived } = await upload.part(piece, at);
      expect(lastByteReceived).toBe(at + piece.length - 1);
    }
    const { layerDigest } = await upload.complete(sha256(bytes));
    return layerDigest ?? '';
  };

  it('becomes part of an image that docker can pull', async () => {
    const repositoryName = await repository();
    const layer = randomBytes(45_000_000);
    const config = Buffer.from('{"architecture":"amd64","os":"linux"}');
    const digests = [await whole(repositoryName, config), await whole(repositoryName, layer)] as const;
    const imageManifestText = imageManifest(
      { digest: digests[0], size: config.length },
      { digest: digests[1], size: layer.length },
    );
    await at.ecr.client.send(
      new sdk.PutImageCommand({ repositoryName, imageManifest: imageManifestText, imageTag: 'v1' }),
    );
    expect(await (await at.docker.fetch(`/v2/${repositoryName}/manifests/v1`)).text()).toBe(
      imageManifestText,
    );
    const pulled = await at.docker.fetch(`/v2/${repositoryName}/blobs/${digests[1]}`);
    expect(sha256(Buffer.from(await pulled.arrayBuffer()))).toBe(digests[1]);
    const { layers, failures } = await at.ecr.client.send(
      new sdk.BatchCheckLayerAvailabilityCommand({
        repositoryName,
        layerDigests: [digests[0], sha256('absent'), 'nonsense'],
      }),
    );
    expect(layers).toEqual([
      { layerDigest: digests[0], layerAvailability: 'AVAILABLE' },
      { layerDigest: sha256('absent'), layerAvailability: 'UNAVAILABLE' },
    ]);
    expect(failures).toMatchObject([{ layerDigest: 'nonsense', failureCode: 'InvalidLayerDigest' }]);
  });

  it.each([
    ['a gap', 100, 109, sdk.InvalidLayerPartException],
    ['other bytes than announced', 0, 20, sdk.InvalidLayerPartException],
  ])('with %s is refused, and says what came last', async (_what, first, last, error) => {
    const upload = await begin(await repository());
    await expect(upload.part(Buffer.alloc(10), first, last)).rejects.toThrow(error);
    expect((await upload.part(Buffer.alloc(10), 0)).lastByteReceived).toBe(9);
  });

  it('in parts of which one before the last is under 5 MiB is refused', async () => {
    const upload = await begin(await repository());
    const bytes = randomBytes(2000);
    await upload.part(bytes.subarray(0, 1000), 0);
    await upload.part(bytes.subarray(1000), 1000);
    await expect(upload.complete(sha256(bytes))).rejects.toThrow(sdk.LayerPartTooSmallException);
  });

  it('that is empty, known already, of another digest, or of another repository is refused', async () => {
    const repositoryName = await repository();
    const bytes = randomBytes(1000);
    await expect((await begin(repositoryName)).complete(sha256(bytes))).rejects.toThrow(
      sdk.EmptyUploadException,
    );
    await whole(repositoryName, bytes);
    const again = await begin(repositoryName);
    await again.part(bytes, 0);
    await expect(again.complete(sha256(bytes))).rejects.toThrow(sdk.LayerAlreadyExistsException);
    const wrong = await begin(repositoryName);
    await wrong.part(bytes, 0);
    await expect(wrong.complete(sha256('other'))).rejects.toThrow(sdk.InvalidLayerException);
    const elsewhere = new sdk.UploadLayerPartCommand({
      repositoryName: await repository(),
      uploadId: wrong.uploadId,
      layerPartBlob: bytes,
      partFirstByte: 0,
      partLastByte: 999,
    });
    await expect(at.ecr.client.send(elsewhere)).rejects.toThrow(sdk.UploadNotFoundException);
  });
});

describe('the registry as a whole', () => {
  it('answers what Terraform asks for at each refresh', async () => {
    const name = await repository({ imageScanningConfiguration: { scanOnPush: true } });
    expect(await at.ecr.client.send(new sdk.DescribeRegistryCommand({}))).toMatchObject({
      registryId: '000000000000',
      replicationConfiguration: { rules: [] },
    });
    expect(await at.ecr.client.send(new sdk.GetRegistryScanningConfigurationCommand({}))).toMatchObject({
      scanningConfiguration: { scanType: 'BASIC', rules: [] },
    });
    expect(
      await at.ecr.client.send(
        new sdk.BatchGetRepositoryScanningConfigurationCommand({ repositoryNames: [name, 'nobody'] }),
      ),
    ).toMatchObject({
      scanningConfigurations: [{ repositoryName: name, scanOnPush: true, scanFrequency: 'SCAN_ON_PUSH' }],
      failures: [{ repositoryName: 'nobody', failureCode: 'REPOSITORY_NOT_FOUND' }],
    });
    expect(await at.ecr.client.send(new sdk.DescribePullThroughCacheRulesCommand({}))).toMatchObject({
      pullThroughCacheRules: [],
    });
    expect(await at.ecr.client.send(new sdk.DescribeRepositoryCreationTemplatesCommand({}))).toMatchObject({
      repositoryCreationTemplates: [],
    });
  });

  it('keeps a policy, a replication, a scanning configuration and settings', async () => {
    const policyText = '{"Version":"2012-10-17","Statement":[]}';
    const getPolicy = () => at.ecr.client.send(new sdk.GetRegistryPolicyCommand({}));
    await expect(getPolicy()).rejects.toThrow(sdk.RegistryPolicyNotFoundException);
    await at.ecr.client.send(new sdk.PutRegistryPolicyCommand({ policyText }));
    expect(await getPolicy()).toMatchObject({ policyText });
    await at.ecr.client.send(new sdk.DeleteRegistryPolicyCommand({}));
    await expect(getPolicy()).rejects.toThrow(sdk.RegistryPolicyNotFoundException);

    const replicationConfiguration = {
      rules: [{ destinations: [{ region: 'eu-west-1', registryId: '000000000000' }] }],
    };
    await at.ecr.client.send(new sdk.PutReplicationConfigurationCommand({ replicationConfiguration }));
    expect(await at.ecr.client.send(new sdk.DescribeRegistryCommand({}))).toMatchObject({
      replicationConfiguration,
    });

    const rules = [
      {
        scanFrequency: 'SCAN_ON_PUSH' as const,
        repositoryFilters: [{ filter: '*', filterType: 'WILDCARD' as const }],
      },
    ];
    await at.ecr.client.send(new sdk.PutRegistryScanningConfigurationCommand({ scanType: 'BASIC', rules }));
    expect(await at.ecr.client.send(new sdk.GetRegistryScanningConfigurationCommand({}))).toMatchObject({
      scanningConfiguration: { scanType: 'BASIC', rules },
    });

    const setting = { name: 'BASIC_SCAN_TYPE_VERSION', value: 'CLAIR' };
    await at.ecr.client.send(new sdk.PutAccountSettingCommand(setting));
    expect(await at.ecr.client.send(new sdk.GetAccountSettingCommand({ name: setting.name }))).toMatchObject(
      setting,
    );
    for (const bad of [
      { name: 'NO_SUCH_SETTING', value: 'x' },
      { name: 'BLOB_MOUNTING', value: 'maybe' },
    ]) {
      await expect(at.ecr.client.send(new sdk.PutAccountSettingCommand(bad))).rejects.toThrow(
        sdk.InvalidParameterException,
      );
    }
    const reborn = await startEcr(at.registry, at.ecr.stateFile);
    try {
      expect(
        await reborn.client.send(new sdk.GetAccountSettingCommand({ name: setting.name })),
      ).toMatchObject(setting);
    } finally {
      await reborn.close();
    }
  });

  it('lists what refers to an image', async () => {
    const repositoryName = await repository();
    const { digest } = await at.docker.image(repositoryName, 'v1');
    const text = JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType: 'application/x.sbom',
      config: {
        mediaType: 'application/vnd.oci.empty.v1+json',
        digest: await at.docker.blob(repositoryName, Buffer.from('{}')),
        size: 2,
      },
      layers: [],
      subject: { mediaType: manifestType, digest, size: 1 },
    });
    await at.docker.manifest(repositoryName, sha256(text), text);
    const list = (artifactTypes: string[]) =>
      at.ecr.client.send(
        new sdk.ListImageReferrersCommand({
          repositoryName,
          subjectId: { imageDigest: digest },
          filter: { artifactTypes },
        }),
      );
    expect(await list(['application/x.sbom'])).toMatchObject({
      referrers: [{ digest: sha256(text), artifactType: 'application/x.sbom', artifactStatus: 'ACTIVE' }],
    });
    expect(await list(['application/x.other'])).toMatchObject({ referrers: [] });
  });
});

describe('a password', () => {
  it('of another stack, or a made-up one, is unknown; an old one has expired', async () => {
    let nowMs = 0;
    const file = memoryStateFile(emptyEcrState());
    const tokens = createTokens(file, () => nowMs);
    const stranger = createTokens(memoryStateFile(emptyEcrState()));
    const { password } = await tokens.issue();
    expect(tokens.check(password)).toBe('valid');
    expect(tokens.check((await stranger.issue()).password)).toBe('unknown');
    expect(tokens.check('')).toBe('unknown');
    nowMs = 12 * 3_600_000;
    expect(tokens.check(password)).toBe('expired');
    await tokens.issue();
    expect(tokens.check(password)).toBe('expired');
    expect(tokens.check(tokens.agentPassword)).toBe('valid');
  });

  it('that has expired is refused at the door in the words of ECR', async () => {
    const before = await startEcr(at.registry);
    const authorization = await basicAuth(before.client);
    await before.close();
    const state = await readFile(before.stateFile, 'utf8');
    await writeFile(before.stateFile, state.replace(/("expiresAtMs": ?)\d+/, `$1${Date.now() - 1000}`));
    const after = await startEcr(at.registry, before.stateFile);
    try {
      const response = await fetch(`http://${after.host}/v2/`, { headers: { authorization } });
      expect(response.status).toBe(403);
      expect(await response.json()).toEqual({
        errors: [
          {
            code: 'DENIED',
            message: 'Your authorization token has expired. Reauthenticate and try again.',
          },
        ],
      });
    } finally {
      await after.close();
    }
  });
});
