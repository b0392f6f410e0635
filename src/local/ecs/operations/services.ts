// Services: describe, list and delete. Creating and updating have files of their own.
import type {
  DeleteServiceCommandInput,
  DeleteServiceCommandOutput,
  DescribeServicesCommandInput,
  DescribeServicesCommandOutput,
  ListServicesCommandInput,
  ListServicesCommandOutput,
  Service,
} from '@aws-sdk/client-ecs';
import type { SdkOperation } from '../../wire/operations.ts';
import type { EcsContext } from '../context.ts';
import { isArn } from '../ids.ts';
import { findService, invalid, requireCluster, requireService, serviceKey } from '../lookup.ts';
import { page } from '../pages.ts';
import { renderService } from '../services/render-service.ts';
import { tagsOf } from '../tag-store.ts';

export interface ServiceOperations {
  DescribeServices: SdkOperation<DescribeServicesCommandInput, DescribeServicesCommandOutput>;
  ListServices: SdkOperation<ListServicesCommandInput, ListServicesCommandOutput>;
  DeleteService: SdkOperation<DeleteServiceCommandInput, DeleteServiceCommandOutput>;
}

export function serviceOperations({ store, controller }: EcsContext): ServiceOperations {
  return {
    async DescribeServices(input) {
      const cluster = requireCluster(store.state, input.cluster);
      const wanted = input.services ?? [];
      if (wanted.length === 0) throw invalid('Services cannot be empty.');
      if (wanted.length > 10) throw invalid('Services cannot have more than 10 elements.');
      const withTags = input.include?.includes('TAGS') ?? false;
      const services: Service[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const nameOrArn of wanted) {
        const service = findService(store.state, cluster, nameOrArn);
        if (service) {
          services.push(renderService(service, store, withTags ? tagsOf(store, service.arn) : undefined));
        } else {
          const arn = isArn(nameOrArn) ? nameOrArn : serviceKey(cluster, nameOrArn);
          failures.push({ arn, reason: 'MISSING' });
        }
      }
      return { services, failures };
    },

    async ListServices(input) {
      const cluster = requireCluster(store.state, input.cluster);
      const arns = Object.values(store.state.services)
        .filter((service) => service.clusterArn === cluster.arn && service.status !== 'INACTIVE')
        .filter(({ deployments, schedulingStrategy }) => {
          const [newest] = deployments;
          const launchType = newest && store.revision(newest.revisionArn).launchType;
          return (
            (input.launchType === undefined || input.launchType === launchType) &&
            (input.schedulingStrategy === undefined || input.schedulingStrategy === schedulingStrategy)
          );
        })
        .map(({ arn }) => arn);
      const { items, nextToken } = page(arns, input, 10);
      return { serviceArns: items, ...(nextToken && { nextToken }) };
    },

    /** DRAINING until the last task has stopped, INACTIVE after. */
    async DeleteService(input) {
      const cluster = requireCluster(store.state, input.cluster);
      const service = requireService(store.state, cluster, input.service);
      if (service.status !== 'ACTIVE') return { service: renderService(service, store) };
      if (service.desiredCount > 0 && !input.force) {
        throw invalid('The service cannot be stopped while it is scaled above 0.');
      }
      service.status = 'DRAINING';
      service.desiredCount = 0;
      return controller.saveAndKick(service.arn, { service: renderService(service, store) });
    },
  };
}
