/**
 * The next task definition of a service: everything of the base is kept, only the image of the named containers
 * and our own tags are ours. Fields that only a registered task definition has are dropped by asking the SDK's
 * own schema what RegisterTaskDefinition takes – a new AWS field must not break us (facts 2, row 9).
 */
import {
  type RegisterTaskDefinitionCommandInput,
  RegisterTaskDefinitionRequest$,
  type Tag,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import { NormalizedSchema } from '@smithy/core/schema';

/** Tags that Slipway sets on task definitions; all others are copied from the base. */
export const TAG = {
  release: 'slipway:release',
  service: 'slipway:service',
  commit: 'slipway:commit',
  pinnedFrom: 'slipway:pinned-from',
  /** A family may serve several environments: whose revision it is. */
  app: 'slipway:app',
  environment: 'slipway:environment',
} as const;

const OUR_TAGS: ReadonlySet<string> = new Set(Object.values(TAG));

/** Those that RegisterTaskDefinition takes. */
export const registerFields: ReadonlySet<string> = new Set(
  [...NormalizedSchema.of(RegisterTaskDefinitionRequest$).structIterator()].map(([name]) => name),
);

export interface NextTaskDefinition {
  readonly base: TaskDefinition;
  readonly baseTags: readonly Tag[];
  /** Container name → `repository@sha256:…`. */
  readonly images: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export const nextTaskDefinition = (next: NextTaskDefinition): RegisterTaskDefinitionCommandInput => {
  const kept = Object.fromEntries(
    Object.entries(next.base).filter(([field, value]) => registerFields.has(field) && value !== undefined),
  );
  const containerDefinitions = (next.base.containerDefinitions ?? []).map((container) => {
    const image = container.name === undefined ? undefined : next.images[container.name];
    return image === undefined ? container : { ...container, image };
  });
  const foreignTags = next.baseTags.filter(({ key }) => key !== undefined && isForeign(key));
  const ourTags = Object.entries(next.tags).map(([key, value]) => ({ key, value }));
  return {
    ...kept,
    family: next.base.family,
    containerDefinitions,
    tags: [...foreignTags, ...ourTags],
  };
};

/** Tags of CloudFormation and its like (`aws:…`) are read, but nobody else may write them: the call would be refused. */
const isForeign = (key: string): boolean => !OUR_TAGS.has(key) && !/^aws:/i.test(key);

export const tagValue = (tags: readonly Tag[], key: string): string | undefined =>
  tags.find((tag) => tag.key === key)?.value;

/** Named by digest, so that it means the same image for ever. */
export const isPinned = (image: string): boolean => /@sha256:[0-9a-f]{64}$/.test(image);

/** `repo:tag` or `repo@digest` → `repo@<digest>`. */
export const pinTo = (image: string, digest: string): string =>
  `${readImageName(image).repositoryUri}@${digest}`;

/** `repo[:tag][@digest]` apart: the digest counts where both are named, as in Docker. A port in the host is no tag. */
export const readImageName = (
  image: string,
): { readonly repositoryUri: string; readonly reference: string } => {
  const at = image.indexOf('@');
  const bare = at === -1 ? image : image.slice(0, at);
  const colon = bare.indexOf(':', bare.lastIndexOf('/') + 1);
  const repositoryUri = colon === -1 ? bare : bare.slice(0, colon);
  if (at !== -1) return { repositoryUri, reference: image.slice(at + 1) };
  return { repositoryUri, reference: colon === -1 ? 'latest' : bare.slice(colon + 1) };
};
