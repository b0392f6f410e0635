/** What a rollback may go to, by what the environment keeps: for the plan, and for the tags that protect it. */
import { type GoodRelease, KEPT_RELEASES } from '../../release/environment/good-releases.ts';
import type { ReleaseSpec } from '../../release/plan.ts';
import { control } from '../pools/control.ts';

type Keeping = Pick<ReleaseSpec, 'app' | 'environment' | 'keep'>;

export const goodReleases = (
  spec: Keeping,
  ask: Pick<typeof control, 'recallGoodReleases'> = control,
): Promise<readonly GoodRelease[]> => {
  const { app, environment, keep } = spec;
  return ask.recallGoodReleases({ app, environment, count: keep?.releases ?? KEPT_RELEASES });
};
