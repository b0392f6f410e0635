/**
 * Labels move last: `latest`, and the tags that keep the images of the last good releases from lifecycle rules. Failing
 * to move one is a warning on a healthy release, not its end.
 */
import { isCancellation } from '@temporalio/workflow';
import type { LatestTag } from '../../activities/contracts/rollout.ts';
import { slotsFor } from '../../release/images/keep-tags.ts';
import type { ClaimedPlan, KeepPlan } from '../../release/plan.ts';
import type { ImageReport } from '../../release/verdict.ts';
import { looksBack } from '../pools/control.ts';
import { deploysOf } from '../pools/deploy.ts';
import { causeOf } from '../release-failure.ts';
import type { StepBoard } from '../telling/step-board.ts';
import type { Compensation } from '../way-back/compensation.ts';
import { toDigests } from './build-stage.ts';
import { goodReleases } from './good-releases.ts';

/** @param before where `latest` points now. Returns warnings. */
export const promote = async (
  plan: ClaimedPlan,
  images: readonly ImageReport[],
  before: readonly LatestTag[],
  board: StepBoard,
  compensation: Compensation,
): Promise<readonly string[]> => {
  const fixed = plan.images.filter((image) => !image.movesLatest).map((image) => image.name);
  const movable = toDigests(images.filter((image) => !fixed.includes(image.name)));
  compensation.willMoveLatest(before);
  const { keep } = plan;
  const labels = [
    { trouble: '`latest` was not moved', move: () => deploysOf(plan).moveLatest({ images: movable }) },
    ...(keep?.tag
      ? [{ trouble: 'the images were not protected', move: () => tagKept(plan, keep, images) }]
      : []),
  ];
  const warnings: string[] = [];
  try {
    await board.run('promote', () => moveAll(labels, warnings));
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
  return warnings;
};

interface Label {
  readonly trouble: string;
  readonly move: () => Promise<void>;
}

/** One that cannot be moved keeps no other from its turn; the first error is thrown when all have had theirs. */
const moveAll = async (labels: readonly Label[], warnings: string[]): Promise<void> => {
  const errors: unknown[] = [];
  for (const { trouble, move } of labels) {
    try {
      await move();
    } catch (error) {
      if (isCancellation(error)) throw error;
      errors.push(error);
      warnings.push(`${trouble}: ${causeOf(error, 'promote').summary}`);
    }
  }
  if (errors.length > 0) throw errors[0];
};

/** What has succeeded while this release waited for its turn counts as well. */
const tagKept = async (plan: ClaimedPlan, keep: KeepPlan, images: readonly ImageReport[]): Promise<void> => {
  const { environment } = plan;
  const good = await goodReleases(plan, looksBack);
  const earlier = good.flatMap((release) => release.images);
  const tagged = plan.images.flatMap(({ name, repositoryUri, isTagged }) => {
    const own = images.find((image) => image.name === name)?.digest;
    if (!isTagged || own === undefined) return [];
    const before = earlier.filter((image) => image.repositoryUri === repositoryUri);
    return [{ image: name, repositoryUri, digests: [own, ...before.map(({ digest }) => digest)] }];
  });
  if (tagged.length === 0) return;
  await deploysOf(plan).tagKept({ environment, images: tagged, slots: slotsFor(keep.releases) });
};
