/** Reads the live cluster and the registry, and joins them with the spec into the frozen plan. Changes nothing. */
import type { Service, TaskDefinition } from '@aws-sdk/client-ecs';
import { heartbeat } from '@temporalio/activity';
import { findsItsLogs } from '../aws/log-search.ts';
import { ConfigurationError, UnsafePlanError } from '../errors.ts';
import { joinPlan, type LiveRepository, type LiveService } from '../release/join-plan.ts';
import type { Plan, ReleaseSpec, ServiceSpec } from '../release/plan.ts';
import type { DeployActivities } from './contract.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { baseTaskDefinition } from './task-definition-base.ts';
import { whileBeating } from './while-beating.ts';

export const createInspect =
  (ports: DeployPorts): DeployActivities['inspect'] =>
  (spec: ReleaseSpec): Promise<Plan> =>
    // A hundred services take their time under ECS's rate limits.
    whileBeating(
      () => heartbeat({ inspecting: spec.cluster }),
      () => inspect(ports, spec),
    );

const inspect = async (ports: DeployPorts, spec: ReleaseSpec): Promise<Plan> => {
  const raw = await ports.ecs.describeRawServices(
    spec.cluster,
    spec.services.map((service) => service.service),
  );
  const services = await Promise.all(
    spec.services.flatMap((wanted) => {
      const service = raw.find((candidate) => candidate.serviceName === wanted.service);
      return service ? [readService(ports, wanted, service)] : [];
    }),
  );
  const repositories = await Promise.all(spec.images.map((image) => readRepository(ports, image.repository)));
  const { plan, problems } = joinPlan(spec, {
    services,
    repositories: repositories.filter((repository) => repository !== null),
    alarms: spec.bake ? [...(await ports.alarms.describe(spec.bake.alarms)).keys()] : [],
  });
  if (plan) return plan;
  const text = problems.map((problem) => problem.text).join('\n');
  throw problems.some((problem) => problem.kind === 'unsafe')
    ? new UnsafePlanError(text)
    : new ConfigurationError(text);
};

const readService = async (
  ports: DeployPorts,
  wanted: ServiceSpec,
  service: Service,
): Promise<LiveService> => {
  const { taskDefinition } = await baseTaskDefinition(
    ports,
    wanted.taskDefinitionBody,
    service.taskDefinition ?? '',
  );
  const targetGroup = service.loadBalancers?.find((balancer) => balancer.targetGroupArn)?.targetGroupArn;
  const asksByPath = wanted.health !== undefined && wanted.health.url === undefined;
  return {
    service: wanted.service,
    arn: service.serviceArn ?? '',
    status: service.status ?? '',
    controller: service.deploymentController?.type ?? 'ECS',
    desired: service.desiredCount ?? 0,
    minimumHealthyPercent: service.deploymentConfiguration?.minimumHealthyPercent ?? null,
    maximumPercent: service.deploymentConfiguration?.maximumPercent ?? null,
    circuitBreaker: service.deploymentConfiguration?.deploymentCircuitBreaker?.enable ?? false,
    containers: (taskDefinition.containerDefinitions ?? []).map((container) => ({
      name: container.name ?? '',
      essential: container.essential ?? true,
      findsItsLogs: findsItsLogs(container),
    })),
    architecture: architectureOf(taskDefinition, service),
    baseUrl: asksByPath && targetGroup ? await ports.loadBalancers.baseUrl(targetGroup) : null,
  };
};

/** Absent means X86_64 on Fargate; on EC2 it means whatever the instance is (facts/ecs-deployers.md 3.7). */
const architectureOf = (taskDefinition: TaskDefinition, service: Service): LiveService['architecture'] => {
  const declared = taskDefinition.runtimePlatform?.cpuArchitecture;
  if (declared !== undefined) return declared === 'ARM64' ? 'arm64' : 'amd64';
  const onFargate =
    service.launchType === 'FARGATE' || taskDefinition.requiresCompatibilities?.includes('FARGATE') === true;
  return onFargate ? 'amd64' : null;
};

const readRepository = async (ports: DeployPorts, name: string): Promise<LiveRepository | null> => {
  const found = await ports.registry.findRepository(name);
  return found ? { repository: name, ...found } : null;
};
