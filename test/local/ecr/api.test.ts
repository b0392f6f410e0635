import * as sdk from '@aws-sdk/client-ecr';
import { describe, expect, it } from '@jest/globals';
import { basicAuth, indexType, manifestType, pusher, sha256, startEcr, useEcr } from './start-ecr.ts';

const at = useEcr();

let count = 0;
async function repository(input: Partial<sdk.CreateRepositoryCommandInput> = {}): Promise<string> {
  const repositoryName = `api-${++count}`;
  await at.ecr.client.send(new sdk.CreateRepositoryCommand({ repositoryName, ...input }));
  return repositoryName;
}

describe('repositories', () => {
  it('are described with the address to push to', async () => {
    const name = await repository({ tags: [{ Key: 'team', Value: 'web' }] });
    const { repositories } = await at.ecr.client.send(
      new sdk.DescribeRepositoriesCommand({ repositoryNames: [name] }),
    );
    const [found] = repositories ?? [];
    expect(found).toMatchObject({
      repositoryArn: `arn:aws:ecr:us-east-1:000000000000:repository/${name}`,
      registryId: '000000000000',
      repositoryUri: `${at.ecr.host}/${name}`,
      imageTagMutability: 'MUTABLE',
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
    });
    expect(Math.abs(Date.now() - (found?.createdAt?.getTime() ?? 0))).toBeLessThan(10_000);
    const resourceArn = found?.repositoryArn ?? '';
    await at.ecr.client.send(
      new sdk.TagResourceCommand({ resourceArn, tags: [{ Key: 'env', Value: 'dev' }] }),
    );
    await at.ecr.client.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: ['team'] }));
    const { tags } = await at.ecr.client.send(new sdk.ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ Key: 'env', Value: 'dev' }]);
  });

  it('are listed in pages', async () => {
    await repository();
    await repository();
    const names: (string | undefined)[] = [];
    for await (const page of sdk.paginateDescribeRepositories({ client: at.ecr.client, pageSize: 1 }, {})) {
      names.push(...(page.repositories ?? []).map((each) => each.repositoryName));
    }
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(1);
  });

  it.each([
    ['one that exists', () => repository(), sdk.RepositoryAlreadyExistsException],
    ['an illegal name', async () => 'Upper/Case', sdk.InvalidParameterException],
    ['a name that is too short', async () => 'a', sdk.InvalidParameterException],
  ])('creating %s is refused', async (_what, name, error) => {
    const command = new sdk.CreateRepositoryCommand({ repositoryName: await name() });
    await expect(at.ecr.client.send(command)).rejects.toThrow(error);
  });

  it('that do not exist are told so, by every operation', async () => {
    const repositoryName = 'nobody';
    for (const command of [
      new sdk.DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }),
      new sdk.DescribeImagesCommand({ repositoryName }),
      new sdk.ListImagesCommand({ repositoryName }),
      new sdk.DeleteRepositoryCommand({ repositoryName }),
      new sdk.BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'x' }] }),
      new sdk.PutImageCommand({ repositoryName, imageManifest: '{}' }),
      new sdk.GetLifecyclePolicyCommand({ repositoryName }),
    ]) {
      await expect(at.ecr.client.send(command as sdk.DescribeImagesCommand)).rejects.toThrow(
        sdk.RepositoryNotFoundException,
      );
    }
  });

  it('with images are deleted by force only', async () => {
    const name = await repository();
    await at.docker.image(name, 'v1');
    const command = (force: boolean) => new sdk.DeleteRepositoryCommand({ repositoryName: name, force });
    await expect(at.ecr.client.send(command(false))).rejects.toThrow(sdk.RepositoryNotEmptyException);
    const { repository: gone } = await at.ecr.client.send(command(true));
    expect(gone?.repositoryName).toBe(name);
  });

  const rule = {
    rulePriority: 1,
    selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 3 },
    action: { type: 'expire' },
  };

  it.each([
    ['what is no JSON', 'expire all'],
    ['no rules', '{}'],
    ['a rule without a selection', JSON.stringify({ rules: [{ ...rule, selection: undefined }] })],
    ['two rules of one priority', JSON.stringify({ rules: [rule, rule] })],
    [
      'tagged images without saying which',
      JSON.stringify({ rules: [{ ...rule, selection: { ...rule.selection, tagStatus: 'tagged' } }] }),
    ],
  ])('refuse a lifecycle policy of %s', async (_what, lifecyclePolicyText) => {
    const repositoryName = await repository();
    const put = (text: string) =>
      at.ecr.client.send(new sdk.PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: text }));
    await expect(put(lifecyclePolicyText)).rejects.toThrow(sdk.InvalidParameterException);
    await put(JSON.stringify({ rules: [rule, { ...rule, rulePriority: 2 }] }));
  });

  it("of another account's registry are not there", async () => {
    const repositoryName = await repository();
    const describe = (registryId: string) =>
      at.ecr.client.send(new sdk.DescribeImagesCommand({ repositoryName, registryId }));
    await expect(describe('999999999999')).rejects.toThrow(
      `The repository with name '${repositoryName}' does not exist in the registry with id '999999999999'`,
    );
    await describe('000000000000');
  });

  it('keep their lifecycle policy word for word', async () => {
    const repositoryName = await repository();
    const get = new sdk.GetLifecyclePolicyCommand({ repositoryName });
    await expect(at.ecr.client.send(get)).rejects.toThrow(sdk.LifecyclePolicyNotFoundException);
    const lifecyclePolicyText = '{"rules": []}';
    await at.ecr.client.send(new sdk.PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
    expect(await at.ecr.client.send(get)).toMatchObject({ lifecyclePolicyText });
    await at.ecr.client.send(new sdk.DeleteLifecyclePolicyCommand({ repositoryName }));
    await expect(at.ecr.client.send(get)).rejects.toThrow(sdk.LifecyclePolicyNotFoundException);
  });

  it.each([
    ['IMMUTABLE_WITH_EXCLUSION', 0],
    ['IMMUTABLE_WITH_EXCLUSION', 6],
    ['IMMUTABLE', 1],
  ] as const)('%s with %d filters is refused', async (imageTagMutability, filters) => {
    const command = new sdk.PutImageTagMutabilityCommand({
      repositoryName: await repository(),
      imageTagMutability,
      imageTagMutabilityExclusionFilters: Array.from({ length: filters }, (_, index) => ({
        filterType: 'WILDCARD' as const,
        filter: `f${index}`,
      })),
    });
    await expect(at.ecr.client.send(command)).rejects.toThrow(sdk.InvalidParameterException);
  });
});

describe('PutImage', () => {
  it('puts a second tag on what BatchGetImage gave, without any pull', async () => {
    const repositoryName = await repository();
    const { digest, text } = await at.docker.image(repositoryName, 'abc123');
    const { images = [] } = await at.ecr.client.send(
      new sdk.BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'abc123' }] }),
    );
    expect(images).toMatchObject([
      {
        imageId: { imageDigest: digest, imageTag: 'abc123' },
        imageManifest: text,
        imageManifestMediaType: manifestType,
      },
    ]);
    const { image } = await at.ecr.client.send(
      new sdk.PutImageCommand({
        repositoryName,
        imageManifest: images[0]?.imageManifest,
        imageManifestMediaType: images[0]?.imageManifestMediaType,
        imageTag: 'latest',
        imageDigest: digest,
      }),
    );
    expect(image?.imageId).toEqual({ imageDigest: digest, imageTag: 'latest' });
    const { imageDetails } = await at.ecr.client.send(new sdk.DescribeImagesCommand({ repositoryName }));
    expect(imageDetails).toHaveLength(1);
    expect(imageDetails?.[0]?.imageTags?.sort()).toEqual(['abc123', 'latest']);
  });

  it('of what is there already is ImageAlreadyExists', async () => {
    const repositoryName = await repository();
    const { text } = await at.docker.image(repositoryName, 'v1');
    for (const tag of [{ imageTag: 'v1' }, {}]) {
      const command = new sdk.PutImageCommand({ repositoryName, imageManifest: text, ...tag });
      await expect(at.ecr.client.send(command)).rejects.toThrow(sdk.ImageAlreadyExistsException);
    }
  });

  it('over an immutable tag is ImageTagAlreadyExists, and the tag stays', async () => {
    const repositoryName = await repository({ imageTagMutability: 'IMMUTABLE' });
    const first = await at.docker.image(repositoryName, 'v1');
    const second = await at.docker.image(repositoryName);
    const command = new sdk.PutImageCommand({ repositoryName, imageManifest: second.text, imageTag: 'v1' });
    await expect(at.ecr.client.send(command)).rejects.toThrow(sdk.ImageTagAlreadyExistsException);
    const { imageDetails } = await at.ecr.client.send(
      new sdk.DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }),
    );
    expect(imageDetails?.[0]?.imageDigest).toBe(first.digest);
  });

  it('under another digest, of missing layers, or of a missing list is refused', async () => {
    const repositoryName = await repository();
    const { text } = await at.docker.image(repositoryName, 'v1');
    const reformatted = JSON.stringify(JSON.parse(text), undefined, 2);
    const elsewhere = text.replaceAll(/sha256:[0-9a-f]{64}/g, sha256('nowhere'));
    const list = JSON.stringify({
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [{ mediaType: manifestType, digest: sha256('absent'), size: 1 }],
    });
    const put = (imageManifest: string, imageDigest?: string) =>
      at.ecr.client.send(
        new sdk.PutImageCommand({
          repositoryName,
          imageManifest,
          imageTag: 'v2',
          ...(imageDigest && { imageDigest }),
        }),
      );
    await expect(put(reformatted, sha256(text))).rejects.toThrow(sdk.ImageDigestDoesNotMatchException);
    await expect(put(elsewhere)).rejects.toThrow(sdk.LayersNotFoundException);
    await expect(put(list)).rejects.toThrow(sdk.ReferencedImagesNotFoundException);
    await expect(put('no manifest')).rejects.toThrow(sdk.InvalidParameterException);
  });
});

describe('images', () => {
  it('that do not exist: DescribeImages is an error, the batch operations report a failure', async () => {
    const repositoryName = await repository();
    await at.docker.image(repositoryName, 'v1');
    const imageIds = [{ imageTag: 'absent' }];
    await expect(
      at.ecr.client.send(new sdk.DescribeImagesCommand({ repositoryName, imageIds })),
    ).rejects.toThrow(sdk.ImageNotFoundException);
    const got = await at.ecr.client.send(new sdk.BatchGetImageCommand({ repositoryName, imageIds }));
    expect(got).toMatchObject({
      images: [],
      failures: [{ imageId: imageIds[0], failureCode: 'ImageNotFound' }],
    });
    const deleted = await at.ecr.client.send(new sdk.BatchDeleteImageCommand({ repositoryName, imageIds }));
    expect(deleted).toMatchObject({ imageIds: [], failures: [{ failureCode: 'ImageNotFound' }] });
    const mismatch = [{ imageTag: 'v1', imageDigest: sha256('other') }];
    const both = await at.ecr.client.send(
      new sdk.BatchGetImageCommand({ repositoryName, imageIds: mismatch }),
    );
    expect(both.failures).toMatchObject([{ failureCode: 'ImageTagDoesNotMatchDigest' }]);
  });

  it('lose a tag when it is deleted, and go with the last one', async () => {
    const repositoryName = await repository();
    const { text, digest } = await at.docker.image(repositoryName, 'one');
    await at.docker.manifest(repositoryName, 'two', text);
    const remove = (imageId: sdk.ImageIdentifier) =>
      at.ecr.client.send(new sdk.BatchDeleteImageCommand({ repositoryName, imageIds: [imageId] }));
    const list = async () =>
      (await at.ecr.client.send(new sdk.ListImagesCommand({ repositoryName }))).imageIds ?? [];
    expect((await remove({ imageTag: 'one' })).imageIds).toEqual([{ imageTag: 'one', imageDigest: digest }]);
    expect(await list()).toEqual([{ imageTag: 'two', imageDigest: digest }]);
    await remove({ imageTag: 'two' });
    expect(await list()).toEqual([]);
  });

  it('go with all their tags when deleted by digest, but not out of an index', async () => {
    const repositoryName = await repository();
    const { text, digest } = await at.docker.image(repositoryName, 'one');
    await at.docker.manifest(repositoryName, 'two', text);
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [{ mediaType: manifestType, digest, size: text.length }],
    });
    await at.docker.manifest(repositoryName, 'all', index, indexType);
    const remove = () =>
      at.ecr.client.send(
        new sdk.BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }),
      );
    expect((await remove()).failures).toMatchObject([{ failureCode: 'ImageReferencedByManifestList' }]);
    await at.ecr.client.send(
      new sdk.BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'all' }] }),
    );
    expect((await remove()).imageIds).toHaveLength(2);
  });

  it('are told apart by whether they have a tag', async () => {
    const repositoryName = await repository();
    const tagged = await at.docker.image(repositoryName, 'v1');
    const untagged = await at.docker.image(repositoryName);
    const digests = async (tagStatus: sdk.TagStatus) => {
      const command = new sdk.DescribeImagesCommand({ repositoryName, filter: { tagStatus } });
      return (await at.ecr.client.send(command)).imageDetails?.map((each) => each.imageDigest);
    };
    expect(await digests('TAGGED')).toEqual([tagged.digest]);
    expect(await digests('UNTAGGED')).toEqual([untagged.digest]);
    expect(await digests('ANY')).toHaveLength(2);
  });

  it('have no scan findings, and none are invented', async () => {
    const repositoryName = await repository();
    await at.docker.image(repositoryName, 'v1');
    const command = new sdk.DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageTag: 'v1' } });
    await expect(at.ecr.client.send(command)).rejects.toThrow(sdk.ScanNotFoundException);
  });
});

describe('a password', () => {
  it('is good for twelve hours at the host that images are named by', async () => {
    const { authorizationData } = await at.ecr.client.send(new sdk.GetAuthorizationTokenCommand({}));
    const [data] = authorizationData ?? [];
    expect(data?.proxyEndpoint).toBe(`http://${at.ecr.host}`);
    const hours = ((data?.expiresAt?.getTime() ?? 0) - Date.now()) / 3_600_000;
    expect(Math.abs(hours - 12)).toBeLessThan(0.01);
  });
});

describe('a restart', () => {
  it('keeps repositories, tags and passwords; the state file holds no password', async () => {
    const name = await repository({ imageTagMutability: 'IMMUTABLE' });
    const { digest } = await at.docker.image(name, 'v1');
    const authorization = await basicAuth(at.ecr.client);
    // No close: a second process over the same file is what follows a kill -9.
    const reborn = await startEcr(at.registry, at.ecr.stateFile);
    try {
      const again = pusher(reborn.host, authorization);
      const pulled = await again.fetch(`/v2/${name}/manifests/v1`);
      expect(pulled.headers.get('docker-content-digest')).toBe(digest);
      const { repositories } = await reborn.client.send(
        new sdk.DescribeRepositoriesCommand({ repositoryNames: [name] }),
      );
      expect(repositories).toMatchObject([
        { imageTagMutability: 'IMMUTABLE', repositoryUri: `${reborn.host}/${name}` },
      ]);
    } finally {
      await reborn.close();
    }
    const { readFile } = await import('node:fs/promises');
    const password = Buffer.from(authorization.slice(6), 'base64').toString().slice(4);
    expect(await readFile(at.ecr.stateFile, 'utf8')).not.toContain(password);
  });
});
