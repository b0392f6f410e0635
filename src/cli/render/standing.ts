/**
 * Where a service stands, in one word. Until a release has ended, one that it has touched counts as not restored, as that
 * is how it would be left: nobody who watches it should read that.
 */
import type { ReleaseStatus, ServiceReport } from '../../release/verdict.ts';

export type Standing = ServiceReport['state'] | 'to-restore';

export const standingOf = (
  { state }: Pick<ServiceReport, 'state'>,
  phase: ReleaseStatus['phase'],
): Standing => {
  if (state !== 'not-restored' || phase === 'ended') return state;
  return phase === 'restoring' ? 'to-restore' : 'updated';
};
