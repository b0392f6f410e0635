/** `latest` moves last, and is a label for people: failing to move it is a warning on a healthy release, not its end. */
import { isCancellation } from '@temporalio/workflow';
import type { LatestTag } from '../activities/contract.ts';
import type { ClaimedPlan } from '../release/plan.ts';
import type { ImageReport } from '../release/verdict.ts';
import { toDigests } from './build-stage.ts';
import type { Compensation } from './compensation.ts';
import { deploysOf } from './proxies.ts';
import { causeOf } from './release-failure.ts';
import type { StepBoard } from './step-board.ts';

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
  try {
    await board.run('promote', () => deploysOf(plan).moveLatest({ images: movable }));
    return [];
  } catch (error) {
    if (isCancellation(error)) throw error;
    return [`\`latest\` was not moved: ${causeOf(error, 'promote').summary}`];
  }
};
