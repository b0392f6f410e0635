// What the load balancer side remembers. Targets that ECS registers are not here: ECS registers them anew at start.
import { z } from 'zod';
import type { StateFile } from '../state-file.ts';

const loadBalancerSchema = z.object({
  arn: z.string(),
  name: z.string(),
  createdAtMs: z.number(),
  scheme: z.string(),
  ipAddressType: z.string(),
  subnets: z.array(z.string()),
  securityGroups: z.array(z.string()),
  attributes: z.record(z.string(), z.string()),
});

const healthCheckSchema = z.object({
  protocol: z.enum(['HTTP', 'TCP']),
  /** `traffic-port` or a number, as ELB gives it. */
  port: z.string(),
  path: z.string(),
  matcher: z.string(),
  intervalSeconds: z.number(),
  timeoutSeconds: z.number(),
  healthyThreshold: z.number(),
  unhealthyThreshold: z.number(),
});

const targetGroupSchema = z.object({
  arn: z.string(),
  name: z.string(),
  port: z.number(),
  vpcId: z.string().optional(),
  targetType: z.string(),
  healthCheck: healthCheckSchema,
  attributes: z.record(z.string(), z.string()),
  /** Those that a client registered by API. */
  targets: z.array(z.object({ host: z.string(), port: z.number() })),
});

const listenerSchema = z.object({
  arn: z.string(),
  loadBalancerArn: z.string(),
  port: z.number(),
  /** The default action: the only kind of rule there is here. */
  targetGroupArn: z.string(),
});

const stateSchema = z.object({
  loadBalancers: z.record(z.string(), loadBalancerSchema),
  targetGroups: z.record(z.string(), targetGroupSchema),
  listeners: z.record(z.string(), listenerSchema),
  /** Resource tags by ARN. */
  tags: z.record(z.string(), z.record(z.string(), z.string())),
});

export type LoadBalancerRecord = z.infer<typeof loadBalancerSchema>;
export type TargetGroupRecord = z.infer<typeof targetGroupSchema>;
export type HealthCheckRecord = z.infer<typeof healthCheckSchema>;
export type ListenerRecord = z.infer<typeof listenerSchema>;
export type ElbState = z.infer<typeof stateSchema>;
export type ElbStateFile = StateFile<ElbState>;

export const emptyElbState = (): ElbState => ({
  loadBalancers: {},
  targetGroups: {},
  listeners: {},
  tags: {},
});

export const parseElbState = (json: unknown): ElbState => stateSchema.parse(json);

export const delayAttribute = 'deregistration_delay.timeout_seconds';
