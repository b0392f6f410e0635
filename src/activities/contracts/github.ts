/** What the control pool offers to those who tell GitHub how things stand. Types only. */
import type { GitHubSubject, Picture } from '../../release/github-status.ts';

export interface GitHubActivities {
  /**
   * Brings GitHub to what the picture shows; may be done again. Errors: `Transient` while GitHub is away. What it refuses
   * for good is told as a problem, so that the rest is told all the same.
   */
  tellGitHub(input: TellGitHubInput): Promise<Told>;
  /** Waits until the run has ended, in whatever way, and returns the last picture; null: it still runs. */
  awaitEnd(input: AwaitEndInput): Promise<Picture | null>;
}

export interface TellGitHubInput {
  readonly subject: GitHubSubject;
  readonly picture: Picture;
  /** Null: not known. */
  readonly deploymentId: number | null;
}

export interface Told {
  readonly deploymentId: number | null;
  /** What GitHub refuses, one line each. */
  readonly problems: readonly string[];
}

export interface AwaitEndInput {
  readonly subject: GitHubSubject;
  readonly forMs: number;
  /** What was shown last, for a run that leaves nothing. */
  readonly shown: Picture;
}
