// What a target group may be told, within ELB's limits, and what that means for its pool.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { invalid } from './service-parts.ts';
import { delayAttribute, type ElbState, type HealthCheckRecord, type TargetGroupRecord } from './state.ts';
import { loadBalancersOf } from './target-group-use.ts';
import type { PoolSettings } from './target-pool.ts';

type HealthCheckInput = Pick<
  sdk.ModifyTargetGroupInput,
  | 'HealthCheckProtocol'
  | 'HealthCheckPort'
  | 'HealthCheckPath'
  | 'HealthCheckIntervalSeconds'
  | 'HealthCheckTimeoutSeconds'
  | 'HealthyThresholdCount'
  | 'UnhealthyThresholdCount'
  | 'Matcher'
>;

export const defaultHealthCheck: HealthCheckRecord = {
  protocol: 'HTTP',
  port: 'traffic-port',
  path: '/',
  matcher: '200',
  intervalSeconds: 30,
  timeoutSeconds: 5,
  healthyThreshold: 5,
  unhealthyThreshold: 2,
};

export const defaultGroupAttributes: Readonly<Record<string, string>> = {
  [delayAttribute]: '300',
  'stickiness.enabled': 'false',
  'stickiness.type': 'lb_cookie',
  'stickiness.lb_cookie.duration_seconds': '86400',
  'stickiness.app_cookie.cookie_name': '',
  'stickiness.app_cookie.duration_seconds': '86400',
  'slow_start.duration_seconds': '0',
  'load_balancing.algorithm.type': 'round_robin',
  'load_balancing.algorithm.anomaly_mitigation': 'off',
  'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
  'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
};

/** What the input does not name stays as it is. Throws AwsError `ValidationError`. */
export function withHealthCheck(current: HealthCheckRecord, input: HealthCheckInput): HealthCheckRecord {
  const protocol = input.HealthCheckProtocol ?? current.protocol;
  if (protocol !== 'HTTP' && protocol !== 'TCP') {
    throw invalid(`Slipway's local load balancer checks health by HTTP or TCP, not by ${protocol}`);
  }
  const check: HealthCheckRecord = {
    protocol,
    port: input.HealthCheckPort ?? current.port,
    path: input.HealthCheckPath ?? current.path,
    matcher: input.Matcher?.HttpCode ?? current.matcher,
    intervalSeconds: input.HealthCheckIntervalSeconds ?? current.intervalSeconds,
    timeoutSeconds: input.HealthCheckTimeoutSeconds ?? current.timeoutSeconds,
    healthyThreshold: input.HealthyThresholdCount ?? current.healthyThreshold,
    unhealthyThreshold: input.UnhealthyThresholdCount ?? current.unhealthyThreshold,
  };
  requireWithin('Health check interval', check.intervalSeconds, 5, 300);
  requireWithin('Health check timeout', check.timeoutSeconds, 2, 120);
  requireWithin('Healthy threshold count', check.healthyThreshold, 2, 10);
  requireWithin('Unhealthy threshold count', check.unhealthyThreshold, 2, 10);
  if (check.timeoutSeconds >= check.intervalSeconds) {
    throw invalid('Health check timeout must be smaller than the interval');
  }
  if (!/^\//.test(check.path)) throw invalid(`Health check path '${check.path}' must begin with '/'`);
  if (!/^\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*$/.test(check.matcher)) {
    throw invalid(
      `Health check matcher HTTP code '${check.matcher}' must be like '200', '200,202' or '200-299'`,
    );
  }
  if (check.port !== 'traffic-port' && !isPort(Number(check.port))) {
    throw invalid(`Health check port '${check.port}' must be 'traffic-port' or a port number`);
  }
  return check;
}

/** Throws AwsError `ValidationError` for a value that ELB refuses; keys that it does not know are kept. */
export function withAttributes(
  current: Readonly<Record<string, string>>,
  changes: readonly sdk.TargetGroupAttribute[],
): Record<string, string> {
  const attributes = { ...current };
  for (const { Key = '', Value = '' } of changes) {
    if (Key === delayAttribute && !/^\d{1,4}$/.test(Value)) {
      throw invalid(`'${delayAttribute}' must be a whole number of seconds from 0 to 3600`);
    }
    if (Key === delayAttribute) requireWithin(`'${delayAttribute}'`, Number(Value), 0, 3600);
    attributes[Key] = Value;
  }
  return attributes;
}

export function poolSettings(
  state: ElbState,
  { arn, healthCheck: check, attributes }: TargetGroupRecord,
): PoolSettings {
  return {
    notInUse: loadBalancersOf(state, arn).length === 0,
    healthCheck: {
      protocol: check.protocol,
      port: check.port === 'traffic-port' ? undefined : Number(check.port),
      path: check.path,
      matcher: check.matcher,
      timeoutMs: check.timeoutSeconds * 1000,
      intervalMs: check.intervalSeconds * 1000,
      healthyThreshold: check.healthyThreshold,
      unhealthyThreshold: check.unhealthyThreshold,
    },
    deregistrationDelayMs: Number(attributes[delayAttribute] ?? '300') * 1000,
  };
}

export function isPort(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= 65_535;
}

function requireWithin(what: string, value: number, least: number, most: number): void {
  if (value < least || value > most)
    throw invalid(`${what} '${value}' must be in the range ${least}-${most}`);
}
