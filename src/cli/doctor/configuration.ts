/**
 * `slipway.yaml`, and whether what it names is there: clusters, services with a circuit breaker, repositories.
 */
import { readFile } from 'node:fs/promises';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { DescribeServicesCommand, type Service } from '@aws-sdk/client-ecs';
import { inParallel } from '../../activities/in-parallel.ts';
import { isDenied } from '../../aws/errors.ts';
import { repositoryOf, servicesOf } from '../../config/cross-checks.ts';
import { type Configuration, parseConfiguration } from '../../config/parse-configuration.ts';
import { SlipwayError } from '../../errors.ts';
import { type Aws, type AwsSession, isOpen, REACH, reachFix, saysOf } from './aws.ts';
import { broken, type Check, type Finding, notAsked, ok, warning } from './finding.ts';

export interface ConfigurationFile {
  readonly path: string | undefined;
  readonly configuration: Configuration | undefined;
  readonly problem: string | undefined;
}

/** @param path of the nearest slipway.yaml; undefined where there is none */
export async function readConfiguration(path: string | undefined): Promise<ConfigurationFile> {
  if (path === undefined) return { path, configuration: undefined, problem: 'there is no slipway.yaml here' };
  try {
    return { path, configuration: parseConfiguration(await readFile(path, 'utf8')), problem: undefined };
  } catch (error) {
    const lines =
      error instanceof SlipwayError && error.evidence.length > 0
        ? error.evidence
        : [(error as Error).message];
    const more = lines.length > 1 ? ` (and ${lines.length - 1} more)` : '';
    return { path, configuration: undefined, problem: `${lines[0]}${more}` };
  }
}

export function fileCheck({ path, configuration, problem }: ConfigurationFile): Check {
  const about = { id: 'configuration.file', what: 'slipway.yaml' } as const;
  const fix = path === undefined ? 'slipway init' : 'correct it; docs/configuration.md lists every key';
  return {
    ...about,
    fix,
    run: async () => {
      if (configuration === undefined) return [broken(about, problem ?? 'cannot be read', fix)];
      const { app, environments } = configuration;
      return [ok(about, `app ${app}, ${Object.keys(environments).join(', ')}`)];
    },
  };
}

export const environmentChecks = (session: AwsSession, configuration: Configuration): readonly Check[] =>
  Object.keys(configuration.environments).flatMap((name) => [
    servicesCheck(session, configuration, name),
    repositoriesCheck(session, configuration, name),
  ]);

type EnvironmentSection = Configuration['environments'][string];

const sectionOf = ({ environments }: Configuration, name: string): EnvironmentSection => {
  const section = environments[name];
  if (section === undefined) throw new Error(`there is no environment ${name}`);
  return section;
};

/** With a deploy queue of its own it may well be another account's, which these credentials do not see. */
const missingIn = ({ deployQueue }: EnvironmentSection): typeof broken =>
  deployQueue === undefined ? broken : warning;

function servicesCheck(session: AwsSession, configuration: Configuration, environment: string): Check {
  const section = sectionOf(configuration, environment);
  const about = { id: `configuration.${environment}.services`, what: `${environment}: services` } as const;
  const names = servicesOf(configuration, section).map(
    (name) => configuration.services[name]?.service ?? name,
  );
  const { cluster } = section;
  return {
    ...about,
    fix: REACH,
    run: async (signal) => {
      const aws = await session.open();
      if (!isOpen(aws)) return [notAsked(about, 'there are no AWS credentials')];
      let services: readonly Service[];
      try {
        services = await describe(aws, cluster, names, signal);
      } catch (error) {
        if (isDenied(error)) return [notAsked(about, 'ecs:DescribeServices is denied')];
        if ((error as Error).name !== 'ClusterNotFoundException')
          return [broken(about, saysOf(error), reachFix(aws.region))];
        const fix = `aws ecs create-cluster --cluster-name ${cluster}   (or correct environments.${environment}.cluster, or AWS_REGION)`;
        return [missingIn(section)(about, `there is no cluster ${cluster} in ${aws.region}`, fix)];
      }
      const there = new Set(
        services.filter(({ status }) => status === 'ACTIVE').map(({ serviceName }) => serviceName),
      );
      const missing = names.filter((name) => !there.has(name));
      if (missing.length > 0) {
        const fix = `aws ecs create-service --cluster ${cluster} --service-name ${missing[0]} …   (Slipway makes none; or correct its name: aws ecs list-services --cluster ${cluster})`;
        return [missingIn(section)(about, `cluster ${cluster} has no service ${missing.join(', ')}`, fix)];
      }
      return [
        ok(about, `cluster ${cluster}: ${names.join(', ')}`),
        breakerFinding(environment, cluster, services),
      ];
    },
  };
}

function breakerFinding(environment: string, cluster: string, services: readonly Service[]): Finding {
  const about = {
    id: `configuration.${environment}.breaker`,
    what: `${environment}: circuit breaker`,
  } as const;
  const without = services
    .filter(
      ({ deploymentConfiguration }) => deploymentConfiguration?.deploymentCircuitBreaker?.enable !== true,
    )
    .map(({ serviceName }) => serviceName ?? '');
  if (without.length === 0) return ok(about, 'on');
  const fix = `aws ecs update-service --cluster ${cluster} --service ${without[0]} --deployment-configuration 'deploymentCircuitBreaker={enable=true,rollback=true}'`;
  return warning(
    about,
    `off for ${without.join(', ')}: without Slipway, ECS tries a broken version for ever`,
    fix,
  );
}

async function describe(
  { clients }: Aws,
  cluster: string,
  names: readonly string[],
  abortSignal: AbortSignal,
): Promise<readonly Service[]> {
  const batches = Array.from({ length: Math.ceil(names.length / 10) }, (_, at) =>
    names.slice(at * 10, at * 10 + 10),
  );
  const answers = await inParallel(batches, 2, (services) =>
    clients.ecs.send(new DescribeServicesCommand({ cluster, services }), { abortSignal }),
  );
  return answers.flatMap(({ services = [] }) => services);
}

function repositoriesCheck(session: AwsSession, configuration: Configuration, environment: string): Check {
  const section = sectionOf(configuration, environment);
  const about = {
    id: `configuration.${environment}.repositories`,
    what: `${environment}: ECR repositories`,
  } as const;
  const names = Object.entries(configuration.images).map(([name, { repository }]) =>
    repositoryOf(configuration.app, name, repository),
  );
  return {
    ...about,
    fix: REACH,
    run: async (signal) => {
      const aws = await session.open();
      if (!isOpen(aws)) return [notAsked(about, 'there are no AWS credentials')];
      try {
        const found = await inParallel(names, 4, (name) => hasRepository(aws, name, signal));
        const missing = names.filter((_, index) => !found[index]);
        if (missing.length === 0) return [ok(about, names.join(', '))];
        return [
          missingIn(section)(
            about,
            `there is no ${missing.join(', ')}`,
            `aws ecr create-repository --repository-name ${missing[0]}`,
          ),
        ];
      } catch (error) {
        if (isDenied(error)) return [notAsked(about, 'ecr:DescribeRepositories is denied')];
        return [broken(about, saysOf(error), reachFix(aws.region))];
      }
    },
  };
}

async function hasRepository({ clients }: Aws, name: string, abortSignal: AbortSignal): Promise<boolean> {
  try {
    await clients.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }), { abortSignal });
    return true;
  } catch (error) {
    if ((error as Error).name === 'RepositoryNotFoundException') return false;
    throw error;
  }
}
