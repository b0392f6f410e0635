// DescribeCapacityProviders: Fargate's two, and those that a cluster names, which stand for its container instances.
import type {
  CapacityProvider,
  DescribeCapacityProvidersCommandInput,
  DescribeCapacityProvidersCommandOutput,
} from '@aws-sdk/client-ecs';
import type { SdkOperation } from '../../wire/operations.ts';
import type { EcsContext } from '../context.ts';
import { ecsArn, shortName } from '../ids.ts';
import { page } from '../pages.ts';

export interface CapacityProviderOperations {
  DescribeCapacityProviders: SdkOperation<
    DescribeCapacityProvidersCommandInput,
    DescribeCapacityProvidersCommandOutput
  >;
}

export function capacityProviderOperations({ store, place }: EcsContext): CapacityProviderOperations {
  return {
    async DescribeCapacityProviders(input) {
      const clusters = Object.values(store.state.clusters).filter(({ status }) => status === 'ACTIVE');
      const known = new Set([
        'FARGATE',
        'FARGATE_SPOT',
        ...clusters.flatMap((cluster) => cluster.capacityProviders),
      ]);
      const wanted = input.capacityProviders?.length ? input.capacityProviders.map(shortName) : [...known];
      const arn = (name: string): string => ecsArn(place, `capacity-provider/${name}`);
      const capacityProviders = wanted
        .filter((name) => known.has(name))
        .map(
          (name): CapacityProvider => ({
            capacityProviderArn: arn(name),
            name,
            status: 'ACTIVE',
            tags: [],
          }),
        );
      const failures = wanted
        .filter((name) => !known.has(name))
        .map((name) => ({ arn: arn(name), reason: 'MISSING' }));
      const { items, nextToken } = page(capacityProviders, input, 10);
      return { capacityProviders: items, failures, ...(nextToken && { nextToken }) };
    },
  };
}
