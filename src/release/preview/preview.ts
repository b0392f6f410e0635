/**
 * What `slipway plan` says: what a release would do, and whether it would be let begin. Its JSON is documented in
 * docs/plan.md and stays: fields may come, none goes or changes its meaning without a new `version`.
 */
import type { CommitOrder } from '../environment/commit-order.ts';
import type { Foresight } from '../environment/foresight.ts';
import type { ApprovalPlan, Commit, KeepPlan, MigrationSpec, Timing } from '../plan.ts';
import type { Refusal } from '../refusals.ts';
import type { ImageSight, ServiceSight } from './sight.ts';

/**
 * `begin`: it would be let begin. `in-place`: the commit serves already, so that its health is asked and nothing else is
 * done. The others say no: `refused`; `superseded`, as a newer commit is ready before it; `configuration`, where something
 * named does not exist or does not fit (such a release ends as `failed`).
 */
export type Outcome = 'begin' | 'in-place' | 'refused' | 'superseded' | 'configuration';

export interface PreviewedCheck {
  readonly name: string;
  readonly needs: readonly string[];
  readonly timeoutMs: number;
}

/** `nothing`: no image is brought, as all is in place. */
export interface PreviewedImage extends Omit<ImageSight, 'source'> {
  readonly source: ImageSight['source'] | 'nothing';
}

/** How ECS could replace the tasks of a service. */
export interface PreviewedWindow {
  readonly desired: number;
  readonly minimumPercent: number;
  readonly maximumPercent: number;
  /** Fewest and most tasks while they are replaced. */
  readonly lower: number;
  readonly upper: number;
  /**
   * `start-first`: new tasks come before old ones go. `stop-first`: there is room only where old ones have gone. `stuck`:
   * neither is allowed, so that the service can never be updated. `empty`: scaled to zero.
   */
  readonly way: 'start-first' | 'stop-first' | 'stuck' | 'empty';
}

export interface PreviewedService extends Omit<ServiceSight, 'window'> {
  readonly window: PreviewedWindow | null;
}

export interface ReleasePreview {
  readonly version: 1;
  readonly app: string;
  readonly environment: string;
  readonly cluster: string;
  readonly commit: Commit;
  readonly madeAtMs: number;
  readonly outcome: Outcome;
  /** Everything that stands against it, in the order in which a release would meet it: the first one decides. */
  readonly causes: readonly Refusal[];
  /** What serves now, and how the commit stands to it; null: nothing that is known. */
  readonly serving: (NonNullable<Foresight['serving']> & { readonly order: CommitOrder | null }) | null;
  readonly queue: Omit<Foresight, 'serving'>;
  /** Why checks are not run; null: they are. */
  readonly checksSkipped: string | null;
  readonly checks: readonly PreviewedCheck[];
  readonly moreChecks: number;
  readonly images: readonly PreviewedImage[];
  /** The longest that one of them may take. */
  readonly buildTimeoutMs: number;
  readonly moreImages: number;
  readonly services: readonly PreviewedService[];
  readonly moreServices: number;
  readonly waves: number;
  readonly timing: Timing;
  readonly approval: ApprovalPlan | null;
  readonly migration: MigrationSpec | null;
  readonly bake: { readonly durationMs: number; readonly alarms: number; readonly logs: number } | null;
  readonly keep: KeepPlan | null;
  readonly promotedFrom: { readonly environment: string; readonly number: number } | null;
  readonly warnings: readonly string[];
}
