/** An environment that takes only what another one has verified: asked for when the plan is made, and at the turn. */
import type { Unverified } from '../../activities/contracts/control.ts';
import type { Plan, ReleaseSpec } from '../../release/plan.ts';
import { notVerified as refusal } from '../../release/refusals.ts';
import { control } from '../pools/control.ts';
import { type ReleaseFailure, refusedBy } from '../release-failure.ts';

type Wanted = Pick<ReleaseSpec, 'app' | 'environment' | 'commit'>;

export const notVerified = (
  { app, environment, commit: { sha } }: Wanted,
  unverified: Unverified,
  step: 'plan' | 'turn' = 'plan',
): ReleaseFailure => refusedBy(refusal({ app, environment, sha }, unverified), step);

/** An approval may take days, in which the other environment may have been rolled back. Throws a ReleaseFailure. */
export const refuseUnverified = async (plan: Plan, step: 'turn'): Promise<void> => {
  const { app, commit, promotion } = plan;
  if (!promotion?.required) return;
  const { environment: from } = promotion;
  const now = await control.recallVerification({ app, environment: from, sha: commit.sha });
  if (now.kind === 'unverified') throw notVerified(plan, { from, why: now.why }, step);
};
