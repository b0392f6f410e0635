// When is a target healthy? A pure function of its probes.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
// Deviation: while `initial`, probes come every 300 ms instead of at the interval, so that a rollout on a laptop takes
// seconds. To turn `unhealthy` still takes the documented time: threshold × interval.

export interface HealthTiming {
  readonly intervalMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

export type ProbeResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly description: string };

export interface HealthRecord {
  readonly state: 'initial' | 'healthy' | 'unhealthy';
  readonly registeredAtMs: number;
  /** Consecutive ones of the last kind. */
  readonly successes: number;
  readonly failures: number;
  readonly reason?: string;
  readonly description?: string;
}

export const defaultInitialProbeMs = 300;

export function newHealthRecord(nowMs: number): HealthRecord {
  return {
    state: 'initial',
    registeredAtMs: nowMs,
    successes: 0,
    failures: 0,
    reason: 'Elb.InitialHealthChecking',
    description: 'Initial health checks in progress',
  };
}

export function afterProbe(
  record: HealthRecord,
  result: ProbeResult,
  timing: HealthTiming,
  nowMs: number,
): HealthRecord {
  const { registeredAtMs } = record;
  if (result.ok) {
    const successes = record.successes + 1;
    // A new target is in service after one success, whatever the threshold.
    const needed = record.state === 'unhealthy' ? timing.healthyThreshold : 1;
    if (successes >= needed) return { state: 'healthy', registeredAtMs, successes, failures: 0 };
    return { ...record, successes, failures: 0 };
  }
  const failed = { registeredAtMs, successes: 0, failures: record.failures + 1 };
  const { reason, description } = result;
  switch (record.state) {
    case 'initial': {
      const patienceMs = timing.unhealthyThreshold * timing.intervalMs;
      const isOver = nowMs - registeredAtMs >= patienceMs && failed.failures >= timing.unhealthyThreshold;
      return isOver ? { state: 'unhealthy', ...failed, reason, description } : { ...record, ...failed };
    }
    case 'healthy':
      return failed.failures >= timing.unhealthyThreshold
        ? { state: 'unhealthy', ...failed, reason, description }
        : { ...record, ...failed };
    case 'unhealthy':
      return { state: 'unhealthy', ...failed, reason, description };
  }
}

export function nextProbeMs(
  record: HealthRecord,
  timing: HealthTiming,
  initialProbeMs: number = defaultInitialProbeMs,
): number {
  return record.state === 'initial' ? Math.min(initialProbeMs, timing.intervalMs) : timing.intervalMs;
}
