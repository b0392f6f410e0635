// Application Auto Scaling, as far as deployers ask it: nothing scales by itself here. ecspresso and others look for
// scalable targets before they set a desired count. What would set one up is answered as unknown.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html and its neighbours
import type { StaticListSchema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import type { JsonService, Operations } from '../wire/operations.ts';

const namespace = 'com.amazonaws.applicationautoscaling';

/** By operation: the list in its answer, which is empty. */
const lists = {
  DescribeScalableTargets: 'ScalableTargets',
  DescribeScalingPolicies: 'ScalingPolicies',
  DescribeScalingActivities: 'ScalingActivities',
  DescribeScheduledActions: 'ScheduledActions',
} as const;

/** Four operations are not worth the SDK's client package: their schemas are written down here, in the SDK's form. */
function describeOperation(name: string, listMember: string): StaticOperationSchema {
  const nothingInside: StaticStructureSchema = [3, namespace, `${listMember}Item`, 0, [], []];
  const list: StaticListSchema = [1, namespace, listMember, 0, nothingInside];
  // A text that must be there; what else clients say does not change the answer.
  const request: StaticStructureSchema = [3, namespace, `${name}Request`, 0, ['ServiceNamespace'], [0], 1];
  const response: StaticStructureSchema = [3, namespace, `${name}Response`, 0, [listMember], [list]];
  return [9, namespace, name, 0, request, response];
}

export function createAutoscaling(): JsonService {
  const operations: Operations = Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, async () => ({ [list]: [] })]),
  );
  return {
    name: 'application-autoscaling',
    protocol: 'json',
    targetPrefix: 'AnyScaleFrontendService',
    validationCode: 'ValidationException',
    schemas: Object.fromEntries(
      Object.entries(lists).map(([name, list]) => [`${name}$`, describeOperation(name, list)]),
    ),
    operations,
  };
}
