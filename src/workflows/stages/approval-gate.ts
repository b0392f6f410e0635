/** Where an environment asks for it, a person has to say yes before anything is prepared or changed. */
import type { Plan } from '../../release/plan.ts';
import type { OperatorDesk } from '../desks/operator-desk.ts';
import { ReleaseFailure } from '../release-failure.ts';
import type { StepBoard } from '../telling/step-board.ts';

export const awaitApproval = async (
  { approval }: Plan,
  board: StepBoard,
  desk: OperatorDesk,
): Promise<void> => {
  if (!approval) {
    await desk.approved(undefined);
    return;
  }
  await board.run('approve', async () => {
    if (await desk.approved(approval.deadlineMs)) return;
    const minutes = Math.round(approval.deadlineMs / 60_000);
    throw new ReleaseFailure('approval-expired', 'approve', `nobody approved it within ${minutes} min`);
  });
};
