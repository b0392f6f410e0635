/**
 * Images that another environment has verified: the very same ones, copied to the byte where its registry is another
 * one. They were tested and built there, so that nothing of that happens here.
 */
import type { ImageDigest, ImagePlan, Plan } from '../../release/plan.ts';
import type { ImageReport } from '../../release/verdict.ts';
import { copiesOf } from '../pools/deploy.ts';
import type { StepBoard } from '../telling/step-board.ts';

/** Undefined: that environment has not brought this image, or nothing is promoted. */
export const verifiedImage = ({ promotion }: Plan, { name }: ImagePlan): ImageDigest | undefined =>
  promotion?.images.find(({ image }) => image === name);

/** As people read it beside what is skipped. */
export const verifiedBy = ({ promotion }: Plan): string | undefined =>
  promotion && `verified by release ${promotion.number} of ${promotion.environment}`;

export const announceVerified = (
  plan: Plan,
  { name, architecture, repositoryUri }: ImagePlan,
  verified: ImageDigest,
  board: StepBoard,
): void => {
  board.skip(board.announce('build', name, architecture), verifiedBy(plan));
  if (isElsewhere(verified, repositoryUri)) board.announce('copy', name, architecture);
  else board.skip(board.announce('push', name, architecture), 'it is in the registry already');
};

export const bringVerified = async (
  plan: Plan,
  { name, repositoryUri }: ImagePlan,
  verified: ImageDigest,
  board: StepBoard,
): Promise<ImageReport> => {
  const { architecture, digest, repositoryUri: from } = verified;
  if (isElsewhere(verified, repositoryUri)) {
    await board.run(
      `copy:${name}`,
      () => copiesOf(plan).copyImage({ image: name, from, to: repositoryUri, digest, tag: plan.commit.sha }),
      ({ uploaded }) => ({ detail: uploaded === 0 ? `${digest}, was there already` : digest }),
    );
  }
  return { name, architecture, repositoryUri, digest, reused: true };
};

const isElsewhere = (verified: ImageDigest, repositoryUri: string): boolean =>
  verified.repositoryUri !== repositoryUri;
