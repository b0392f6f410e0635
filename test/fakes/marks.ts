/** What a release that was broken off leaves behind, as the fake pools know its services. */
import type { ReleaseMark } from '../../src/activities/contracts/control.ts';
import { targetOf } from './activities.ts';

/** It had begun to roll out these services, one a wave. */
export const markOf = (
  releaseId: string,
  names: readonly string[],
  place: Pick<ReleaseMark, 'app' | 'environment'> = { app: 'shop', environment: 'production' },
): ReleaseMark => ({
  releaseId,
  ...place,
  cluster: 'shop',
  waves: names.map((name, index) => ({ number: index + 1, targets: [targetOf(name)] })),
  latest: [],
  migration: null,
});
