// Clusters: CreateCluster, DescribeClusters, ListClusters, DeleteCluster.
import type {
  Cluster,
  ClusterField,
  CreateClusterCommandInput,
  CreateClusterCommandOutput,
  DeleteClusterCommandInput,
  DeleteClusterCommandOutput,
  DescribeClustersCommandInput,
  DescribeClustersCommandOutput,
  KeyValuePair,
  ListClustersCommandInput,
  ListClustersCommandOutput,
} from '@aws-sdk/client-ecs';
import { AwsError } from '../../wire/aws-error.ts';
import type { SdkOperation } from '../../wire/operations.ts';
import { accountSetting } from '../account-settings.ts';
import type { EcsContext } from '../context.ts';
import { ecsArn, isName, shortName } from '../ids.ts';
import { invalid, requireCluster } from '../lookup.ts';
import type { ClusterRecord } from '../model.ts';
import { page } from '../pages.ts';
import { countTasks } from '../services/render-service.ts';
import { setTags, tagsOf } from '../tag-store.ts';

export interface ClusterOperations {
  CreateCluster: SdkOperation<CreateClusterCommandInput, CreateClusterCommandOutput>;
  DescribeClusters: SdkOperation<DescribeClustersCommandInput, DescribeClustersCommandOutput>;
  ListClusters: SdkOperation<ListClustersCommandInput, ListClustersCommandOutput>;
  DeleteCluster: SdkOperation<DeleteClusterCommandInput, DeleteClusterCommandOutput>;
}

export function clusterOperations(context: EcsContext): ClusterOperations {
  const { store, place } = context;
  return {
    /** Idempotent: a cluster of that name is returned as it is. */
    async CreateCluster(input) {
      const name = input.clusterName ?? 'default';
      if (!isName(name)) throw invalid('Invalid cluster name.');
      const existing = store.state.clusters[name];
      if (existing?.status === 'ACTIVE') return { cluster: renderCluster(context, existing) };
      checkDefaultStrategy(input);
      const cluster: ClusterRecord = {
        arn: ecsArn(place, `cluster/${name}`),
        name,
        status: 'ACTIVE',
        settings: input.settings ?? [
          { name: 'containerInsights', value: accountSetting(store.state, 'containerInsights') },
        ],
        configuration: input.configuration,
        capacityProviders: input.capacityProviders ?? [],
        defaultCapacityProviderStrategy: input.defaultCapacityProviderStrategy ?? [],
        namespace: input.serviceConnectDefaults?.namespace,
      };
      store.state.clusters[name] = cluster;
      setTags(store, cluster.arn, input.tags ?? []);
      return store.saved({ cluster: renderCluster(context, cluster) });
    },

    async DescribeClusters(input) {
      const wanted = input.clusters?.length ? input.clusters : ['default'];
      if (wanted.length > 100) throw invalid('Clusters cannot have more than 100 elements.');
      const clusters: Cluster[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const nameOrArn of wanted) {
        const cluster = store.state.clusters[shortName(nameOrArn)];
        if (cluster) clusters.push(renderCluster(context, cluster, input.include ?? []));
        else failures.push({ arn: ecsArn(place, `cluster/${shortName(nameOrArn)}`), reason: 'MISSING' });
      }
      return { clusters, failures };
    },

    async ListClusters(input) {
      const arns = Object.values(store.state.clusters)
        .filter(({ status }) => status === 'ACTIVE')
        .map(({ arn }) => arn);
      const { items, nextToken } = page(arns, input);
      return { clusterArns: items, ...(nextToken && { nextToken }) };
    },

    async DeleteCluster(input) {
      const cluster = requireCluster(store.state, input.cluster);
      if (activeServices(context, cluster) > 0) {
        throw new AwsError(
          'ClusterContainsServicesException',
          'The Cluster cannot be deleted while Services are active.',
        );
      }
      const { running, pending } = countTasks(tasksIn(context, cluster));
      if (running + pending > 0) {
        throw new AwsError(
          'ClusterContainsTasksException',
          'The Cluster cannot be deleted while Tasks are active.',
        );
      }
      cluster.status = 'INACTIVE';
      return store.saved({ cluster: renderCluster(context, cluster) });
    },
  };
}

/** The default strategy can name only providers that the same request gives to the cluster. */
export function checkDefaultStrategy(
  input: Pick<CreateClusterCommandInput, 'capacityProviders' | 'defaultCapacityProviderStrategy'>,
): void {
  for (const { capacityProvider = '' } of input.defaultCapacityProviderStrategy ?? []) {
    if (input.capacityProviders?.includes(capacityProvider)) continue;
    throw invalid(
      'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.',
    );
  }
}

/** What may be asked for besides; CreateCluster and its like show all but the statistics. */
const shownOnChange: readonly ClusterField[] = ['CONFIGURATIONS', 'SETTINGS', 'TAGS'];

export function renderCluster(
  context: EcsContext,
  cluster: ClusterRecord,
  include: readonly ClusterField[] = shownOnChange,
): Cluster {
  const counts = countTasks(tasksIn(context, cluster));
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: context.instanceSizes.length,
    runningTasksCount: counts.running,
    pendingTasksCount: counts.pending,
    activeServicesCount: activeServices(context, cluster),
    statistics: include.includes('STATISTICS') ? statistics(context, cluster) : [],
    tags: include.includes('TAGS') ? tagsOf(context.store, cluster.arn) : [],
    settings: include.includes('SETTINGS') ? cluster.settings : [],
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: cluster.defaultCapacityProviderStrategy,
    ...(cluster.configuration &&
      include.includes('CONFIGURATIONS') && { configuration: cluster.configuration }),
    ...(cluster.namespace !== undefined && { serviceConnectDefaults: { namespace: cluster.namespace } }),
  };
}

/** Source: API_Cluster, `statistics`. */
function statistics(context: EcsContext, cluster: ClusterRecord): KeyValuePair[] {
  const tasks = tasksIn(context, cluster);
  const services = servicesIn(context, cluster);
  const kinds = ['EC2', 'Fargate'] as const;
  const ofKind = (kind: (typeof kinds)[number]) => ({
    counts: countTasks(tasks.filter(({ launchType }) => launchType === kind.toUpperCase())),
    services: services.filter((service) => {
      const revision = service.deployments[0]?.revisionArn;
      const launchType = revision && context.store.state.serviceRevisions[revision]?.launchType;
      return launchType === kind.toUpperCase();
    }),
  });
  const withStatus = (kind: (typeof kinds)[number], status: string): number =>
    ofKind(kind).services.filter((service) => service.status === status).length;
  return [
    ...kinds.map((kind) => ({ name: `running${kind}TasksCount`, value: ofKind(kind).counts.running })),
    ...kinds.map((kind) => ({ name: `pending${kind}TasksCount`, value: ofKind(kind).counts.pending })),
    ...kinds.map((kind) => ({ name: `active${kind}ServiceCount`, value: withStatus(kind, 'ACTIVE') })),
    ...kinds.map((kind) => ({ name: `draining${kind}ServiceCount`, value: withStatus(kind, 'DRAINING') })),
  ].map(({ name, value }) => ({ name, value: String(value) }));
}

function tasksIn(context: EcsContext, cluster: ClusterRecord) {
  return Object.values(context.store.state.tasks).filter(({ clusterArn }) => clusterArn === cluster.arn);
}

function servicesIn(context: EcsContext, cluster: ClusterRecord) {
  return Object.values(context.store.state.services).filter(({ clusterArn }) => clusterArn === cluster.arn);
}

function activeServices(context: EcsContext, cluster: ClusterRecord): number {
  return servicesIn(context, cluster).filter(({ status }) => status === 'ACTIVE').length;
}
