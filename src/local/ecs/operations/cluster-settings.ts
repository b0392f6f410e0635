// What infrastructure tools change on a cluster: settings, Service Connect defaults, capacity providers.
import type {
  PutClusterCapacityProvidersCommandInput,
  PutClusterCapacityProvidersCommandOutput,
  UpdateClusterCommandInput,
  UpdateClusterCommandOutput,
  UpdateClusterSettingsCommandInput,
  UpdateClusterSettingsCommandOutput,
} from '@aws-sdk/client-ecs';
import type { SdkOperation } from '../../wire/operations.ts';
import type { EcsContext } from '../context.ts';
import { requireCluster } from '../lookup.ts';
import { checkDefaultStrategy, renderCluster } from './clusters.ts';

export interface ClusterSettingOperations {
  UpdateCluster: SdkOperation<UpdateClusterCommandInput, UpdateClusterCommandOutput>;
  UpdateClusterSettings: SdkOperation<UpdateClusterSettingsCommandInput, UpdateClusterSettingsCommandOutput>;
  PutClusterCapacityProviders: SdkOperation<
    PutClusterCapacityProvidersCommandInput,
    PutClusterCapacityProvidersCommandOutput
  >;
}

export function clusterSettingOperations(context: EcsContext): ClusterSettingOperations {
  const { store } = context;
  return {
    async UpdateCluster(input) {
      const cluster = requireCluster(store.state, input.cluster);
      cluster.settings = input.settings ?? cluster.settings;
      cluster.configuration = input.configuration ?? cluster.configuration;
      cluster.namespace = input.serviceConnectDefaults?.namespace ?? cluster.namespace;
      return store.saved({ cluster: renderCluster(context, cluster) });
    },
    async UpdateClusterSettings(input) {
      const cluster = requireCluster(store.state, input.cluster);
      cluster.settings = input.settings ?? cluster.settings;
      return store.saved({ cluster: renderCluster(context, cluster) });
    },
    async PutClusterCapacityProviders(input) {
      const cluster = requireCluster(store.state, input.cluster);
      checkDefaultStrategy(input);
      cluster.capacityProviders = input.capacityProviders ?? [];
      cluster.defaultCapacityProviderStrategy = input.defaultCapacityProviderStrategy ?? [];
      return store.saved({ cluster: renderCluster(context, cluster) });
    },
  };
}
