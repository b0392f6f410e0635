/**
 * What ECS shows of a service at one moment, reduced to what decisions need. Ports in `src/aws` make these;
 * the judge reads them. Times are epoch milliseconds.
 */

export interface DeploymentView {
  readonly id: string;
  /** `PRIMARY`, `ACTIVE`, `INACTIVE`, `DRAINING` … unknown values must not matter. */
  readonly status: string;
  readonly taskDefinition: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  readonly failed: number;
  /** Absent behind a Classic Load Balancer and for controllers other than ECS. */
  readonly rolloutState: 'COMPLETED' | 'FAILED' | 'IN_PROGRESS' | null;
  readonly rolloutReason: string | null;
  readonly createdAtMs: number;
}

export interface ServiceEvent {
  readonly atMs: number;
  readonly message: string;
}

export interface ServiceView {
  readonly name: string;
  readonly arn: string;
  /** `ACTIVE`, `DRAINING`, `INACTIVE`. */
  readonly status: string;
  readonly taskDefinition: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  readonly createdAtMs: number;
  /** ARNs of the target groups that its tasks are registered in. */
  readonly targetGroups: readonly string[];
  readonly deployments: readonly DeploymentView[];
  /** Newest first. */
  readonly events: readonly ServiceEvent[];
}

/**
 * ECS's own account of one deployment (ListServiceDeployments and its neighbours): it outlives the deployment's
 * entry in the service, and says who rolled it back.
 */
export interface ServiceDeploymentView {
  readonly arn: string;
  /** Only `SUCCESSFUL` is success; unknown values must not matter. */
  readonly status: string;
  /** Why it has that status, or why it was rolled back. */
  readonly reason: string | null;
  readonly breaker: { readonly triggered: boolean; readonly failures: number; readonly threshold: number };
  readonly alarms: { readonly watched: boolean; readonly triggered: readonly string[] };
}

/** What completed last in a service by ECS's history, which outlives the deployment's entry in the service by weeks. */
export type LastCompleted =
  | {
      readonly kind: 'completed';
      readonly taskDefinition: string;
      /** Container name → image digest (`sha256:…`), as ECS resolved them. */
      readonly digests: ReadonlyMap<string, string>;
    }
  /** Nothing, as far as ECS remembers. */
  | { readonly kind: 'none' }
  /** The history cannot be read. */
  | { readonly kind: 'unknown' };

export interface StoppedContainer {
  readonly name: string;
  readonly exitCode: number | null;
  readonly reason: string | null;
  /** `HEALTHY`, `UNHEALTHY`, `UNKNOWN`. */
  readonly healthStatus: string | null;
}

/** A task that ECS wants stopped; the list contains those that are still on their way. */
export interface StoppedTask {
  readonly arn: string;
  /** The deployment's id: the join key between tasks and deployments. */
  readonly startedBy: string;
  readonly stopCode: string | null;
  readonly stoppedReason: string | null;
  /** `STOPPED`, or how far the way there is: a task that drains is `DEACTIVATING` for minutes, without exit codes. */
  readonly lastStatus: string;
  readonly createdAtMs: number;
  /** While it is still stopping: since when. */
  readonly stoppedAtMs: number;
  readonly containers: readonly StoppedContainer[];
}

/** A task that ECS wants running, on its way there perhaps. */
export interface RunningTask {
  readonly arn: string;
  readonly startedBy: string;
  readonly createdAtMs: number;
  readonly containers: readonly { readonly name: string; readonly healthStatus: string | null }[];
  /** As targets know it: its own addresses, or ports of its host. */
  readonly addresses: readonly string[];
  readonly hostPorts: readonly number[];
}

export const primaryOf = (service: ServiceView): DeploymentView | undefined =>
  service.deployments.find((deployment) => deployment.status === 'PRIMARY');
