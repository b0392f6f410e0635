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
  readonly deployments: readonly DeploymentView[];
  /** Newest first. */
  readonly events: readonly ServiceEvent[];
}

export interface StoppedContainer {
  readonly name: string;
  readonly exitCode: number | null;
  readonly reason: string | null;
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

export const primaryOf = (service: ServiceView): DeploymentView | undefined =>
  service.deployments.find((deployment) => deployment.status === 'PRIMARY');
