/** What the control pool offers to the checks of a commit without a release. Types only. */
import type { GitHubPlace } from '../../release/github-status.ts';
import type { CheckPlan, Commit, SourceArchive } from '../../release/plan.ts';

export interface CheckSourceActivities {
  /**
   * Fetches the commit, of a pull request from there, stores its archive, and reads the checks of its `slipway.yaml`: the
   * rest of that file counts for nothing. Errors: `ConfigurationError`, `Transient`, `RefusedByService`.
   */
  readChecks(input: ReadChecksInput): Promise<ChecksReading>;
  /** Ends the runs for earlier commits of the same pull request; returns their workflow ids. */
  endOlderChecks(input: EndOlderChecksInput): Promise<readonly string[]>;
}

export interface ReadChecksInput {
  readonly app?: string;
  readonly sha: string;
  readonly pullRequest?: number;
}

interface ReadingOf {
  readonly app: string;
  readonly commit: Commit;
  /** Absent: GitHub is not told. */
  readonly github?: GitHubPlace;
}

export type ChecksReading =
  | (ReadingOf & {
      readonly kind: 'read';
      readonly source: SourceArchive;
      /** Checks with the same one find what the others have set up: nobody else's for a fork, never a release's. */
      readonly workspace: string;
      readonly checks: readonly CheckPlan[];
    })
  /** Its `slipway.yaml` is missing or wrong. */
  | (ReadingOf & {
      readonly kind: 'unreadable';
      readonly problem: string;
      readonly evidence: readonly string[];
    })
  /** The pull request has a newer commit by now. */
  | (ReadingOf & { readonly kind: 'outdated'; readonly head: string });

export interface EndOlderChecksInput {
  readonly app: string;
  readonly pullRequest: number;
  readonly sha: string;
  /** When this run was started, by Temporal's clock: those of later ones are for commits that it does not know. */
  readonly startedAtMs: number;
}
