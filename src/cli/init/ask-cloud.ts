/**
 * Reads the cluster that releases go to, with the person's own credentials. Changes nothing; each read that is refused
 * costs what it would have told, and no more.
 */
import { ECRClient, paginateDescribeRepositories } from '@aws-sdk/client-ecr';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  paginateListClusters,
  paginateListServices,
  type Service,
} from '@aws-sdk/client-ecs';
import {
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { inParallel } from '../../activities/in-parallel.ts';
import { callAws, isNetworkError } from '../../aws/errors.ts';
import { createLoadBalancers } from '../../aws/load-balancers.ts';
import { ConfigurationError, SlipwayError } from '../../errors.ts';
import { userAwsSettings } from '../aws-settings.ts';
import type { Cloud, CloudAnswer, CloudHealth, CloudService } from './cloud.ts';

export interface AskOptions {
  readonly region: string | undefined;
  /** Undefined: the only one that there is. */
  readonly cluster: string | undefined;
}

/** More than one app has; a cluster with thousands is cut, and that is said. */
const MOST_SERVICES = 300;
const MOST_REPOSITORIES = 2_000;
const CALLS_AT_ONCE = 4;

interface Clients {
  readonly sts: STSClient;
  readonly ecs: ECSClient;
  readonly ecr: ECRClient;
  readonly balancers: ElasticLoadBalancingV2Client;
}

/** @throws ConfigurationError where there are several clusters, or not the one that was named */
export async function askCloud({ region, cluster }: AskOptions): Promise<CloudAnswer> {
  const settings = userAwsSettings(region);
  const clients: Clients = {
    sts: new STSClient(settings),
    ecs: new ECSClient(settings),
    ecr: new ECRClient(settings),
    balancers: new ElasticLoadBalancingV2Client(settings),
  };
  const notes: string[] = [];
  try {
    return await ask(clients, cluster, notes);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    return { kind: 'not-asked', why: reasonOf(error), notes };
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

/** Why AWS could not be asked, in a line. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/region is missing/i.test(message)) return 'no region is set (AWS_REGION, or --region)';
  const cause = error instanceof SlipwayError ? error.cause : error;
  if (cause instanceof Error && /CredentialsProviderError|TokenProviderError/.test(cause.name)) {
    return 'no AWS credentials were found';
  }
  if (isNetworkError(error)) return `AWS does not answer (${message})`;
  return message;
}

async function ask(clients: Clients, wanted: string | undefined, notes: string[]): Promise<CloudAnswer> {
  const region = await clients.ecs.config.region();
  const identity = await callAws('sts:GetCallerIdentity', () =>
    clients.sts.send(new GetCallerIdentityCommand({})),
  );
  const cluster = wanted ?? (await onlyCluster(clients.ecs, region));
  const repositories = await listRepositories(clients.ecr).catch((error: unknown) => {
    notes.push(`which ECR repositories there are is not known: ${reasonOf(error)}`);
    return undefined;
  });
  const services = await readServices(clients, cluster, identity.Account ?? '', repositories, notes);
  const cloud: Cloud = {
    account: identity.Account ?? '',
    identity: identity.Arn ?? '',
    region,
    cluster,
    services,
    repositories: repositories && [...repositories.values()],
  };
  return { kind: 'cloud', cloud, notes };
}

const nameOf = (arn: string): string => arn.split('/').at(-1) ?? arn;

async function onlyCluster(ecs: ECSClient, region: string): Promise<string> {
  const arns = await callAws('ecs:ListClusters', async () => {
    const found: string[] = [];
    for await (const page of paginateListClusters({ client: ecs }, {}))
      found.push(...(page.clusterArns ?? []));
    return found;
  });
  const names = arns.map(nameOf).sort();
  const [first] = names;
  if (first !== undefined && names.length === 1) return first;
  if (first === undefined) {
    throw new ConfigurationError(`there is no ECS cluster in ${region}`, {
      advice:
        'Slipway never creates one. Create it, name another region (--region), or leave AWS out: --no-aws.',
    });
  }
  const shown = names.slice(0, 20);
  const more = names.length > shown.length ? `, and ${names.length - shown.length} more` : '';
  throw new ConfigurationError(
    `there are ${names.length} ECS clusters in ${region}: ${shown.join(', ')}${more}`,
    {
      advice: `Say which one: slipway init --cluster ${first}`,
    },
  );
}

/** Address → name. */
async function listRepositories(ecr: ECRClient): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  await callAws('ecr:DescribeRepositories', async () => {
    for await (const { repositories = [] } of paginateDescribeRepositories(
      { client: ecr, pageSize: 1_000 },
      {},
    )) {
      for (const { repositoryUri, repositoryName } of repositories) {
        if (repositoryUri && repositoryName) found.set(repositoryUri, repositoryName);
      }
      if (found.size >= MOST_REPOSITORIES) return;
    }
  });
  return found;
}

async function readServices(
  clients: Clients,
  cluster: string,
  account: string,
  repositories: ReadonlyMap<string, string> | undefined,
  notes: string[],
): Promise<readonly CloudService[]> {
  const arns = await listServices(clients.ecs, cluster);
  if (arns.length > MOST_SERVICES)
    notes.push(`only the first ${MOST_SERVICES} services of ${cluster} were looked at`);
  const names = arns.slice(0, MOST_SERVICES).map(nameOf).sort();
  const batches = Array.from({ length: Math.ceil(names.length / 10) }, (_, at) =>
    names.slice(at * 10, at * 10 + 10),
  );
  const described = await inParallel(batches, CALLS_AT_ONCE, (services) =>
    callAws('ecs:DescribeServices', () =>
      clients.ecs.send(new DescribeServicesCommand({ cluster, services })),
    ),
  );
  const active = described
    .flatMap((answer) => answer.services ?? [])
    .filter(({ status }) => status === 'ACTIVE');
  const read = await inParallel(active, CALLS_AT_ONCE, (service) =>
    readService(clients, service, account, repositories, notes).catch((error: unknown) => {
      notes.push(`service ${service.serviceName} is left out: ${reasonOf(error)}`);
      return undefined;
    }),
  );
  return read.filter((service) => service !== undefined);
}

async function listServices(ecs: ECSClient, cluster: string): Promise<readonly string[]> {
  try {
    return await callAws('ecs:ListServices', async () => {
      const found: string[] = [];
      for await (const page of paginateListServices({ client: ecs, pageSize: 100 }, { cluster })) {
        found.push(...(page.serviceArns ?? []));
        if (found.length > MOST_SERVICES) break;
      }
      return found;
    });
  } catch (error) {
    if (!(error instanceof SlipwayError && /ClusterNotFound/.test(error.message))) throw error;
    throw new ConfigurationError(`there is no ECS cluster ${cluster} in ${await ecs.config.region()}`, {
      advice: 'Leave --cluster out to see which there are, or name another --region.',
      cause: error,
    });
  }
}

const ARCHITECTURES: Readonly<Record<string, 'arm64' | 'amd64'>> = { ARM64: 'arm64', X86_64: 'amd64' };

async function readService(
  clients: Clients,
  service: Service,
  account: string,
  repositories: ReadonlyMap<string, string> | undefined,
  notes: string[],
): Promise<CloudService> {
  const name = service.serviceName ?? '';
  const { taskDefinition } = await callAws('ecs:DescribeTaskDefinition', () =>
    clients.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: service.taskDefinition })),
  );
  const group = service.loadBalancers?.find(({ targetGroupArn }) => targetGroupArn)?.targetGroupArn;
  const health = await readHealth(clients.balancers, group).catch((error: unknown) => {
    notes.push(`the health check path of ${name} is not known: ${reasonOf(error)}`);
    return undefined;
  });
  return {
    name,
    taskDefinition: nameOf(service.taskDefinition ?? ''),
    containers: (taskDefinition?.containerDefinitions ?? []).map((container) => ({
      name: container.name ?? '',
      image: container.image ?? '',
      repository: ownRepository(container.image ?? '', account, repositories),
    })),
    architecture: ARCHITECTURES[taskDefinition?.runtimePlatform?.cpuArchitecture ?? ''],
    launchType: service.launchType ?? taskDefinition?.requiresCompatibilities?.[0] ?? '',
    health,
    hasBreaker: service.deploymentConfiguration?.deploymentCircuitBreaker?.enable === true,
  };
}

/** `registry:5000/name:tag@sha256:…` → `registry:5000/name`. */
const withoutTag = (image: string): string => image.split('@', 1)[0]?.replace(/:[^/:]*$/, '') ?? image;

function ownRepository(
  image: string,
  account: string,
  repositories: ReadonlyMap<string, string> | undefined,
): string | undefined {
  const address = withoutTag(image);
  if (repositories !== undefined) return repositories.get(address);
  const [, owner, name] = /^(\d{12})\.dkr[.-]ecr\.[^/]+\/(.+)$/.exec(address) ?? [];
  return owner === account ? name : undefined;
}

async function readHealth(
  client: ElasticLoadBalancingV2Client,
  group: string | undefined,
): Promise<CloudHealth | undefined> {
  if (group === undefined) return undefined;
  const { TargetGroups } = await callAws('elasticloadbalancing:DescribeTargetGroups', () =>
    client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [group] })),
  );
  // A network load balancer's target group has a path only where it checks by HTTP.
  const path = TargetGroups?.[0]?.HealthCheckPath;
  // The rule of slipway.yaml (urlPath in src/config/fields.ts).
  if (!path || !/^\/[\x21-\x7e]*$/.test(path)) return undefined;
  const isReached = (await createLoadBalancers(client).baseUrl(group)) !== null;
  return { kind: isReached ? 'path' : 'behind-a-rule', path };
}
