/** The watch after the health checks: alarms and log patterns of the new version, for as long as the plan says. */
import type { Rollout } from '../../activities/contracts/rollout.ts';
import type { BakePlan, ClaimedPlan } from '../../release/plan.ts';
import { deploysOf } from '../pools/deploy.ts';
import { ReleaseFailure } from '../release-failure.ts';
import type { StepBoard } from '../telling/step-board.ts';

/** @param onWatched gets what was watched and seen, also when it ends in a breach. */
export const bakeRelease = async (
  plan: ClaimedPlan,
  bake: BakePlan,
  rollouts: readonly Rollout[],
  board: StepBoard,
  onWatched: (lines: readonly string[]) => void,
): Promise<void> => {
  const { cluster, timing } = plan;
  const services = rollouts.map(({ name, service, taskDefinition, deploymentId }) => ({
    name,
    service,
    taskDefinition,
    deploymentId,
  }));
  const { pollIntervalMs } = timing;
  await board.run('bake', async () => {
    const { breaches, watched } = await deploysOf(plan).watchBake({
      cluster,
      bake,
      pollIntervalMs,
      services,
    });
    onWatched(watched);
    if (breaches.length === 0) return;
    const summary = breaches.map((breach) => breach.summary).join('; ');
    const evidence = breaches.flatMap((breach) => breach.evidence);
    throw new ReleaseFailure('bake-breach', 'bake', summary, evidence);
  });
};
