/**
 * Joins what the repository says (the spec) with what the cluster and the registry say (live facts) into the
 * frozen plan. Pure: all problems come back at once, each with a word on what to do.
 */
import { driftWarning, inPlaceOf, type Standing } from './environment/drift.ts';
import { joinMigration } from './join-migration.ts';
import { KEEP_TAG_PREFIX } from './keep-tags.ts';
import type {
  Architecture,
  HealthPlan,
  HealthSpec,
  ImagePlan,
  ImageSpec,
  Plan,
  ReleaseSpec,
  ServicePlan,
  ServiceSpec,
} from './plan.ts';
import type { RollbackTarget } from './rollback-target.ts';
import { isStuck } from './window.ts';

export interface LiveContainer {
  readonly name: string;
  readonly essential: boolean;
  /** It logs to CloudWatch Logs, to a stream whose name can be told. */
  readonly findsItsLogs: boolean;
}

export interface LiveService {
  readonly service: string;
  readonly arn: string;
  readonly status: string;
  /** `ECS`, `CODE_DEPLOY`, `EXTERNAL`. */
  readonly controller: string;
  /** `ROLLING`, `BLUE_GREEN`, `LINEAR`, `CANARY`. */
  readonly strategy: string;
  readonly desired: number;
  readonly minimumHealthyPercent: number | null;
  readonly maximumPercent: number | null;
  readonly circuitBreaker: boolean;
  readonly containers: readonly LiveContainer[];
  /** Null where the task definition does not say. */
  readonly architecture: Architecture | null;
  /** Of the load balancer's listener that forwards to the service; null without one. */
  readonly baseUrl: string | null;
  /** Of the next task definition: what its tasks need and would not get, one line each. */
  readonly missingSecrets: readonly string[];
  /** Of one that an earlier release has registered: images that are gone, one line each. */
  readonly missingImages: readonly string[];
  /** Secrets of the next task definition or the one before that could not be looked up. */
  readonly unknownSecrets: readonly string[];
  readonly rollback: RollbackTarget;
}

export interface LiveRepository {
  readonly repository: string;
  readonly uri: string;
  readonly movesLatest: boolean;
  readonly movesKeepTags: boolean;
  /** What is to be promoted was in this very repository, and is not any more. */
  readonly promotedIsGone?: true;
}

export interface LiveFacts {
  readonly services: readonly LiveService[];
  readonly repositories: readonly LiveRepository[];
  /** Those of the named CloudWatch alarms that exist. */
  readonly alarms: readonly string[];
  /** Beside what the ledger says; null: it knows of nothing. */
  readonly standing: Standing | null;
}

export interface Problem {
  /** `unsafe`: the release is refused; `configuration`: something named does not exist or does not fit. */
  readonly kind: 'unsafe' | 'configuration';
  readonly text: string;
}

export type JoinResult =
  | { readonly plan: Plan; readonly problems: readonly [] }
  | { readonly plan: null; readonly problems: readonly Problem[] };

export const joinPlan = (spec: ReleaseSpec, live: LiveFacts): JoinResult => {
  const problems: Problem[] = [];
  const warnings: string[] = [...(spec.warnings ?? [])];
  const report = (kind: Problem['kind'], text: string): null => {
    problems.push({ kind, text });
    return null;
  };

  const services: ServicePlan[] = [];
  for (const wanted of spec.services) {
    const found = live.services.find((candidate) => candidate.service === wanted.service);
    const plan = joinService(wanted, found, spec, report, warnings);
    if (plan) services.push(plan);
  }
  const images: ImagePlan[] = [];
  for (const image of spec.images) {
    const plan = joinImage(image, services, live.repositories, spec, report, warnings);
    if (plan) images.push(plan);
  }
  warnings.push(...driftOf(spec, live.standing));
  const { migration: _migration, warnings: _warnings, ...rest } = spec;
  const migration = joinMigration(spec, services, live, report);
  if (problems.length > 0) return { plan: null, problems };
  const byImage = new Map(images.map((image) => [image.name, image.architecture]));
  return {
    plan: {
      ...rest,
      images,
      services: services.map((service) => settle(service, byImage)),
      ...(migration && { migration }),
      inPlace: inPlaceOf(
        live.standing,
        spec.commit.sha,
        spec.services.map(({ name }) => name),
      ),
      warnings,
    },
    problems: [],
  };
};

/** What somebody else has changed since the last success: it is about to be overwritten. */
const driftOf = (spec: ReleaseSpec, standing: Standing | null): readonly string[] =>
  (standing?.services ?? [])
    .filter(({ state }) => state === 'changed')
    .flatMap((service) => {
      const wanted = spec.services.find(({ name }) => name === service.name);
      if (!wanted || !standing) return [];
      const base = wanted.taskDefinition ? 'recorded' : wanted.taskDefinitionBody ? 'repository' : 'live';
      return [driftWarning(service, standing.number, base)];
    });

type Report = (kind: Problem['kind'], text: string) => null;

const joinService = (
  wanted: ServiceSpec,
  found: LiveService | undefined,
  spec: ReleaseSpec,
  report: Report,
  warnings: string[],
): (ServicePlan & { readonly declared: boolean }) | null => {
  const name = `service ${wanted.service}`;
  if (found?.status !== 'ACTIVE') {
    const state = found ? `is ${found.status}` : `does not exist in cluster ${spec.cluster}`;
    if (wanted.taskDefinition !== undefined) {
      warnings.push(`${name} ${state} any more: it is not brought back`);
      return null;
    }
    return report('configuration', `${name} ${state}: create it first, Slipway never creates services`);
  }
  if (found.controller !== 'ECS') {
    return report(
      'unsafe',
      `${name} has the ${found.controller} deployment controller; Slipway drives rolling updates only`,
    );
  }
  if (found.strategy !== 'ROLLING') {
    return report(
      'unsafe',
      `${name} has the ${found.strategy} deployment strategy; Slipway drives rolling updates only`,
    );
  }
  if (isStuck(found)) {
    const { desired, minimumHealthyPercent, maximumPercent } = found;
    return report(
      'unsafe',
      `${name} can never be updated: with ${desired} tasks, minimumHealthyPercent ${minimumHealthyPercent ?? 100} and ` +
        `maximumPercent ${maximumPercent ?? 200} leave no room to start or stop one`,
    );
  }
  if (!found.circuitBreaker)
    warnings.push(
      `${name} has no deployment circuit breaker: ECS itself would never give up on a bad deployment`,
    );
  if (found.desired === 0)
    warnings.push(`${name} is scaled to zero: it will be updated, but cannot be health-checked`);
  for (const missing of found.missingImages) {
    report('unsafe', `${name} cannot be brought back: ${missing}`);
  }
  for (const missing of found.missingSecrets) {
    report('configuration', `${name}: its new tasks could not start: ${missing}`);
  }
  if (found.unknownSecrets.length > 0)
    warnings.push(`${name}: not known whether these are there: ${found.unknownSecrets.join('; ')}`);
  for (const note of found.rollback.notes) warnings.push(`${name}: ${note}`);
  if (found.rollback.problems.length > 0)
    warnings.push(`${name} could not be rolled back: ${found.rollback.problems.join('; ')}`);
  const containers = resolveContainers(wanted, found, report);
  const health = wanted.health ? resolveHealth(wanted, wanted.health, found, report) : undefined;
  if (containers === null || health === null) return null;
  return {
    name: wanted.name,
    service: wanted.service,
    serviceArn: found.arn,
    containers,
    declared: found.architecture !== null,
    architecture: found.architecture ?? 'amd64',
    ...(wanted.taskDefinitionBody ? { taskDefinitionBody: wanted.taskDefinitionBody } : {}),
    ...(wanted.taskDefinition ? { taskDefinition: wanted.taskDefinition } : {}),
    ...(health ? { health } : {}),
    rollback: found.rollback,
  };
};

/** Container → image. Without an explicit map: the only container, else one named like the image or the service. */
const resolveContainers = (
  wanted: ServiceSpec,
  found: LiveService,
  report: Report,
): Readonly<Record<string, string>> | null => {
  const names = found.containers.map((container) => container.name);
  const mapped = Object.keys(wanted.containers);
  if (mapped.length > 0) {
    const unknown = mapped.filter((container) => !names.includes(container));
    if (unknown.length === 0) return wanted.containers;
    return report(
      'configuration',
      `service ${wanted.service} has no container named ${unknown.join(', ')}; it has ${names.join(', ')}`,
    );
  }
  const { image } = wanted;
  if (image === undefined) return report('configuration', `service ${wanted.service} names no image`);
  const [only] = names;
  const container =
    names.length === 1
      ? only
      : names.find((candidate) => candidate === image || candidate === wanted.service);
  if (container !== undefined) return { [container]: image };
  return report(
    'configuration',
    `service ${wanted.service} has several containers (${names.join(', ')}): say which runs ${image} with \`containers\``,
  );
};

const resolveHealth = (
  wanted: ServiceSpec,
  health: HealthSpec,
  found: LiveService,
  report: Report,
): HealthPlan | null => {
  const { path, url, ...rest } = health;
  if (url !== undefined) return { ...rest, url };
  if (found.baseUrl === null) {
    return report(
      'configuration',
      `services.${wanted.name}.health.path needs a load balancer whose listener forwards to service ${wanted.service}, ` +
        'and there is none: give an absolute `url`, or leave `health` to the container health check',
    );
  }
  return { ...rest, url: new URL(path ?? '/', found.baseUrl).href };
};

const joinImage = (
  image: ImageSpec,
  services: readonly (ServicePlan & { readonly declared?: boolean })[],
  repositories: readonly LiveRepository[],
  { promotion, keep }: Pick<ReleaseSpec, 'promotion' | 'keep'>,
  report: Report,
  warnings: string[],
): ImagePlan | null => {
  const repository = repositories.find((candidate) => candidate.repository === image.repository);
  if (!repository) {
    return report(
      'configuration',
      `image ${image.name}: the registry has no repository ${image.repository}; create it first`,
    );
  }
  const users = services.filter((service) => Object.values(service.containers).includes(image.name));
  const declared = new Set(
    users.filter((service) => service.declared).map((service) => service.architecture),
  );
  if (declared.size > 1) {
    return report(
      'configuration',
      `image ${image.name} is run by services of different architectures: make it two images`,
    );
  }
  const [fromServices] = declared;
  if (image.architecture && fromServices && image.architecture !== fromServices) {
    const names = users.map((service) => service.service).join(', ');
    return report(
      'unsafe',
      `image ${image.name} is built for ${image.architecture}, but the task definition of ${names} asks for ${fromServices}`,
    );
  }
  const promoted = promotion?.images.find((candidate) => candidate.image === image.name);
  const wanted = image.architecture ?? fromServices ?? promoted?.architecture ?? 'amd64';
  const origin = `release ${promotion?.number} of ${promotion?.environment}`;
  if (promoted && promoted.architecture !== wanted) {
    return report(
      'unsafe',
      `image ${image.name} runs on ${wanted} here, and ${origin} has verified it for ${promoted.architecture}`,
    );
  }
  if (promoted && repository.promotedIsGone) {
    return report(
      'unsafe',
      `image ${image.name}: ${repository.uri} does not have ${promoted.digest} any more, which ${origin} has verified: bring the commit there again`,
    );
  }
  if (!repository.movesLatest)
    warnings.push(`repository ${image.repository} has immutable tags: \`latest\` will not move`);
  if (keep?.tag && !repository.movesKeepTags)
    warnings.push(
      `repository ${image.repository} has immutable tags: the tags \`${KEEP_TAG_PREFIX}…\` cannot move there, and protect nothing`,
    );
  return {
    ...image,
    architecture: wanted,
    repositoryUri: repository.uri,
    movesLatest: repository.movesLatest,
    ...(keep?.tag && { isTagged: repository.movesKeepTags }),
  };
};

/** A task definition that does not name its architecture runs on whatever its image was built for. */
const settle = (
  { declared, ...service }: ServicePlan & { readonly declared?: boolean },
  byImage: ReadonlyMap<string, Architecture>,
): ServicePlan => {
  const [image] = Object.values(service.containers);
  const built = image === undefined ? undefined : byImage.get(image);
  return { ...service, architecture: declared || built === undefined ? service.architecture : built };
};
