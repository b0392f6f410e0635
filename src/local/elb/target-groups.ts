// The port through which the ECS side puts tasks behind the load balancer and learns how they fare.
// Health is measured by the load balancer itself; nobody can set it.

export interface Target {
  /** What DescribeTargetHealth shows as the target's id; unique within the group. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused';

export interface TargetHealth {
  readonly state: TargetState;
  /** ELB's reason code, e.g. `Elb.InitialHealthChecking`, `Target.ResponseCodeMismatch`, `Target.Timeout`. */
  readonly reason?: string;
  readonly description?: string;
}

export interface TargetGroups {
  exists(arn: string): boolean;
  /** Whether a listener or a rule forwards to it; if none does, its targets are `unused`. */
  isUsed(arn: string): boolean;
  /** Registering a target that is draining takes it back into service; a known one with the same address is a no-op. */
  register(arn: string, target: Target): void;
  /** The target drains: no new request; `unused` once those in flight ended or the deregistration delay passed. */
  deregister(arn: string, targetId: string): void;
  /** A target that is not registered is `unused`. */
  health(arn: string, targetId: string): TargetHealth;
  /** Ids of all targets that are registered or draining. */
  targets(arn: string): readonly string[];
  /** Called after a target's state changed; returns the function that ends it. Listeners must not throw. */
  onChange(listener: (arn: string, targetId: string) => void): () => void;
}
