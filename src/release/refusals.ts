/**
 * Why a release is not let begin, in the words of its report. The release itself and `slipway plan` take them from here,
 * so that the one foretells what the other says.
 */
import { shellWord, slipwayCommand } from './shell-word.ts';
import type { Cause } from './verdict.ts';

/** The environment does not let the release begin. Not what ECS refuses: that is `refused-by-service`, of a release that has begun. */
export const NOT_ALLOWED = 'not-allowed';

/** It is not allowed either, as a newer commit serves. */
export const OLDER_COMMIT = 'older-commit';

/** Nor where another environment has to verify the commit first, and has not. */
export const NOT_VERIFIED = 'not-verified';

export type Refusal = Pick<Cause, 'kind' | 'summary' | 'evidence'>;

export const olderCommit = (
  sha: string,
  serving: { readonly number: number; readonly sha: string },
): Refusal => ({
  kind: OLDER_COMMIT,
  summary: `${sha} is older than ${serving.sha}, which serves since release ${serving.number}`,
  evidence: [
    'what to do: deploy a commit that contains it, or say that an older one is meant (--allow-older)',
  ],
});

/** @param from the environment that should have verified it */
export const notVerified = (
  { app, environment, sha }: { readonly app: string; readonly environment: string; readonly sha: string },
  { from, why }: { readonly from: string; readonly why: string },
): Refusal => ({
  kind: NOT_VERIFIED,
  summary: `${environment} takes only what ${from} has verified, and it has not verified ${sha}: ${why}`,
  evidence: [
    `what to do: ${slipwayCommand('deploy', [from], [`--sha ${sha}`, `--app ${shellWord(app)}`])}, then this one again`,
  ],
});
