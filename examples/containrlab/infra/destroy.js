// Removes all that create.js made, and the images that releases brought. Can be run again.
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { removeLoadBalancer } from './load-balancer.js';
import { main } from './report.js';
import { removeRepository } from './repositories.js';
import { removeCluster, removeServices } from './services.js';
import { SERVICES } from './settings.js';
import { removeTaskDefinitions } from './task-definitions.js';

await main(async () => {
  const ecr = new ECRClient();
  const ecs = new ECSClient();
  const elb = new ElasticLoadBalancingV2Client();

  await removeServices(ecs);
  await removeLoadBalancer(elb);
  for (const service of SERVICES) {
    await removeTaskDefinitions(ecs, service);
    await removeRepository(ecr, service);
  }
  await removeCluster(ecs);
});
