/**
 * Whether the images that a rollback needs are in the registry, and stay there: the plan's repositories with their
 * lifecycle rules. What cannot be looked at is a warning: no release waits or fails for it.
 */
import { isCancelled } from '../aws/abortable.ts';
import { SlipwayError } from '../errors.ts';
import type { GoodRelease } from '../release/environment/good-releases.ts';
import { keptImageWarnings, type NeededImage } from '../release/images/kept-images.ts';
import type { ImagePlan, Plan } from '../release/plan.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { CALLS_AT_ONCE, inParallel } from './in-parallel.ts';
import type { PinnedImage } from './rollback-preflight.ts';

export interface RunningImage extends PinnedImage {
  readonly service: string;
}

/** @param ports whose reads are patient */
export const checkKeptImages = async (
  ports: Pick<DeployPorts, 'registry' | 'now'>,
  plan: Plan,
  good: readonly GoodRelease[],
  running: readonly RunningImage[],
): Promise<readonly string[]> => {
  const needs = plan.images.flatMap((image) => {
    const needed = neededIn(image.repositoryUri, good, running);
    return needed.length === 0 ? [] : [{ image, needed }];
  });
  const looks = await inParallel(needs, CALLS_AT_ONCE, ({ image, needed }) =>
    look(ports, plan, image, needed),
  );
  const blind = looks.flatMap(({ problem }, index) => {
    const name = needs[index]?.image.name;
    return problem === null || name === undefined ? [] : [{ name, problem }];
  });
  return [...looks.flatMap(({ warnings }) => warnings), ...blindLine(blind)];
};

/** What the ledger names, then what else runs. */
const neededIn = (
  repositoryUri: string,
  good: readonly GoodRelease[],
  running: readonly RunningImage[],
): readonly NeededImage[] => {
  const recorded = good.flatMap(({ number, serves, images }) =>
    images
      .filter((image) => image.repositoryUri === repositoryUri)
      .map(({ digest }): NeededImage => ({ digest, of: { kind: 'release', number, serves } })),
  );
  const known = new Set(recorded.map(({ digest }) => digest));
  const others = running
    .filter((image) => image.repositoryUri === repositoryUri && !known.has(image.digest))
    .map(({ digest, service }): NeededImage => ({ digest, of: { kind: 'service', name: service } }));
  return [...recorded, ...others];
};

interface Look {
  readonly warnings: readonly string[];
  /** Why it could not look; null: it could. */
  readonly problem: string | null;
}

const NOTHING: Look = { warnings: [], problem: null };

const look = async (
  { registry, now }: Pick<DeployPorts, 'registry' | 'now'>,
  { commit, services }: Plan,
  { name, repositoryUri, movesLatest }: ImagePlan,
  needed: readonly NeededImage[],
): Promise<Look> => {
  try {
    const policy = await registry.lifecyclePolicy(repositoryUri);
    // That what runs is there has been looked at already.
    if (policy === null && needed.every(({ of }) => of.kind === 'service')) return NOTHING;
    const stored = await registry.listImages(repositoryUri);
    if (stored === null) return { warnings: [], problem: 'there are too many images in it' };
    const goesBack = services.some(({ taskDefinition }) => taskDefinition !== undefined);
    const push = { sha: goesBack ? null : commit.sha, movesLatest };
    return {
      warnings: keptImageWarnings({ image: name, policy, stored, needed }, push, now()),
      problem: null,
    };
  } catch (error) {
    if (isCancelled(error) || !(error instanceof SlipwayError)) throw error;
    return { warnings: [], problem: error.message };
  }
};

/** One line for all: the permission is most often missing for each of them. */
const blindLine = (
  blind: readonly { readonly name: string; readonly problem: string }[],
): readonly string[] => {
  const [first] = blind;
  if (!first) return [];
  const names = blind.map(({ name }) => name).join(', ');
  return [`not known whether the images stay that a rollback needs (${names}): ${first.problem}`];
};
