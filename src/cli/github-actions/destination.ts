/**
 * Where a release goes, out of the inputs and the `slipway.yaml` that the job has checked out. A workflow that named a
 * cluster and a service to the official action says by that which environment it means; none is ever guessed.
 */
import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { parse } from 'yaml';
import { ConfigurationError } from '../../errors.ts';
import { isFields } from '../../release/fields.ts';
import { appNameIn, CONFIG_FILE } from '../finding/app-name.ts';
import type { ActionInputs } from './inputs.ts';
import { OFFICIAL_INPUTS } from './official-inputs.ts';

export interface Destination {
  readonly app: string;
  readonly environment: string;
  readonly warnings: readonly string[];
}

type Wanted = Pick<ActionInputs, 'app' | 'environment' | 'cluster' | 'service' | 'taskDefinition'>;
/** @throws ConfigurationError where it is not clear, or the inputs say another one than the file */
export async function findDestination(wanted: Wanted, folder: string): Promise<Destination> {
  const file = join(folder, CONFIG_FILE);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined
    ? withoutFile(wanted, folder)
    : withFile(wanted, appNameIn(text, CONFIG_FILE), readYaml(text));
}

/** Its anchors may be merged, which the reading of the name leaves alone. */
function readYaml(text: string): unknown {
  try {
    return parse(text, { merge: true });
  } catch (error) {
    throw new ConfigurationError(`${CONFIG_FILE} is not YAML: ${(error as Error).message}`, { cause: error });
  }
}

function withoutFile(
  { app, environment, cluster, service, taskDefinition }: Wanted,
  folder: string,
): Destination {
  if (app === undefined || environment === undefined) {
    throw new ConfigurationError(`where to? There is no ${CONFIG_FILE} in ${folder}`, {
      advice:
        'Check the repository out before this step (actions/checkout), or give both `app` and `environment`.',
    });
  }
  const compared = [cluster === undefined ? '' : 'cluster', service === undefined ? '' : 'service'].filter(
    Boolean,
  );
  const missing = `as no ${CONFIG_FILE} is checked out`;
  return {
    app,
    environment,
    warnings: [
      ...(compared.length > 0 ? [`${compared.join(' and ')} could not be compared, ${missing}`] : []),
      ...aboutTaskDefinition(taskDefinition, []),
    ],
  };
}

function withFile(wanted: Wanted, fileApp: string, file: unknown): Destination {
  const app = wanted.app ?? fileApp;
  if (app !== fileApp) {
    throw new ConfigurationError(`app: ${CONFIG_FILE} is that of ${fileApp}, not of ${app}`, {
      advice: 'Leave the input out, or check the other repository out.',
    });
  }
  const environments = new Map(entries(field(file, 'environments')));
  const environment = environmentFor(wanted, environments);
  const services = servicesOf(file, environments.get(environment));
  const { service } = wanted;
  const meant = services.filter(({ names }) => service === undefined || names.includes(service));
  if (service !== undefined && meant.length === 0) {
    throw new ConfigurationError(
      `service: ${environment} of ${app} has no service ${JSON.stringify(service)}`,
      {
        advice: `It has ${services.map(({ names }) => names[0]).join(', ')}. A release brings all of them.`,
      },
    );
  }
  const files = meant.map(({ taskDefinition }) => taskDefinition);
  return { app, environment, warnings: aboutTaskDefinition(wanted.taskDefinition, files) };
}

function environmentFor(
  { environment, cluster }: Wanted,
  environments: ReadonlyMap<string, unknown>,
): string {
  const known = [...environments.keys()];
  if (environment !== undefined) {
    if (!environments.has(environment)) {
      throw new ConfigurationError(`environment: ${CONFIG_FILE} has no ${JSON.stringify(environment)}`, {
        advice: `It has ${known.join(', ') || 'none'}.`,
      });
    }
    const its = field(environments.get(environment), 'cluster');
    if (cluster === undefined || nameOf(cluster) === its) return environment;
    throw new ConfigurationError(`cluster: ${environment} goes to ${String(its)}, not to ${cluster}`, {
      advice: 'Mend one of the two inputs: both together are a check.',
    });
  }
  const fitting =
    cluster === undefined
      ? known
      : known.filter((name) => field(environments.get(name), 'cluster') === nameOf(cluster));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  const where = cluster === undefined ? '' : ` with cluster ${cluster}`;
  throw new ConfigurationError(
    fitting.length === 0
      ? `${CONFIG_FILE} has no environment${where}`
      : `which environment? ${CONFIG_FILE} has several${where}: ${fitting.join(', ')}`,
    { advice: `Give the input \`environment\`: ${known.join(', ')}.` },
  );
}

interface KnownService {
  /** In slipway.yaml, and in ECS. */
  readonly names: readonly string[];
  readonly taskDefinition: string | undefined;
}

function servicesOf(file: unknown, environment: unknown): readonly KnownService[] {
  const only = field(environment, 'services');
  return entries(field(file, 'services'))
    .filter(([name]) => !Array.isArray(only) || only.includes(name))
    .map(([name, section]) => ({
      names: [name, textOf(field(section, 'service'))].filter((text) => text !== undefined),
      taskDefinition: textOf(field(section, 'taskDefinition')),
    }));
}

/** Nothing to say where slipway.yaml names the same file for that service. */
function aboutTaskDefinition(given: string | undefined, files: readonly (string | undefined)[]): string[] {
  if (given === undefined) return [];
  const same =
    files.length > 0 && files.every((file) => file !== undefined && normalize(file) === normalize(given));
  const input = OFFICIAL_INPUTS.find(({ name }) => name === 'task-definition');
  return same || input === undefined || input.fate === 'used'
    ? []
    : [`task-definition is left aside: ${input.instead}`];
}

/** The official action takes an ARN as well: `arn:…:cluster/shop`. */
const nameOf = (cluster: string): string => cluster.split('/').at(-1) ?? cluster;

const field = (value: unknown, name: string): unknown => (isFields(value) ? value[name] : undefined);
const entries = (value: unknown): [string, unknown][] => (isFields(value) ? Object.entries(value) : []);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
