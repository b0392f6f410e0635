/** What becomes of task definitions that nobody needs. */
import type { TurnToken } from '../../release/environment/state.ts';
import type { GcStop } from '../../release/requests/gc-request.ts';
import type { Whereabouts } from '../../release/whereabouts.ts';

/** Where an environment's task definitions are registered and used. */
export interface GarbageScope extends Whereabouts {
  /** The last one that was given: as soon as another release takes its turn, nothing more is changed. */
  readonly turn: TurnToken;
  readonly services: readonly { readonly name: string; readonly service: string }[];
  /** Families in which the environment has registered task definitions. */
  readonly families: readonly string[];
}

export interface NeededRevision {
  readonly taskDefinition: string;
  /** What needs it, in half a sentence. */
  readonly why: string;
}

export interface DeregisterUnusedInput extends GarbageScope {
  readonly needed: readonly NeededRevision[];
  /** One that was registered later than so long ago stays. */
  readonly minimumAgeMs: number;
  /** True: nothing is changed. */
  readonly dryRun: boolean;
}

export interface DeregisterUnusedResult {
  /** `family:revision`, in a dry run: what would be. */
  readonly deregistered: readonly string[];
  readonly kept: readonly { readonly why: string; readonly revisions: readonly string[] }[];
  readonly stopped: GcStop | null;
  /**
   * What makes ARNs of the names, once for all of them: a clearing may name thousands. Absent where there was none, and
   * from older workers.
   */
  readonly arnPrefix?: string;
}
