/**
 * Which processes make up an instance, in the order in which they need each other.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SEARCH_ATTRIBUTE_NAMES } from '../../release/search-attributes.ts';
import { plainEnvironment, temporalAddress, type WorkerRole, workerEnvironment } from './environment.ts';
import { type Instance, inFolder, logFileOf, type Ports } from './instance.ts';
import { probeRegistry, probeTemporal } from './probes.ts';
import type { ProcessSpec } from './spawn-detached.ts';

export interface Tools {
  readonly temporal: string;
  readonly registry: string;
  readonly buildx: string;
  readonly docker: string;
}

export interface StackPlan {
  /** Absolute. */
  readonly folder: string;
  /** `aws`: registry and AWS endpoint only. */
  readonly only: 'all' | 'aws';
  /** App → address of its git repository. */
  readonly repositories: Readonly<Record<string, string>>;
  readonly env: NodeJS.ProcessEnv;
}

/** On one machine the repository's tests would starve the very services that are being deployed. */
const CHECKS_NICENESS = 10;

const LAUNCHER = fileURLToPath(new URL('../../../bin/slipway.js', import.meta.url));

/** Stages start one after the other; the processes of a stage together. Of `aws` alone only two tools are used. */
export function processStages(
  plan: StackPlan,
  tools: Tools,
  instance: Instance,
  ports: Ports,
): ProcessSpec[][] {
  const aws = [registrySpec(plan, tools, ports), awsSpec(plan, tools, instance, ports)] as const;
  if (plan.only === 'aws') return [[aws[0]], [aws[1]]];
  const worker = (role: WorkerRole, extra: readonly string[] = [], name: string = role) =>
    workerSpec(plan, tools, instance, ports, { role, extra, name });
  const repositories = Object.entries(plan.repositories).flatMap(([app, url]) => [
    '--repository',
    `${app}=${url}`,
  ]);
  return [
    [temporalSpec(plan, tools, ports), aws[0]],
    [aws[1]],
    [
      worker('control', repositories),
      worker('deploy'),
      worker('checks'),
      worker('build', ['--architecture', 'arm64'], 'build-arm64'),
      worker('build', ['--architecture', 'amd64'], 'build-amd64'),
    ],
  ];
}

function temporalSpec(plan: StackPlan, tools: Tools, ports: Ports): ProcessSpec {
  return {
    ...common(plan, 'temporal'),
    command: tools.temporal,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports.temporal)],
      ...['--ui-ip', '127.0.0.1', '--ui-port', String(ports.temporalUi)],
      ...['--db-filename', inFolder(plan.folder).temporalDatabase, '--log-level', 'warn'],
      // Of those that there are already, it makes sure.
      ...SEARCH_ATTRIBUTE_NAMES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
      // Asks the vendor's server for news otherwise.
      ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
    ],
    env: plainEnvironment(plan.env),
    probe: () => probeTemporal(temporalAddress(ports)),
    readyTimeoutMs: 60_000,
  };
}

function registrySpec(plan: StackPlan, tools: Tools, ports: Ports): ProcessSpec {
  return {
    ...common(plan, 'registry'),
    command: tools.registry,
    args: ['serve', inFolder(plan.folder).registryConfig],
    // Registry 3 looks for a trace collector unless told that there is none.
    env: { ...plainEnvironment(plan.env), OTEL_TRACES_EXPORTER: 'none' },
    probe: () => probeRegistry(registryUrl(ports)),
    readyTimeoutMs: 30_000,
  };
}

export const registryUrl = (ports: Ports): string => `http://127.0.0.1:${ports.registry}`;

function awsSpec(plan: StackPlan, tools: Tools, instance: Instance, ports: Ports): ProcessSpec {
  return {
    ...common(plan, 'aws'),
    command: process.execPath,
    args: [
      ...[LAUNCHER, 'local', 'aws-endpoint', '--folder', inFolder(plan.folder).awsData],
      ...['--port', String(ports.aws), '--registry-url', registryUrl(ports), '--instance', instance.id],
      ...['--account-id', instance.accountId, '--region', instance.region],
      ...['--settings', inFolder(plan.folder).awsSettings],
    ],
    env: {
      ...plainEnvironment(plan.env),
      SLIPWAY_DOCKER: tools.docker,
      SLIPWAY_LOCAL_ACCESS_KEY_ID: instance.accessKeyId,
      SLIPWAY_LOCAL_SECRET_ACCESS_KEY: instance.secretAccessKey,
    },
    readyTimeoutMs: 60_000,
  };
}

interface WorkerKind {
  readonly role: WorkerRole;
  readonly extra: readonly string[];
  readonly name: string;
}

function workerSpec(
  plan: StackPlan,
  tools: Tools,
  instance: Instance,
  ports: Ports,
  { role, extra, name }: WorkerKind,
): ProcessSpec {
  const files = inFolder(plan.folder);
  return {
    ...common(plan, name),
    command: process.execPath,
    args: [
      ...[LAUNCHER, 'worker', role, '--store', files.store, '--data', join(files.workerData, name)],
      ...['--heartbeat', '1'],
      ...extra,
    ],
    env: {
      ...workerEnvironment(role, plan.env, instance, ports),
      TEMPORAL_ADDRESS: temporalAddress(ports),
      TEMPORAL_NAMESPACE: 'default',
      ...(role === 'build' ? { SLIPWAY_DOCKER: tools.docker, SLIPWAY_BUILDX: tools.buildx } : {}),
    },
    readyTimeoutMs: 120_000,
    ...(role === 'checks' ? { niceness: CHECKS_NICENESS } : {}),
  };
}

const common = (plan: StackPlan, name: string) => ({
  name,
  cwd: plan.folder,
  logFile: logFileOf(plan.folder, name),
});
