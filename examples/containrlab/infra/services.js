// The cluster and its services. Slipway updates services; making and removing them is up to code like this.
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  waitUntilServicesInactive,
} from '@aws-sdk/client-ecs';
import { created, found, removed } from './report.js';
import { APP, CONTAINER_PORT, DESIRED_COUNT, readTaskDefinition, SERVICES } from './settings.js';

/** A removed cluster stays visible as INACTIVE for a while. */
async function clusterIsActive(ecs) {
  const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: [APP] }));
  return clusters[0]?.status === 'ACTIVE';
}

export async function createCluster(ecs) {
  if (await clusterIsActive(ecs)) return found(`cluster ${APP}`);
  await ecs.send(new CreateClusterCommand({ clusterName: APP, serviceConnectDefaults: { namespace: APP } }));
  created(`cluster ${APP}`);
}

export async function createService(ecs, service, { taskDefinition, targetGroupArn, settings }) {
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster: APP, services: [service] }));
  const status = services[0]?.status;
  if (status === 'ACTIVE') return found(`service ${service}`);
  if (status === 'DRAINING') throw new Error(`service ${service} is being removed; try again in a minute`);

  const { requiresCompatibilities } = await readTaskDefinition(service);
  const [launchType] = requiresCompatibilities;
  await ecs.send(
    new CreateServiceCommand({
      cluster: APP,
      serviceName: service,
      taskDefinition,
      launchType,
      desiredCount: DESIRED_COUNT[service],
      deploymentConfiguration: {
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
      networkConfiguration: { awsvpcConfiguration: network(launchType, settings) },
      // Others call it as http://<service>:8080, and it can call them.
      serviceConnectConfiguration: {
        enabled: true,
        services: [{ portName: 'http', clientAliases: [{ port: CONTAINER_PORT, dnsName: service }] }],
      },
      ...(targetGroupArn ? behind(targetGroupArn, service) : {}),
    }),
  );
  created(`service ${service} (${launchType}, ${DESIRED_COUNT[service]} wanted)`);
}

function network(launchType, { subnets, securityGroups, assignPublicIp }) {
  // A public address is for Fargate only; ECS refuses the field for EC2.
  const publicIp =
    launchType === 'FARGATE' ? { assignPublicIp: assignPublicIp ? 'ENABLED' : 'DISABLED' } : {};
  return { subnets, securityGroups, ...publicIp };
}

const behind = (targetGroupArn, containerName) => ({
  loadBalancers: [{ targetGroupArn, containerName, containerPort: CONTAINER_PORT }],
  healthCheckGracePeriodSeconds: 60,
});

/** Stops all tasks and waits until they are gone. */
export async function removeServices(ecs) {
  if (!(await clusterIsActive(ecs))) return;
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster: APP, services: SERVICES }));
  const present = services.filter(({ status }) => status !== 'INACTIVE');
  if (present.length === 0) return;
  for (const { serviceName, status } of present) {
    if (status === 'ACTIVE') {
      await ecs.send(new DeleteServiceCommand({ cluster: APP, service: serviceName, force: true }));
    }
  }
  await waitUntilServicesInactive(
    { client: ecs, maxWaitTime: 300, minDelay: 1, maxDelay: 5 },
    { cluster: APP, services: present.map(({ serviceName }) => serviceName) },
  );
  for (const { serviceName } of present) removed(`service ${serviceName}`);
}

export async function removeCluster(ecs) {
  if (!(await clusterIsActive(ecs))) return;
  await ecs.send(new DeleteClusterCommand({ cluster: APP }));
  removed(`cluster ${APP}`);
}
