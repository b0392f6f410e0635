/**
 * The part of ECS that a release needs, behind a port: views in, absolute targets out.
 * Retries belong to Temporal, so the client is made with `maxAttempts: 1` and errors come mapped (errors.ts).
 */
import {
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  type Service,
  type Tag,
  type Task,
  type TaskDefinition,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import type {
  LastCompleted,
  RunningTask,
  ServiceDeploymentView,
  ServiceView,
  StoppedTask,
} from '../release/judging/observation.ts';
import { abortable } from './abortable.ts';
import { toDigests, toRunningTask, toServiceView, toStoppedTask } from './ecs-views.ts';
import { callAws } from './errors.ts';
import { findLastCompleted } from './last-completed.ts';
import { type DeploymentIdentity, findServiceDeployment } from './service-deployments.ts';

/** DescribeServices takes at most 10 names, DescribeTasks 100 (facts/ecs-deployers.md 3.3, 3.8). */
const SERVICES_PER_CALL = 10;
/** ListTasks gives 100 a page in no promised order: a busy service's newest failure may be on a later page. */
const TASK_PAGES = 10;

export interface FoundTaskDefinition {
  readonly taskDefinition: TaskDefinition;
  readonly tags: readonly Tag[];
}

export interface Ecs {
  /** Services by name; missing ones are simply absent. The raw service is kept for what only the plan reads. */
  describeServices(cluster: string, services: readonly string[]): Promise<ReadonlyMap<string, ServiceView>>;
  describeRawServices(cluster: string, services: readonly string[]): Promise<readonly Service[]>;
  /** Tasks of the service that ECS wants stopped, and remembers (about an hour): stopping or stopped, newest first. */
  stoppedTasks(cluster: string, service: string): Promise<readonly StoppedTask[]>;
  /** Tasks of the service that ECS wants running, newest first. */
  runningTasks(cluster: string, service: string): Promise<readonly RunningTask[]>;
  /** ECS's own account of a deployment; null where there is none, or none that may be read (service-deployments.ts). */
  serviceDeployment(
    cluster: string,
    service: string,
    identity: DeploymentIdentity,
  ): Promise<ServiceDeploymentView | null>;
  /** What completed last, as far as ECS remembers (90 days). */
  lastCompleted(cluster: string, service: string): Promise<LastCompleted>;
  describeTaskDefinition(arn: string): Promise<FoundTaskDefinition>;
  /** ARNs of the family's newest ACTIVE revisions, newest first. */
  newestRevisions(family: string, count: number): Promise<readonly string[]>;
  registerTaskDefinition(input: RegisterTaskDefinitionCommandInput): Promise<string>;
  /** Moves the service to the task definition; nothing else of it is changed. Returns the service as it is then. */
  updateService(
    cluster: string,
    service: string,
    taskDefinition: string,
    /** Starts a deployment although the service has that task definition already. */
    force?: boolean,
  ): Promise<ServiceView>;
  /** Container name → image digest (`sha256:…`) of what the service runs of the task definition, as far as ECS knows. */
  runningDigests(
    cluster: string,
    service: Service,
    taskDefinition: string,
  ): Promise<ReadonlyMap<string, string>>;
}

export const createEcs = (client: ECSClient): Ecs => {
  const describeRawServices = async (
    cluster: string,
    names: readonly string[],
  ): Promise<readonly Service[]> => {
    const found: Service[] = [];
    for (let start = 0; start < names.length; start += SERVICES_PER_CALL) {
      const services = names.slice(start, start + SERVICES_PER_CALL);
      const answer = await callAws('ecs:DescribeServices', () =>
        client.send(new DescribeServicesCommand({ cluster, services }), abortable()),
      );
      found.push(...(answer.services ?? []));
    }
    return found;
  };

  return {
    describeRawServices,

    async describeServices(cluster, services) {
      const found = await describeRawServices(cluster, services);
      return new Map(found.map((service) => [service.serviceName ?? '', toServiceView(service)]));
    },

    async stoppedTasks(cluster, service) {
      const tasks = await describeTasks(client, cluster, service, 'STOPPED');
      return tasks.map(toStoppedTask).sort((one, other) => other.stoppedAtMs - one.stoppedAtMs);
    },

    async runningTasks(cluster, service) {
      const tasks = await describeTasks(client, cluster, service, 'RUNNING');
      return tasks.map(toRunningTask).sort((one, other) => other.createdAtMs - one.createdAtMs);
    },

    serviceDeployment: (cluster, service, identity) =>
      findServiceDeployment(client, cluster, service, identity, Date.now()),

    lastCompleted: (cluster, service) => findLastCompleted(client, cluster, service),

    async describeTaskDefinition(arn) {
      const { taskDefinition, tags } = await callAws('ecs:DescribeTaskDefinition', () =>
        client.send(
          new DescribeTaskDefinitionCommand({ taskDefinition: arn, include: ['TAGS'] }),
          abortable(),
        ),
      );
      if (!taskDefinition) throw new Error(`ECS answered DescribeTaskDefinition of ${arn} without one`);
      return { taskDefinition, tags: tags ?? [] };
    },

    async newestRevisions(family, count) {
      const { taskDefinitionArns } = await callAws('ecs:ListTaskDefinitions', () =>
        client.send(
          new ListTaskDefinitionsCommand({
            familyPrefix: family,
            sort: 'DESC',
            maxResults: count,
            status: 'ACTIVE',
          }),
          abortable(),
        ),
      );
      // `familyPrefix` is the family's exact name, in spite of its own.
      return taskDefinitionArns ?? [];
    },

    async registerTaskDefinition(input) {
      const { taskDefinition } = await callAws('ecs:RegisterTaskDefinition', () =>
        client.send(new RegisterTaskDefinitionCommand(input), abortable()),
      );
      if (!taskDefinition?.taskDefinitionArn)
        throw new Error('ECS registered a task definition without an ARN');
      return taskDefinition.taskDefinitionArn;
    },

    async updateService(cluster, service, taskDefinition, force = false) {
      // No abort signal: once sent, we want to know what came of it. Never desiredCount (facts 2, row 25).
      const answer = await callAws('ecs:UpdateService', () =>
        client.send(
          new UpdateServiceCommand({
            cluster,
            service,
            taskDefinition,
            ...(force ? { forceNewDeployment: true } : {}),
          }),
        ),
      );
      if (!answer.service) throw new Error(`ECS answered UpdateService of ${service} without a service`);
      return toServiceView(answer.service);
    },

    async runningDigests(cluster, service, taskDefinition) {
      const fromRevision = await revisionDigests(client, service, taskDefinition);
      if (fromRevision.size > 0) return fromRevision;
      const tasks = await describeTasks(client, cluster, service.serviceName ?? '', 'RUNNING');
      const task = tasks.find((candidate) => candidate.taskDefinitionArn === taskDefinition);
      return toDigests(
        (task?.containers ?? []).map(({ name, imageDigest }) => ({ containerName: name, imageDigest })),
      );
    },
  };
};

const describeTasks = async (
  client: ECSClient,
  cluster: string,
  serviceName: string,
  desiredStatus: 'RUNNING' | 'STOPPED',
): Promise<readonly Task[]> => {
  const found: Task[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < TASK_PAGES; page += 1) {
    const listed = await callAws('ecs:ListTasks', () =>
      client.send(new ListTasksCommand({ cluster, serviceName, desiredStatus, nextToken }), abortable()),
    );
    const tasks = listed.taskArns ?? [];
    if (tasks.length > 0) {
      const answer = await callAws('ecs:DescribeTasks', () =>
        client.send(new DescribeTasksCommand({ cluster, tasks }), abortable()),
      );
      found.push(...(answer.tasks ?? []));
    }
    nextToken = listed.nextToken;
    if (!nextToken) break;
  }
  return found;
};

const revisionDigests = async (
  client: ECSClient,
  service: Service,
  taskDefinition: string,
): Promise<ReadonlyMap<string, string>> => {
  const arns = (service.currentServiceRevisions ?? [])
    .map((revision) => revision.arn)
    .filter((arn) => arn !== undefined);
  if (arns.length === 0) return new Map();
  const { serviceRevisions } = await callAws('ecs:DescribeServiceRevisions', () =>
    client.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: arns }), abortable()),
  );
  const revision = serviceRevisions?.find((candidate) => candidate.taskDefinition === taskDefinition);
  return toDigests(revision?.containerImages ?? []);
};
