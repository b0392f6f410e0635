/** Reads the live cluster and the registry, and joins them with the spec into the frozen plan. Changes nothing. */
import type { Service, TaskDefinition } from '@aws-sdk/client-ecs';
import { heartbeat } from '@temporalio/activity';
import type { FoundTaskDefinition } from '../aws/ecs.ts';
import { toServiceView } from '../aws/ecs-views.ts';
import { logPlaceOf } from '../aws/log-place.ts';
import { ConfigurationError, RefusedByServiceError, SlipwayError, UnsafePlanError } from '../errors.ts';
import type { Standing } from '../release/environment/drift.ts';
import { recordedServices } from '../release/environment/record.ts';
import { type JoinResult, joinPlan } from '../release/joining/join-plan.ts';
import type { LiveRepository, LiveService } from '../release/joining/live-facts.ts';
import type { ImageSpec, Plan, ReleaseSpec, ServiceSpec } from '../release/plan.ts';
import { isSamePlace } from '../release/whereabouts.ts';
import { checkKeptImages, type RunningImage } from './check-kept-images.ts';
import { compareServices } from './compare-services.ts';
import type { DeployActivities, InspectInput } from './contracts/deploy.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { CALLS_AT_ONCE, inParallel, patientReads } from './in-parallel.ts';
import {
  checkImages,
  type PinnedImage,
  type PreflightParts,
  preflightRollback,
} from './rollback-preflight.ts';
import { createCheckSecrets } from './secret-check.ts';
import { baseTaskDefinition, type DescribeTaskDefinition } from './task-definition-base.ts';
import { whileBeating } from './while-beating.ts';

export const createInspect =
  (ports: DeployPorts): DeployActivities['inspect'] =>
  (input) =>
    // A hundred services take their time under ECS's rate limits.
    whileBeating(
      () => heartbeat({ inspecting: input.spec.cluster }),
      () => inspect(patient(ports), input),
    );

/** One throttled call among hundreds must not throw away all that has been read. */
export const patient = (ports: DeployPorts): DeployPorts => ({
  ...ports,
  ecs: patientReads(ports.ecs, ports.sleep),
  registry: patientReads(ports.registry, ports.sleep),
  loadBalancers: patientReads(ports.loadBalancers, ports.sleep),
  alarms: patientReads(ports.alarms, ports.sleep),
  secrets: patientReads(ports.secrets, ports.sleep),
});

const inspect = async (ports: DeployPorts, input: InspectInput): Promise<Plan> =>
  planFrom(ports, await inspectLive(ports, input), input.good);

/** All that was read, and what the spec makes of it. */
export interface Inspection {
  readonly joined: JoinResult;
  readonly services: readonly LiveService[];
  /** As ECS describes them. */
  readonly raw: readonly Service[];
  readonly standing: Standing | null;
  /** Images that run now, as far as they are known by digest. */
  readonly running: readonly RunningImage[];
  readonly describe: DescribeTaskDefinition;
}

/** @param ports whose reads are patient */
export const inspectLive = async (
  ports: DeployPorts,
  { spec, serving }: Pick<InspectInput, 'spec' | 'serving'>,
): Promise<Inspection> => {
  const raw = await ports.ecs.describeRawServices(
    spec.cluster,
    spec.services.map((service) => service.service),
  );
  const found = await inParallel(spec.images, CALLS_AT_ONCE, (image) => readRepository(ports, spec, image));
  const repositories = found.filter((repository) => repository !== null);
  const parts = {
    ports,
    spec,
    registryHosts: new Set(repositories.map(({ uri }) => uri.split('/', 1)[0] ?? '')),
    describe: describeOnce(ports),
    checkSecrets: createCheckSecrets(ports.secrets),
  } satisfies PreflightParts;
  const known = spec.services.flatMap((wanted) => {
    const service = raw.find((candidate) => candidate.serviceName === wanted.service);
    return service ? [{ wanted, service }] : [];
  });
  const read = await inParallel(known, CALLS_AT_ONCE, ({ wanted, service }) =>
    readService(ports, parts, wanted, service),
  );
  const standing = serving === null ? null : await readStanding(parts, ports.records, serving, raw);
  const services = read.map(({ live }) => live);
  const joined = joinPlan(spec, {
    services,
    repositories,
    standing,
    alarms: spec.bake ? [...(await ports.alarms.describe(spec.bake.alarms)).keys()] : [],
  });
  const running = read.flatMap(({ live, images }) =>
    images.map((image) => ({ service: live.service, ...image })),
  );
  return { joined, services, raw, standing, running, describe: parts.describe };
};

/** Errors: UnsafePlanError, ConfigurationError, with all problems at once. */
export const planFrom = async (
  ports: DeployPorts,
  { joined: { plan, problems }, running }: Inspection,
  good: InspectInput['good'],
): Promise<Plan> => {
  if (plan)
    return { ...plan, warnings: [...plan.warnings, ...(await checkKeptImages(ports, plan, good, running))] };
  const text = problems.map((problem) => problem.text).join('\n');
  throw problems.some((problem) => problem.kind === 'unsafe')
    ? new UnsafePlanError(text)
    : new ConfigurationError(text);
};

/** Beside what the ledger says to serve. What cannot be read of that is no reason not to deploy. */
const readStanding = async (
  { spec, describe }: PreflightParts & { readonly spec: ReleaseSpec },
  records: DeployPorts['records'],
  serving: number,
  raw: readonly Service[],
): Promise<Standing | null> => {
  const record = await records.read(spec, serving).catch((error: unknown) => {
    if (error instanceof SlipwayError && error.type === 'StoreDamaged') return undefined;
    throw error;
  });
  if (!record || !isSamePlace(record.plan, spec)) return null;
  const wanted = new Set(spec.services.map(({ name }) => name));
  const recorded = recordedServices(record).filter(({ name }) => wanted.has(name));
  const views = new Map(raw.map((service) => [service.serviceName ?? '', toServiceView(service)]));
  const services = await compareServices(views, recorded, describe);
  return { number: serving, sha: record.plan.commit.sha, services };
};

/** The task definition of a service is most often what it would go back to as well: one question, one answer. */
const describeOnce = (ports: DeployPorts): DescribeTaskDefinition => {
  const asked = new Map<string, Promise<FoundTaskDefinition>>();
  return (arn) => {
    const answer = asked.get(arn) ?? ports.ecs.describeTaskDefinition(arn);
    asked.set(arn, answer);
    return answer;
  };
};

const readService = async (
  ports: DeployPorts,
  parts: PreflightParts,
  wanted: ServiceSpec,
  service: Service,
): Promise<{ readonly live: LiveService; readonly images: readonly PinnedImage[] }> => {
  const { taskDefinition } = await baseOf(ports, parts, wanted, service);
  const { unknownSecrets, images, ...rollback } = await preflightRollback(parts, service);
  const secrets = await parts.checkSecrets(taskDefinition, service.serviceArn ?? '');
  const targetGroup = service.loadBalancers?.find((balancer) => balancer.targetGroupArn)?.targetGroupArn;
  const asksByPath = wanted.health !== undefined && wanted.health.url === undefined;
  const live: LiveService = {
    service: wanted.service,
    arn: service.serviceArn ?? '',
    status: service.status ?? '',
    controller: service.deploymentController?.type ?? 'ECS',
    strategy: service.deploymentConfiguration?.strategy ?? 'ROLLING',
    desired: service.desiredCount ?? 0,
    minimumHealthyPercent: service.deploymentConfiguration?.minimumHealthyPercent ?? null,
    maximumPercent: service.deploymentConfiguration?.maximumPercent ?? null,
    circuitBreaker: service.deploymentConfiguration?.deploymentCircuitBreaker?.enable ?? false,
    containers: (taskDefinition.containerDefinitions ?? []).map((container) => ({
      name: container.name ?? '',
      essential: container.essential ?? true,
      findsItsLogs: logPlaceOf(container) !== undefined,
    })),
    architecture: architectureOf(taskDefinition, service),
    baseUrl: asksByPath && targetGroup ? await ports.loadBalancers.baseUrl(targetGroup) : null,
    missingSecrets: secrets.missing,
    missingImages: wanted.taskDefinition === undefined ? [] : await missingImages(parts, taskDefinition),
    unknownSecrets: [...new Set([...secrets.unknown, ...unknownSecrets])],
    rollback,
  };
  return { live, images };
};

const baseOf = async (
  { texts }: DeployPorts,
  { describe }: PreflightParts,
  wanted: ServiceSpec,
  service: Service,
): Promise<FoundTaskDefinition> => {
  try {
    const ecs = { describeTaskDefinition: describe };
    return await baseTaskDefinition({ ecs, texts }, wanted, service.taskDefinition ?? '');
  } catch (error) {
    if (wanted.taskDefinition === undefined || !(error instanceof RefusedByServiceError)) throw error;
    throw new UnsafePlanError(`${wanted.taskDefinition} cannot be brought back: ${error.message}`, {
      cause: error,
      advice: 'choose another release (slipway history), or deploy its commit: slipway deploy --allow-older',
    });
  }
};

/** A recorded task definition names its images by digest; a sidecar's tag is looked up as it is. */
const missingImages = async (
  parts: PreflightParts,
  taskDefinition: TaskDefinition,
): Promise<readonly string[]> => (await checkImages(parts, async () => new Map(), taskDefinition)).problems;

/** Absent means X86_64 on Fargate; on EC2 it means whatever the instance is (facts/ecs-deployers.md 3.7). */
const architectureOf = (taskDefinition: TaskDefinition, service: Service): LiveService['architecture'] => {
  const declared = taskDefinition.runtimePlatform?.cpuArchitecture;
  if (declared !== undefined) return declared === 'ARM64' ? 'arm64' : 'amd64';
  const onFargate =
    service.launchType === 'FARGATE' || taskDefinition.requiresCompatibilities?.includes('FARGATE') === true;
  return onFargate ? 'amd64' : null;
};

const readRepository = async (
  { registry }: DeployPorts,
  { promotion, environment }: ReleaseSpec,
  { name, repository }: ImageSpec,
): Promise<LiveRepository | null> => {
  const found = await registry.findRepository(repository, environment);
  if (!found) return null;
  const promoted = promotion?.images.find(({ image }) => image === name);
  // In another registry only the copy can tell.
  const isHere = promoted?.repositoryUri === found.uri;
  const isGone = isHere && (await registry.has(found.uri, promoted.digest)) === false;
  return { repository, ...found, ...(isGone && { promotedIsGone: true }) };
};
