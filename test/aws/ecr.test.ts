import { ECRClient } from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createEcr, type Ecr, mayMove } from '../../src/aws/ecr.ts';
import { createImageRegistry } from '../../src/aws/image-registry.ts';
import { type HttpFixture, serve } from './http-fixture.ts';

type Body = Record<string, unknown>;

let answers: Record<string, Body>;
let requests: { operation: string; body: Body }[];
let server: HttpFixture;
let client: ECRClient;
let ecr: Ecr;

beforeEach(async () => {
  answers = {};
  requests = [];
  server = await serve(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    requests.push({ operation, body: JSON.parse(text) as Body });
    const answer = answers[operation] ?? { __type: 'ServerException' };
    response.writeHead('__type' in answer ? 400 : 200).end(JSON.stringify(answer));
  });
  client = new ECRClient({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  ecr = createEcr(client);
});
afterEach(async () => {
  client.destroy();
  await server.close();
});

describe('createEcr', () => {
  it('finds a repository with what its tags may do', async () => {
    answers.DescribeRepositories = {
      repositories: [
        {
          repositoryUri: 'host/app/web',
          imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
          imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'latest' }],
        },
      ],
    };
    expect(await ecr.findRepository('app/web')).toEqual({
      name: 'app/web',
      uri: 'host/app/web',
      mutability: 'IMMUTABLE_WITH_EXCLUSION',
      exclusions: ['latest'],
    });
  });

  it('says null of what is not there, and throws what is refused', async () => {
    answers.DescribeRepositories = { __type: 'RepositoryNotFoundException' };
    answers.DescribeImages = { __type: 'ImageNotFoundException' };
    expect(await ecr.findRepository('none')).toBeNull();
    expect(await ecr.findTag('app', 'tag')).toBeNull();
    answers.DescribeImages = { __type: 'AccessDeniedException' };
    await expect(ecr.findTag('app', 'tag')).rejects.toMatchObject({ type: 'RefusedByService' });
  });

  it.each([
    ['sha256:d', { imageDigest: 'sha256:d' }],
    ['v1', { imageTag: 'v1' }],
  ])('looks for the image %s by what it is', async (reference, imageId) => {
    answers.DescribeImages = { imageDetails: [{ imageDigest: 'sha256:d' }] };
    expect(await ecr.hasImage('app', reference)).toBe(true);
    expect(requests).toEqual([
      { operation: 'DescribeImages', body: { repositoryName: 'app', imageIds: [imageId] } },
    ]);
  });

  it.each<[string, boolean | null]>([
    ['ImageNotFoundException', false],
    ['RepositoryNotFoundException', false],
    ['AccessDeniedException', null],
  ])('an image that ECR answers %s for: there %s', async (__type, there) => {
    answers.DescribeImages = { __type };
    expect(await createImageRegistry(ecr).has('host/app', 'sha256:d')).toBe(there);
  });

  it('knows where `latest` points, and that it points nowhere', async () => {
    const registry = createImageRegistry(ecr);
    answers.DescribeImages = { imageDetails: [{ imageDigest: 'sha256:d' }] };
    expect(await registry.latestOf('host/shop/app')).toBe('sha256:d');
    expect(requests[0]?.body).toEqual({ repositoryName: 'shop/app', imageIds: [{ imageTag: 'latest' }] });
    answers.DescribeImages = { __type: 'ImageNotFoundException' };
    expect(await registry.latestOf('host/shop/app')).toBeNull();
  });

  it('says why a tag cannot move to an image that is gone, and moves nothing', async () => {
    answers.BatchGetImage = { images: [], failures: [{ failureCode: 'ImageNotFound' }] };
    await expect(ecr.moveTag('app', 'sha256:d', 'latest')).rejects.toMatchObject({
      type: 'RefusedByService',
      message: 'latest of app cannot move to sha256:d: ECR does not have that image',
    });
    expect(requests.map(({ operation }) => operation)).toEqual(['BatchGetImage']);
  });

  it('finds the digest of a tag', async () => {
    answers.DescribeImages = { imageDetails: [{ imageDigest: 'sha256:d' }] };
    expect(await ecr.findTag('app', 'tag')).toBe('sha256:d');
    expect(requests[0]?.body).toEqual({ repositoryName: 'app', imageIds: [{ imageTag: 'tag' }] });
  });

  it('takes user and password out of the token', async () => {
    answers.GetAuthorizationToken = {
      authorizationData: [{ authorizationToken: Buffer.from('AWS:secret').toString('base64') }],
    };
    expect(await ecr.login()).toEqual({ username: 'AWS', password: 'secret' });
    answers.GetAuthorizationToken = { authorizationData: [{ authorizationToken: 'x' }] };
    await expect(ecr.login()).rejects.toMatchObject({ type: 'RefusedByService' });
  });

  it('moves a tag with the manifest to the letter', async () => {
    const imageManifest = '{ "schemaVersion":2,\n   "odd" : "spacing" }';
    answers.BatchGetImage = { images: [{ imageManifest, imageManifestMediaType: 'type' }] };
    answers.PutImage = { image: {} };
    await ecr.moveTag('app', 'sha256:d', 'latest');
    expect(requests[0]?.body.acceptedMediaTypes).toHaveLength(4);
    expect(requests[1]).toEqual({
      operation: 'PutImage',
      body: {
        repositoryName: 'app',
        imageManifest,
        imageManifestMediaType: 'type',
        imageTag: 'latest',
        imageDigest: 'sha256:d',
      },
    });
  });

  it('is content when the tag is there already, and says so when it may not move or the image is gone', async () => {
    answers.BatchGetImage = { images: [{ imageManifest: '{}' }] };
    answers.PutImage = { __type: 'ImageAlreadyExistsException' };
    await ecr.moveTag('app', 'sha256:d', 'latest');
    answers.PutImage = { __type: 'ImageTagAlreadyExistsException' };
    await expect(ecr.moveTag('app', 'sha256:d', 'latest')).rejects.toMatchObject({
      type: 'RefusedByService',
    });
    answers.BatchGetImage = { images: [], failures: [{}] };
    await expect(ecr.moveTag('app', 'sha256:d', 'latest')).rejects.toMatchObject({
      type: 'RefusedByService',
    });
  });
});

describe('what becomes of images', () => {
  it('is said by a policy, or by none', async () => {
    answers.GetLifecyclePolicy = { lifecyclePolicyText: '{"rules":[]}' };
    const registry = createImageRegistry(ecr);
    expect(await registry.lifecyclePolicy('host/shop/app')).toBe('{"rules":[]}');
    expect(requests).toEqual([{ operation: 'GetLifecyclePolicy', body: { repositoryName: 'shop/app' } }]);
    answers.GetLifecyclePolicy = { __type: 'LifecyclePolicyNotFoundException' };
    expect(await registry.lifecyclePolicy('host/shop/app')).toBeNull();
    answers.GetLifecyclePolicy = { __type: 'AccessDeniedException' };
    await expect(registry.lifecyclePolicy('host/shop/app')).rejects.toMatchObject({
      type: 'RefusedByService',
      advice: expect.stringContaining('ecr:GetLifecyclePolicy'),
    });
  });

  it('is seen in a list of all, archived ones among them', async () => {
    answers.DescribeImages = {
      imageDetails: [
        { imageDigest: 'sha256:a', imageTags: ['v1', 'latest'], imagePushedAt: 5, imageStatus: 'ACTIVE' },
        {
          imageDigest: 'sha256:b',
          imagePushedAt: 1,
          lastRecordedPullTime: 2,
          lastArchivedAt: 4,
          lastActivatedAt: 3,
          imageStatus: 'ARCHIVED',
        },
      ],
    };
    expect(await createImageRegistry(ecr).listImages('host/shop/app')).toEqual([
      {
        digest: 'sha256:a',
        tags: ['v1', 'latest'],
        pushedAtMs: 5_000,
        pulledAtMs: null,
        archivedAtMs: null,
        activatedAtMs: null,
        isArchived: false,
      },
      {
        digest: 'sha256:b',
        tags: [],
        pushedAtMs: 1_000,
        pulledAtMs: 2_000,
        archivedAtMs: 4_000,
        activatedAtMs: 3_000,
        isArchived: true,
      },
    ]);
    expect(requests[0]?.body).toEqual({
      repositoryName: 'shop/app',
      filter: { imageStatus: 'ANY' },
      maxResults: 1_000,
    });
  });

  it('is not looked for without end: of more than 20 pages there is no list', async () => {
    const endless = { imageDetails: [{ imageDigest: 'sha256:a' }], nextToken: 'more' };
    answers.DescribeImages = endless;
    expect(await ecr.listImages('app')).toBeNull();
    expect(requests).toHaveLength(20);
    expect(requests[1]?.body.nextToken).toBe('more');
  });
});

describe('many tags at once', () => {
  it('are found in one question; those that name nothing are left out', async () => {
    answers.BatchGetImage = {
      images: [{ imageId: { imageTag: 'keep-1', imageDigest: 'sha256:a' }, imageManifest: '{}' }],
      failures: [{ imageId: { imageTag: 'keep-2' }, failureCode: 'ImageNotFound' }],
    };
    const found = await createImageRegistry(ecr).findTags('host/shop/app', ['keep-1', 'keep-2']);
    expect(found).toEqual(new Map([['keep-1', 'sha256:a']]));
    expect(requests).toHaveLength(1);
    expect(requests[0]?.body.imageIds).toEqual([{ imageTag: 'keep-1' }, { imageTag: 'keep-2' }]);
  });
});

describe('the tags that protect images', () => {
  it.each<[string, string[], boolean, boolean]>([
    ['MUTABLE', [], true, true],
    ['IMMUTABLE', [], false, false],
    ['IMMUTABLE_WITH_EXCLUSION', ['slipway-keep-*'], false, true],
    ['IMMUTABLE_WITH_EXCLUSION', ['slipway-keep-production-*'], false, true],
    ['IMMUTABLE_WITH_EXCLUSION', ['slipway-keep-staging-*', 'latest'], true, false],
  ])(
    'in a repository that is %s except %j',
    async (imageTagMutability, filters, movesLatest, movesKeepTags) => {
      const imageTagMutabilityExclusionFilters = filters.map((filter) => ({
        filterType: 'WILDCARD',
        filter,
      }));
      answers.DescribeRepositories = {
        repositories: [{ repositoryUri: 'host/app', imageTagMutability, imageTagMutabilityExclusionFilters }],
      };
      expect(await createImageRegistry(ecr).findRepository('app', 'production')).toEqual({
        uri: 'host/app',
        movesLatest,
        movesKeepTags,
      });
    },
  );
});

describe('mayMove', () => {
  it.each<[string, string[], string, boolean]>([
    ['MUTABLE', [], 'latest', true],
    ['IMMUTABLE', [], 'latest', false],
    ['IMMUTABLE_WITH_EXCLUSION', ['latest'], 'latest', true],
    ['IMMUTABLE_WITH_EXCLUSION', ['dev-*'], 'latest', false],
    ['IMMUTABLE_WITH_EXCLUSION', ['la*t'], 'latest', true],
    ['IMMUTABLE_WITH_EXCLUSION', ['l.test'], 'latest', false],
    ['MUTABLE_WITH_EXCLUSION', ['latest'], 'latest', false],
    ['MUTABLE_WITH_EXCLUSION', ['v*'], 'latest', true],
  ])('%s except %j: %s may move: %s', (mutability, exclusions, tag, expected) => {
    expect(mayMove({ name: 'a', uri: 'h/a', mutability, exclusions }, tag)).toBe(expected);
  });
});
