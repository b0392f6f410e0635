/**
 * The part of a configuration that one release to one environment follows: defaults filled in, task
 * definitions of the repository put into the store.
 */
import type {
  BakePlan,
  CheckPlan,
  Commit,
  HealthSpec,
  ImageSpec,
  MigrationSpec,
  ReleaseSpec,
  ServiceSpec,
  SourceArchive,
} from '../release/plan.ts';
import { imageOf, repositoryOf, servicesOf } from './cross-checks.ts';
import { suggestion } from './did-you-mean.ts';
import { type Configuration, configurationError } from './parse-configuration.ts';
import type { CheckSection, EnvironmentSection, ImageSection, ServiceSection } from './schema.ts';
import { taskDefinitionProblem } from './task-definition-file.ts';

export interface SpecSource {
  readonly commit: Commit;
  readonly source: SourceArchive;
  /** Text of a file of the commit; undefined if there is none. */
  readonly readFile: (path: string) => Promise<string | undefined>;
  /** Keeps a text and returns its hash (the store's `putText`). */
  readonly putText: (text: string) => Promise<string>;
}

function checkPlan(name: string, check: CheckSection): CheckPlan {
  const { setup } = check;
  return {
    name,
    directory: check.directory,
    needs: check.needs,
    ...(setup && { setup: { run: setup.run, cacheKey: setup.cache.key, cachePaths: setup.cache.paths } }),
    run: check.run,
    env: check.env,
    timeoutMs: check.timeout,
  };
}

/** All of them: they are the same in every environment. */
export const checkPlans = (configuration: Configuration): readonly CheckPlan[] =>
  Object.entries(configuration.checks).map(([name, check]) => checkPlan(name, check));

function imageSpec(app: string, name: string, image: ImageSection): ImageSpec {
  return {
    name,
    context: image.context,
    dockerfile: image.dockerfile,
    ...(image.target !== undefined && { target: image.target }),
    args: image.args,
    commitArg: image.commitArg,
    ...(image.architecture && { architecture: image.architecture }),
    repository: repositoryOf(app, name, image.repository),
    provenance: image.provenance,
    timeoutMs: image.timeout,
  };
}

function healthSpec(health: NonNullable<ServiceSection['health']>): HealthSpec {
  return {
    ...(health.url !== undefined && { url: health.url }),
    ...(health.path !== undefined && { path: health.path }),
    ...(health.commit !== undefined && { commitField: health.commit }),
    successes: health.successes,
    failures: health.failures,
    intervalMs: health.interval,
    requestTimeoutMs: health.requestTimeout,
    timeoutMs: health.timeout,
  };
}

function serviceSpec(name: string, service: ServiceSection, bodyHash: string | undefined): ServiceSpec {
  const image = imageOf(name, service);
  return {
    name,
    service: service.service ?? name,
    containers: service.containers ?? {},
    ...(image !== undefined && { image }),
    ...(bodyHash !== undefined && { taskDefinitionBody: bodyHash }),
    ...(service.health && { health: healthSpec(service.health) }),
  };
}

function migrationSpec(migration: NonNullable<EnvironmentSection['migration']>): MigrationSpec {
  const { timeout, container, ...same } = migration;
  return { ...same, ...(container !== undefined && { container }), timeoutMs: timeout };
}

function bakePlan({ duration, alarms, logs }: NonNullable<EnvironmentSection['bake']>): BakePlan {
  return {
    durationMs: duration,
    alarms,
    logs: logs.map(({ perMinute, container, ...same }) => ({
      ...same,
      ...(container !== undefined && { container }),
      maximumPerMinute: perMinute,
    })),
  };
}

/** Errors: ConfigurationError, with the names that there are. */
export function findEnvironment(configuration: Configuration, name: string): EnvironmentSection {
  const environment = Object.hasOwn(configuration.environments, name)
    ? configuration.environments[name]
    : undefined;
  if (environment !== undefined) return environment;
  const known = Object.keys(configuration.environments);
  const hint = suggestion(name, known) || `; there is ${known.join(', ')}`;
  throw configurationError([
    `${configuration.at(['environments'])}: there is no environment ${JSON.stringify(name)}${hint}`,
  ]);
}

/** Task definition files of the chosen services, checked all before one is stored. */
async function storeTaskDefinitions(
  configuration: Configuration,
  names: readonly string[],
  from: SpecSource,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const problems: string[] = [];
  for (const name of names) {
    const service = configuration.services[name];
    if (service?.taskDefinition === undefined) continue;
    const text = await from.readFile(service.taskDefinition);
    const problem = taskDefinitionProblem(text, Object.keys(service.containers ?? {}));
    if (text !== undefined && problem === undefined) texts.set(name, text);
    else {
      const place = configuration.at(['services', name, 'taskDefinition']);
      problems.push(`${place}: ${service.taskDefinition} ${problem}`);
    }
  }
  if (problems.length > 0) throw configurationError(problems);
  const hashes = new Map<string, string>();
  for (const [name, text] of texts) hashes.set(name, await from.putText(text));
  return hashes;
}

/**
 * What the commit's configuration says for `environment`. Images that only other environments' services
 * run are left out.
 * Errors: ConfigurationError (unknown environment, task definition files that are missing or do not fit).
 */
export async function specFor(
  configuration: Configuration,
  environment: string,
  from: SpecSource,
): Promise<Omit<ReleaseSpec, 'approval'>> {
  const section = findEnvironment(configuration, environment);
  const chosen = servicesOf(configuration, section);
  const bodies = await storeTaskDefinitions(configuration, chosen, from);
  const allServices = Object.entries(configuration.services).map(([name, service]) =>
    serviceSpec(name, service, bodies.get(name)),
  );
  const services = allServices.filter(({ name }) => chosen.includes(name));
  const imagesOf = (list: readonly ServiceSpec[]): Set<string> =>
    new Set(list.flatMap(({ image, containers }) => [image ?? '', ...Object.values(containers)]));
  const wanted = imagesOf(services);
  const elsewhere = imagesOf(allServices);
  return {
    app: configuration.app,
    environment,
    cluster: section.cluster,
    commit: from.commit,
    source: from.source,
    checks: checkPlans(configuration),
    images: Object.entries(configuration.images)
      .filter(([name]) => wanted.has(name) || !elsewhere.has(name))
      .map(([name, image]) => imageSpec(configuration.app, name, image)),
    services,
    waves: section.waves ?? [chosen],
    timing: {
      stabilityTimeoutMs: section.timing.stable,
      stallTimeoutMs: section.timing.stall,
      capacityTimeoutMs: section.timing.capacity,
      pollIntervalMs: section.timing.poll,
    },
    keep: section.keep,
    ...(section.migration && { migration: migrationSpec(section.migration) }),
    ...(section.bake && { bake: bakePlan(section.bake) }),
  };
}
