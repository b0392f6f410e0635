/** What the judge is asked, what it is shown, and what it may answer. */
import type { ServiceDeploymentView, ServiceView, StoppedTask } from './observation.ts';
import type { Suspect } from './rollout-evidence.ts';

/** What we asked ECS for. */
export interface Expectation {
  readonly service: string;
  readonly taskDefinition: string;
  /** Id of the deployment that our UpdateService made (or found). */
  readonly deploymentId: string;
  /** What ECS itself would roll back to; null for a first-ever deployment. */
  readonly baseline: string | null;
  readonly startedAtMs: number;
}

export type FailureKind =
  | 'task-failed'
  | 'rolled-back-by-ecs'
  | 'deployment-failed'
  /** Somebody stopped our deployment (StopServiceDeployment): ECS puts the service back. */
  | 'stopped'
  | 'foreign-change'
  /** Somebody deployed our task definition again, or the baseline: the service is still ours to roll back. */
  | 'replaced'
  | 'stalled'
  | 'no-capacity'
  | 'timed-out'
  | 'service-gone';

export type Judgement =
  | {
      readonly state: 'waiting';
      readonly phase: 'not-visible' | 'starting' | 'draining' | 'baking' | 'capacity';
      readonly detail: string;
    }
  | { readonly state: 'stable' }
  /** Stable, but scaled to zero: nothing has shown that the version runs. */
  | { readonly state: 'empty' }
  | {
      readonly state: 'failed';
      readonly kind: FailureKind;
      readonly summary: string;
      /** How our tasks stopped. */
      readonly evidence: readonly string[];
      /** What ECS says itself: reasons, events. */
      readonly context: readonly string[];
      /** Whose logs would tell more. */
      readonly suspects: readonly Suspect[];
    };

/** What one look has found. */
export interface Seen {
  /** Undefined when ECS does not know it. */
  readonly service: ServiceView | undefined;
  /** The service's tasks that ECS wants stopped, newest first. */
  readonly stopped: readonly StoppedTask[];
  /** Null: there is none that could be read. Undefined: not asked, as `needsServiceDeployment` said no. */
  readonly record: ServiceDeploymentView | null | undefined;
}
