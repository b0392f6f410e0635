// ECS's own request limits, so that a client's behaviour under throttling can be tried. Off unless asked for.
// Source: "Request throttling for the Amazon ECS API": burst and sustained rate per second, for groups of operations.
import { AwsError } from '../wire/aws-error.ts';
import type { Operation, Operations } from '../wire/operations.ts';

export interface RateLimit {
  readonly operations: readonly string[];
  readonly burst: number;
  readonly perSecond: number;
}

export const ecsRateLimits: readonly RateLimit[] = [
  { operations: ['RegisterTaskDefinition', 'DeregisterTaskDefinition'], burst: 20, perSecond: 1 },
  { operations: ['DeleteTaskDefinitions'], burst: 5, perSecond: 1 },
  { operations: ['DescribeClusters', 'ListClusters'], burst: 50, perSecond: 20 },
  {
    operations: ['DescribeTaskDefinition', 'ListTaskDefinitions', 'ListTaskDefinitionFamilies'],
    burst: 50,
    perSecond: 20,
  },
  { operations: ['CreateService', 'UpdateService', 'DeleteService'], burst: 50, perSecond: 5 },
  { operations: ['DescribeServices', 'ListServices'], burst: 100, perSecond: 20 },
  { operations: ['DescribeTasks', 'ListTasks'], burst: 100, perSecond: 20 },
  { operations: ['RunTask', 'StopTask'], burst: 100, perSecond: 40 },
  {
    operations: ['ListServiceDeployments', 'DescribeServiceDeployments', 'StopServiceDeployment'],
    burst: 50,
    perSecond: 20,
  },
  { operations: ['DescribeServiceRevisions'], burst: 50, perSecond: 20 },
  { operations: ['TagResource', 'UntagResource', 'ListTagsForResource'], burst: 20, perSecond: 10 },
];

/** A token bucket for each group. */
export function throttled(
  operations: Operations,
  limits: readonly RateLimit[],
  nowMs: () => number = Date.now,
): Operations {
  const bucketOf = new Map<string, Bucket>();
  for (const limit of limits) {
    const bucket = new Bucket(limit, nowMs);
    for (const operation of limit.operations) bucketOf.set(operation, bucket);
  }
  const limited = Object.entries(operations).map(([name, operation]): [string, Operation<never, unknown>] => {
    const bucket = bucketOf.get(name);
    if (!bucket) return [name, operation];
    return [
      name,
      async (input, context) => {
        if (!bucket.take()) throw new AwsError('ThrottlingException', 'Rate exceeded');
        return operation(input, context);
      },
    ];
  });
  return Object.fromEntries(limited);
}

class Bucket {
  readonly #limit: RateLimit;
  readonly #nowMs: () => number;
  #tokens: number;
  #atMs: number;

  constructor(limit: RateLimit, nowMs: () => number) {
    this.#limit = limit;
    this.#nowMs = nowMs;
    this.#tokens = limit.burst;
    this.#atMs = nowMs();
  }

  take(): boolean {
    const nowMs = this.#nowMs();
    const refill = ((nowMs - this.#atMs) / 1000) * this.#limit.perSecond;
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + refill);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
