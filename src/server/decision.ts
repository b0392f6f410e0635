/** What an event may come to. */
export interface WantedRelease {
  readonly app: string;
  readonly environment: string;
  readonly sha: string;
  /** The branch that has to lead to the commit. */
  readonly partOf: string;
  readonly startedBy: string;
}

export interface WantedChecks {
  readonly app: string;
  readonly sha: string;
  readonly pullRequest: number;
  readonly startedBy: string;
}

/** `atMs`: when it happened, as GitHub has signed it. */
export type Decision =
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'start'; readonly releases: readonly WantedRelease[]; readonly atMs: number }
  | { readonly kind: 'check'; readonly checks: WantedChecks; readonly atMs: number };

export const ignored = (reason: string): Decision => ({ kind: 'ignored', reason });

/** A claim for the report. GitHub's user names are letters, digits and hyphens; apps end with `[bot]`. */
export const by = (sender: { readonly login: string } | undefined, event: string): string => {
  const login = /^[\w-]{1,60}(?:\[bot\])?$/.exec(sender?.login ?? '')?.[0] ?? 'somebody';
  return `${login} (GitHub ${event})`;
};
