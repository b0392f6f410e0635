/**
 * Looks, before anything is built, at what a rollback of a service would restore: its task definition, the images
 * by digest, the secrets. Reads only. What prepareRollout records later is decided by the same `knowBaseline`.
 */
import type { Service, TaskDefinition } from '@aws-sdk/client-ecs';
import { toServiceView } from '../aws/ecs-views.ts';
import { isPinned, readImageName } from '../aws/task-definition.ts';
import { RefusedByServiceError } from '../errors.ts';
import type { RollbackTarget } from '../release/joining/rollback-target.ts';
import { findBaseline } from '../release/judging/baseline.ts';
import type { ReleaseSpec } from '../release/plan.ts';
import { shortArn } from '../release/short-arn.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { knowBaseline } from './known-baseline.ts';
import type { CheckSecrets } from './secret-check.ts';
import type { DescribeTaskDefinition } from './task-definition-base.ts';

export interface PreflightParts {
  readonly ports: Pick<DeployPorts, 'ecs' | 'registry' | 'now'>;
  readonly spec: Pick<ReleaseSpec, 'cluster' | 'timing'>;
  /** Hosts of the registry that the release pushes to: only there images can be looked up. */
  readonly registryHosts: ReadonlySet<string>;
  readonly describe: DescribeTaskDefinition;
  readonly checkSecrets: CheckSecrets;
}

/** `unknownSecrets` are a warning of their own: the permission to look may be missing. */
export interface Preflight extends RollbackTarget {
  readonly unknownSecrets: readonly string[];
  /** By digest, as far as that is known. */
  readonly images: readonly PinnedImage[];
}

export interface PinnedImage {
  readonly repositoryUri: string;
  readonly digest: string;
}

const nothing = (problems: readonly string[], notes: readonly string[] = []): Preflight => ({
  taskDefinition: null,
  problems,
  notes,
  unchecked: [],
  unknownSecrets: [],
  images: [],
});

export const preflightRollback = async (parts: PreflightParts, service: Service): Promise<Preflight> => {
  const { ports, spec } = parts;
  const finding = findBaseline(toServiceView(service), ports.now(), spec.timing.stallTimeoutMs);
  if (finding.kind === 'busy') {
    return nothing([], ["what a rollback restores is decided when somebody else's deployment has ended"]);
  }
  const known = await knowBaseline(ports.ecs, spec.cluster, service, finding);
  if (known.kind === 'none') return nothing([`nothing to go back to: ${known.why}`]);
  const arn = known.taskDefinition;
  let definition: TaskDefinition;
  try {
    definition = (await parts.describe(arn)).taskDefinition;
  } catch (error) {
    if (!(error instanceof RefusedByServiceError)) throw error;
    return nothing([`its task definition ${shortArn(arn)} cannot be read: ${error.message}`]);
  }
  // ECS refuses to move a service to it: prepareRollout registers a copy.
  const isInactive = (definition.status ?? 'ACTIVE') !== 'ACTIVE';
  const images = await checkImages(parts, known.digests, definition);
  const secrets = await parts.checkSecrets(definition, service.serviceArn ?? '');
  return {
    taskDefinition: arn,
    problems: [...images.problems, ...secrets.missing],
    notes: isInactive
      ? [`${shortArn(arn)} is ${definition.status}, so a rollback restores a copy of it`]
      : [],
    unchecked: [...images.unchecked, ...secrets.unknown],
    unknownSecrets: secrets.unknown,
    images: images.pinned,
  };
};

/** Of a task definition: which of its images are gone, and which cannot be looked up. */
export const checkImages = async (
  { ports, registryHosts }: PreflightParts,
  digestsOf: () => Promise<ReadonlyMap<string, string>>,
  definition: TaskDefinition,
): Promise<Pick<RollbackTarget, 'problems' | 'unchecked'> & { readonly pinned: readonly PinnedImage[] }> => {
  const problems: string[] = [];
  const unchecked: string[] = [];
  const pinned: PinnedImage[] = [];
  const containers = definition.containerDefinitions ?? [];
  // ECS resolves tags anew for each deployment: what counts is the digest that it runs now.
  const digests = containers.every(({ image = '' }) => isPinned(image))
    ? new Map<string, string>()
    : await digestsOf();
  for (const { name = '', image = '' } of containers) {
    const { repositoryUri, reference } = readImageName(image);
    const digest = isPinned(image) ? reference : digests.get(name);
    if (digest !== undefined) pinned.push({ repositoryUri, digest });
    const shown = digest === undefined ? image : `${repositoryUri}@${digest}`;
    const what = `image ${shown} of container ${name}`;
    if (!registryHosts.has(repositoryUri.split('/', 1)[0] ?? '')) {
      unchecked.push(`${what}: it is in another registry`);
      continue;
    }
    const found = await ports.registry.has(repositoryUri, digest ?? reference);
    if (found === null) unchecked.push(`${what}: this worker may not look into the repository`);
    else if (!found) problems.push(`${what} is gone from the registry`);
    else if (digest === undefined) {
      unchecked.push(`${what}: ECS does not say which digest it runs of it`);
    }
  }
  return { problems, unchecked, pinned };
};
