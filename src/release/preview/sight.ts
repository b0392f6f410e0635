/** What the deploy pool sees for a preview: registry and cluster as they are, beside what the release would make of them. */
import type { RollbackTarget } from '../joining/rollback-target.ts';
import type { WindowSettings } from '../judging/window.ts';
import type { Architecture } from '../plan.ts';
import type { DriftChange } from './change.ts';

/** Why there is no plan, in the words of the release's own cause. */
export interface Obstacle {
  readonly kind: 'unsafe' | 'configuration';
  /** Of several lines where there are several problems. */
  readonly text: string;
}

/**
 * `build`: the registry does not have the commit. `reuse`: it has, under the commit's tag. `promote`: what another
 * environment has verified, in this registry. `copy`: the same, out of another registry. `unknown`: nobody may look.
 */
export type ImageSource = 'build' | 'reuse' | 'promote' | 'copy' | 'unknown';

export interface ImageSight {
  readonly name: string;
  readonly architecture: Architecture;
  readonly repositoryUri: string;
  readonly source: ImageSource;
  /** Null before it is built. */
  readonly digest: string | null;
}

export interface ServiceDrift {
  /** As in `ServiceStanding`. */
  readonly state: 'unsettled' | 'changed' | 'gone';
  /** The release that has left it otherwise. */
  readonly since: number;
  /** In what it differs from that; none where that cannot be read any more. */
  readonly changes: readonly DriftChange[];
}

/** As `RollbackTarget`, with `family:revision`. */
export interface RollbackSight extends Omit<RollbackTarget, 'taskDefinition'> {
  readonly to: string | null;
}

export interface ServiceSight {
  readonly name: string;
  /** Of the ECS service. */
  readonly service: string;
  /** From 1; null: in none. */
  readonly wave: number | null;
  /** ARN of the task definition that it has now (`family:revision` where there is much to say); null: there is no such service. */
  readonly live: string | null;
  /** What the next task definition starts from: the live one, or a file of the repository. */
  readonly base: 'live' | 'repository';
  /** One line each, values of variables never among them; null where they cannot be told (`note` says why). */
  readonly changes: readonly string[] | null;
  readonly note: string | null;
  readonly window: WindowSettings | null;
  /** ECS's own circuit breaker. */
  readonly breaker: boolean;
  /** URL that is asked; null: none is, or there is no plan. */
  readonly health: string | null;
  readonly rollback: RollbackSight | null;
  readonly drift: ServiceDrift | null;
}

export interface Sight {
  readonly obstacle: Obstacle | null;
  /** Number of the release that has brought the same already, with nobody having changed anything since. */
  readonly inPlace: number | null;
  /** Empty where there is no plan. */
  readonly images: readonly ImageSight[];
  readonly services: readonly ServiceSight[];
  /** Services that there was no room for. */
  readonly moreServices: number;
  readonly moreImages: number;
  readonly warnings: readonly string[];
}
