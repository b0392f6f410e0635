// Makes all that the sample needs in AWS, or in a local stack (AWS_ENDPOINT_URL). Can be run again.
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createLoadBalancer, createTarget } from './load-balancer.js';
import { main } from './report.js';
import { createRepository } from './repositories.js';
import { createCluster, createService } from './services.js';
import { BALANCED, readSettings, SERVICES } from './settings.js';
import { createTaskDefinition } from './task-definitions.js';

await main(async () => {
  const settings = readSettings();
  const ecr = new ECRClient();
  const ecs = new ECSClient();
  const elb = new ElasticLoadBalancingV2Client();

  await createCluster(ecs);
  const loadBalancer = await createLoadBalancer(elb, settings);
  for (const service of SERVICES) {
    const repositoryUri = await createRepository(ecr, service);
    const targetGroupArn = BALANCED.includes(service)
      ? await createTarget(elb, service, loadBalancer, settings)
      : undefined;
    const taskDefinition = await createTaskDefinition(ecs, service, repositoryUri, settings.executionRoleArn);
    await createService(ecs, service, { taskDefinition, targetGroupArn, settings });
  }
  for (const service of BALANCED) {
    console.log(`${service.padEnd(8)} http://${loadBalancer.DNSName}:${settings.listenerPorts[service]}`);
  }
});
