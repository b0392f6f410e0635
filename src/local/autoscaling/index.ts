// Application Auto Scaling, as far as deployers ask it: nothing scales by itself here.
// ecspresso and others look for scalable targets before they set a desired count.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html
import type { StaticListSchema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import type { JsonService } from '../wire/operations.ts';

const namespace = 'com.amazonaws.applicationautoscaling';

/** One operation is not worth the SDK's client package: its schema is written down here, in the SDK's form. */
function describeOperation(name: string, listMember: string): StaticOperationSchema {
  const nothingInside: StaticStructureSchema = [3, namespace, `${listMember}Item`, 0, [], []];
  const list: StaticListSchema = [1, namespace, listMember, 0, nothingInside];
  const request: StaticStructureSchema = [3, namespace, `${name}Request`, 0, [], []];
  const response: StaticStructureSchema = [3, namespace, `${name}Response`, 0, [listMember], [list]];
  return [9, namespace, name, 0, request, response];
}

export function createAutoscaling(): JsonService {
  return {
    name: 'application-autoscaling',
    protocol: 'json',
    targetPrefix: 'AnyScaleFrontendService',
    schemas: {
      DescribeScalableTargets$: describeOperation('DescribeScalableTargets', 'ScalableTargets'),
      DescribeScalingPolicies$: describeOperation('DescribeScalingPolicies', 'ScalingPolicies'),
    },
    operations: {
      DescribeScalableTargets: async () => ({ ScalableTargets: [] }),
      DescribeScalingPolicies: async () => ({ ScalingPolicies: [] }),
    },
  };
}
