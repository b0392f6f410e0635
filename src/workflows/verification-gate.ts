/** An environment that takes only what another one has verified: asked for when the plan is made, and at the turn. */
import type { Unverified } from '../activities/contracts/control.ts';
import type { Plan, ReleaseSpec } from '../release/plan.ts';
import { control } from './pools/control.ts';
import { NOT_VERIFIED, ReleaseFailure } from './release-failure.ts';

type Wanted = Pick<ReleaseSpec, 'environment' | 'commit'>;

export const notVerified = ({ environment, commit }: Wanted, { from, why }: Unverified): ReleaseFailure =>
  new ReleaseFailure(
    NOT_VERIFIED,
    'plan',
    `${environment} takes only what ${from} has verified, and it has not verified ${commit.sha}: ${why}`,
    [`what to do: slipway deploy ${from} --sha ${commit.sha}, then this one again`],
  );

/** An approval may take days, in which the other environment may have been rolled back. Throws a ReleaseFailure. */
export const refuseUnverified = async (plan: Plan): Promise<void> => {
  const { app, commit, promotion } = plan;
  if (!promotion?.required) return;
  const { environment: from } = promotion;
  const now = await control.recallVerification({ app, environment: from, sha: commit.sha });
  if (now.kind === 'unverified') throw notVerified(plan, { from, why: now.why });
};
