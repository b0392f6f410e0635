// What the load balancer side remembers. Targets that ECS registers are not here: ECS registers them anew at start.
import { z } from 'zod';
import type { OpenStateFile } from '../state-file.ts';

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

const actionSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('forward'),
    targetGroups: z.array(z.object({ arn: z.string(), weight: z.number() })),
    /** Stored and given back. */
    stickiness: z.object({ enabled: z.boolean(), durationSeconds: z.number().optional() }).optional(),
  }),
  z.object({
    type: z.literal('fixed-response'),
    statusCode: z.string(),
    contentType: z.string().optional(),
    messageBody: z.string().optional(),
  }),
  z.object({
    type: z.literal('redirect'),
    statusCode: z.enum(['HTTP_301', 'HTTP_302']),
    /** Each may hold `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}` of the request. */
    protocol: z.string(),
    host: z.string(),
    port: z.string(),
    path: z.string(),
    query: z.string(),
  }),
]);

export const conditionFields = [
  'path-pattern',
  'host-header',
  'http-header',
  'http-request-method',
  'query-string',
  'source-ip',
] as const;

const conditionSchema = z.object({
  field: z.enum(conditionFields),
  /** Any of them will do. Of a query string: see `pairs`. */
  values: z.array(z.string()),
  /** Of `http-header`. */
  header: z.string().optional(),
  pairs: z.array(z.object({ key: z.string().optional(), value: z.string() })).optional(),
});

/** Until November 2026 a listener had one target group and no other action. */
const withoutActions = (json: unknown): unknown => {
  if (typeof json !== 'object' || json === null || !('targetGroupArn' in json)) return json;
  const { targetGroupArn, ...listener } = json;
  return { ...listener, action: { type: 'forward', targetGroups: [{ arn: targetGroupArn, weight: 1 }] } };
};

const listenerSchema = z.preprocess(
  withoutActions,
  z.object({
    arn: z.string(),
    loadBalancerArn: z.string(),
    port: z.number(),
    /** What is done with a request that no rule takes. */
    action: actionSchema,
    attributes: z.record(z.string(), z.string()).default({}),
  }),
);

const ruleSchema = z.object({
  arn: z.string(),
  listenerArn: z.string(),
  /** The lowest is asked first. */
  priority: z.number(),
  /** All of them must hold. */
  conditions: z.array(conditionSchema),
  action: actionSchema,
});

const stateSchema = z.object({
  loadBalancers: z.record(z.string(), loadBalancerSchema),
  targetGroups: z.record(z.string(), targetGroupSchema),
  listeners: z.record(z.string(), listenerSchema),
  rules: z.record(z.string(), ruleSchema).default({}),
  /** Resource tags by ARN. */
  tags: z.record(z.string(), z.record(z.string(), z.string())),
});

export type LoadBalancerRecord = z.infer<typeof loadBalancerSchema>;
export type TargetGroupRecord = z.infer<typeof targetGroupSchema>;
export type HealthCheckRecord = z.infer<typeof healthCheckSchema>;
export type ActionRecord = z.infer<typeof actionSchema>;
export type ConditionRecord = z.infer<typeof conditionSchema>;
export type ListenerRecord = z.infer<typeof listenerSchema>;
export type RuleRecord = z.infer<typeof ruleSchema>;
export type ElbState = z.infer<typeof stateSchema>;
export type ElbStateFile = OpenStateFile<ElbState>;

export const emptyElbState = (): ElbState => ({
  loadBalancers: {},
  targetGroups: {},
  listeners: {},
  rules: {},
  tags: {},
});

export const parseElbState = (json: unknown): ElbState => stateSchema.parse(json);

export const delayAttribute = 'deregistration_delay.timeout_seconds';
