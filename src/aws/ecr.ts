/**
 * The part of ECR that builds and releases need: repositories, tags, a login, and moving a tag without pulling.
 * Clients are made with `maxAttempts: 1`; errors come mapped (errors.ts).
 */
import {
  BatchGetImageCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  type ECRClient,
  GetAuthorizationTokenCommand,
  GetLifecyclePolicyCommand,
  type ImageDetail,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { RefusedByServiceError } from '../errors.ts';
import { matchesWildcard, type StoredImage } from '../release/images/lifecycle-rules.ts';
import { abortable } from './abortable.ts';
import { callAws } from './errors.ts';
import type { RegistryCredentials } from './registry.ts';

export interface EcrRepository {
  readonly name: string;
  /** `<registry host>/<name>`. */
  readonly uri: string;
  /** `MUTABLE`, `IMMUTABLE`, or one of both `…_WITH_EXCLUSION`. */
  readonly mutability: string;
  /** Wildcard filters (`*`) of tags that the mutability does not hold for. */
  readonly exclusions: readonly string[];
}

export interface Ecr {
  /** Null when there is no such repository. */
  findRepository(name: string): Promise<EcrRepository | null>;
  /** Digest that the tag names, or null. */
  findTag(name: string, tag: string): Promise<string | null>;
  /** By digest or tag; false also where there is no such repository. */
  hasImage(name: string, reference: string): Promise<boolean>;
  /** Its JSON; null where there is none. */
  lifecyclePolicy(name: string): Promise<string | null>;
  /** All that is stored, archived images among them; null where that is more than can be looked through. */
  listImages(name: string): Promise<readonly StoredImage[] | null>;
  /** Digests that the tags name; those that name none are left out. At most 100 tags. */
  findTags(name: string, tags: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** A password for the registry, good for 12 hours at most: ask again for each push. */
  login(): Promise<RegistryCredentials>;
  /** Points the tag at the digest, with the manifest exactly as it is stored. Harmless when it does so already. */
  moveTag(name: string, digest: string, tag: string): Promise<void>;
}

/** DescribeImages gives 1,000 at most: a repository may hold 100,000 images, and a plan does not wait for all. */
const IMAGES_PER_PAGE = 1_000;
const IMAGE_PAGES = 20;

/** Without all four, ECR may convert an index or hand out another manifest (facts/ecs-deployers.md 3.10). */
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

export const createEcr = (client: ECRClient): Ecr => ({
  async findRepository(name) {
    const answer = await orNull('RepositoryNotFoundException', () =>
      callAws('ecr:DescribeRepositories', () =>
        client.send(new DescribeRepositoriesCommand({ repositoryNames: [name] })),
      ),
    );
    const found = answer?.repositories?.[0];
    if (!found?.repositoryUri) return null;
    return {
      name,
      uri: found.repositoryUri,
      mutability: found.imageTagMutability ?? 'MUTABLE',
      exclusions: (found.imageTagMutabilityExclusionFilters ?? []).flatMap(({ filter }) =>
        filter ? [filter] : [],
      ),
    };
  },

  async findTag(name, tag) {
    const answer = await orNull('ImageNotFoundException', () =>
      callAws('ecr:DescribeImages', () =>
        client.send(new DescribeImagesCommand({ repositoryName: name, imageIds: [{ imageTag: tag }] })),
      ),
    );
    return answer?.imageDetails?.[0]?.imageDigest ?? null;
  },

  async hasImage(name, reference) {
    const imageId = reference.startsWith('sha256:') ? { imageDigest: reference } : { imageTag: reference };
    const answer = await orNull('RepositoryNotFoundException', () =>
      orNull('ImageNotFoundException', () =>
        callAws('ecr:DescribeImages', () =>
          client.send(new DescribeImagesCommand({ repositoryName: name, imageIds: [imageId] })),
        ),
      ),
    );
    return (answer?.imageDetails ?? []).length > 0;
  },

  async lifecyclePolicy(name) {
    const answer = await orNull('LifecyclePolicyNotFoundException', () =>
      callAws('ecr:GetLifecyclePolicy', () =>
        client.send(new GetLifecyclePolicyCommand({ repositoryName: name }), abortable()),
      ),
    );
    return answer?.lifecyclePolicyText ?? null;
  },

  async listImages(name) {
    const found: StoredImage[] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < IMAGE_PAGES; page += 1) {
      const answer = await callAws('ecr:DescribeImages', () =>
        client.send(
          new DescribeImagesCommand({
            repositoryName: name,
            filter: { imageStatus: 'ANY' },
            maxResults: IMAGES_PER_PAGE,
            nextToken,
          }),
          abortable(),
        ),
      );
      found.push(...(answer.imageDetails ?? []).map(toStoredImage));
      nextToken = answer.nextToken;
      if (!nextToken) return found;
    }
    return null;
  },

  async findTags(name, tags) {
    const { images } = await callAws('ecr:BatchGetImage', () =>
      client.send(
        new BatchGetImageCommand({
          repositoryName: name,
          imageIds: tags.map((imageTag) => ({ imageTag })),
          acceptedMediaTypes: MANIFEST_TYPES,
        }),
      ),
    );
    return new Map(
      (images ?? []).flatMap(({ imageId }) =>
        imageId?.imageTag && imageId.imageDigest ? [[imageId.imageTag, imageId.imageDigest]] : [],
      ),
    );
  },

  async login() {
    const { authorizationData } = await callAws('ecr:GetAuthorizationToken', () =>
      client.send(new GetAuthorizationTokenCommand({})),
    );
    const token = authorizationData?.[0]?.authorizationToken;
    const [username, password] = Buffer.from(token ?? '', 'base64')
      .toString('utf8')
      .split(':', 2);
    if (!username || !password)
      throw new RefusedByServiceError('ECR gave an authorization token that is none');
    return { username, password };
  },

  async moveTag(name, digest, tag) {
    const { images } = await callAws('ecr:BatchGetImage', () =>
      client.send(
        new BatchGetImageCommand({
          repositoryName: name,
          imageIds: [{ imageDigest: digest }],
          acceptedMediaTypes: MANIFEST_TYPES,
        }),
      ),
    );
    const image = images?.[0];
    if (!image?.imageManifest) {
      throw new RefusedByServiceError(
        `${tag} of ${name} cannot move to ${digest}: ECR does not have that image`,
        {
          advice: 'a lifecycle rule may have removed it; the tag stays where it is',
        },
      );
    }
    const { imageManifest, imageManifestMediaType } = image;
    // The manifest goes back to the letter: parsed and written again it would be another digest.
    await orNull('ImageAlreadyExistsException', () =>
      callAws('ecr:PutImage', () =>
        client.send(
          new PutImageCommand({
            repositoryName: name,
            imageManifest,
            imageManifestMediaType,
            imageTag: tag,
            imageDigest: digest,
          }),
        ),
      ),
    );
  },
});

const toStoredImage = (image: ImageDetail): StoredImage => ({
  digest: image.imageDigest ?? '',
  tags: image.imageTags ?? [],
  pushedAtMs: image.imagePushedAt?.getTime() ?? 0,
  pulledAtMs: image.lastRecordedPullTime?.getTime() ?? null,
  archivedAtMs: image.lastArchivedAt?.getTime() ?? null,
  activatedAtMs: image.lastActivatedAt?.getTime() ?? null,
  isArchived: image.imageStatus !== undefined && image.imageStatus !== 'ACTIVE',
});

/** Whether `tag` may be moved in the repository. */
export const mayMove = ({ mutability, exclusions }: EcrRepository, tag: string): boolean => {
  const excluded = exclusions.some((filter) => matchesWildcard(filter, tag));
  return mutability.startsWith('IMMUTABLE') ? excluded : !excluded;
};

/** Some answers of ECR come as errors: "not found", "there already". */
const orNull = async <T>(errorName: string, call: () => Promise<T>): Promise<T | null> => {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Error && error.cause instanceof Error && error.cause.name === errorName) return null;
    throw error;
  }
};
