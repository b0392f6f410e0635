/**
 * `slipway local up`: starts what does not run yet, waits until each part is ready, and leaves nothing
 * behind when one is not.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { ConfigurationError } from '../../errors.ts';
import { findTool, type ToolName } from '../../tools.ts';
import { writeFileAtomically } from '../state-file.ts';
import { type AwsSettings, defaultAwsSettings, readKeptSettings } from './aws-settings.ts';
import { emptyCloud } from './empty-cloud.ts';
import { assertEngineAnswers } from './engine.ts';
import { type Instance, inFolder, openInstance, type Ports, type ProcessRecord } from './instance.ts';
import { withLock } from './lock.ts';
import { assertPortsFree, freePorts, type PortUse } from './ports.ts';
import { processStages, type StackPlan, type Tools } from './process-specs.ts';
import { registryConfig } from './registry-config.ts';
import type { ProcessSpec } from './spawn-detached.ts';
import { forgetTheDead, type StartOptions, startProcesses, stopNamed } from './start-processes.ts';

export interface UpOptions extends StackPlan, StartOptions {
  /** Undefined: the one it had before, else the default. */
  readonly region?: string;
  readonly accountId?: string;
  /** 0: any free port. Undefined: the one it had before, else the default. */
  readonly ports: { readonly [name in 'temporal' | 'temporalUi' | 'aws']?: number };
  /** Undefined: those that the instance has. Others than before restart a running endpoint; containers go on. */
  readonly awsSettings?: AwsSettings;
}

export interface UpResult {
  readonly instance: Instance;
  readonly ports: Ports;
  /** Names of the processes that this call started; none where all ran already. */
  readonly started: readonly string[];
}

const DEFAULT_REGION = 'eu-central-1';
const DEFAULT_PORTS = { temporal: 7233, temporalUi: 8233, aws: 4566 } as const;

/**
 * @throws ConfigurationError (a taken port, other ports than the running instance has, another region), MissingToolError,
 * StartFailedError with the last log lines of the part that failed
 */
export async function up(options: UpOptions): Promise<UpResult> {
  const files = inFolder(options.folder);
  return withLock(files.lockFile, async () => {
    const tools = await findTools(options);
    await assertEngineAnswers(tools.docker);
    const file = await openInstance(options.folder, options.region ?? DEFAULT_REGION, options.accountId);
    assertSame('region', file.state.region, options.region);
    assertSame('account', file.state.accountId, options.accountId);
    await forgetTheDead(file);
    if (file.state.resetting) await emptyCloud(file, options.folder, options.onProgress);
    const ports = await choosePorts(file.state, options.ports);
    await assertPortsFree(neededPorts(ports, options.only, file.state.processes));
    file.state.ports = ports;
    const stages = processStages(options, tools, file.state, ports);
    file.state.parts = partsAfter(file.state, stages);
    // By default the folder lies in the user's repository, where nobody wants to commit it.
    await writeFile(files.gitIgnore, '*\n');
    await file.save();
    if (await settingsChanged(files.awsSettings, options.awsSettings)) {
      await stopNamed(file, ['aws'], 'its settings have changed', options.onProgress);
    }
    if (!file.state.processes.some(({ name }) => name === 'registry')) {
      await writeRegistryConfig(options.folder, ports);
    }
    const started = await startProcesses(file, stages, options);
    return { instance: file.state, ports, started };
  });
}

export async function findTools(plan: Pick<StackPlan, 'only' | 'env'>): Promise<Tools> {
  const find = (name: ToolName) => findTool(name, plan.env);
  const [docker, registry] = await Promise.all([find('docker'), find('registry')]);
  if (plan.only === 'aws') return { docker, registry, temporal: '', buildx: '' };
  const [temporal, buildx] = await Promise.all([find('temporal'), find('buildx')]);
  return { docker, registry, temporal, buildx };
}

export async function writeRegistryConfig(folder: string, ports: Ports): Promise<void> {
  const { registryData, registryConfig: path } = inFolder(folder);
  await mkdir(registryData, { recursive: true });
  await writeFile(path, registryConfig(registryData, ports.registry), { mode: 0o600 });
}

/** Writes them down if they are others than the instance has; every later start of the endpoint reads them. */
async function settingsChanged(path: string, wanted: AwsSettings | undefined): Promise<boolean> {
  if (wanted === undefined) return false;
  // Kept settings that cannot be read are others.
  const before = await readKeptSettings(path).catch(() => undefined);
  if (isDeepStrictEqual(before, wanted)) return false;
  if (isDeepStrictEqual(wanted, defaultAwsSettings)) await rm(path, { force: true });
  else await writeFileAtomically(path, `${JSON.stringify(wanted, undefined, 2)}\n`);
  return true;
}

/** Every ARN of the instance holds them. */
function assertSame(what: 'region' | 'account', its: string, asked: string | undefined): void {
  if (asked === undefined || asked === its) return;
  throw new ConfigurationError(`this instance is of another ${what} (${its})`, {
    advice:
      'Leave the option out, name another folder with --folder, or empty this one with `slipway local down --wipe` first.',
  });
}

/** `up --only aws` over a whole stack stops nothing: the whole stack it stays, as long as more of it runs. */
function partsAfter({ parts = [], processes }: Instance, stages: readonly ProcessSpec[][]): string[] {
  const asked = stages.flat().map(({ name }) => name);
  const running = processes.map(({ name }) => name);
  const others = running.every((name) => asked.includes(name)) ? [] : [...parts, ...running];
  return [...new Set([...asked, ...others])];
}

async function choosePorts(instance: Instance, asked: UpOptions['ports']): Promise<Ports> {
  const before = instance.ports;
  const [a = 0, b = 0, c = 0, registry = 0] = await freePorts(4);
  const choose = (name: 'temporal' | 'temporalUi' | 'aws', free: number): number => {
    const port = asked[name];
    if (port === undefined) return before?.[name] ?? DEFAULT_PORTS[name];
    return port === 0 ? (before?.[name] ?? free) : port;
  };
  const ports: Ports = {
    temporal: choose('temporal', a),
    temporalUi: choose('temporalUi', b),
    aws: choose('aws', c),
    registry: before?.registry ?? registry,
  };
  const changed = before && (Object.keys(ports) as (keyof Ports)[]).find((key) => ports[key] !== before[key]);
  if (changed && instance.processes.length > 0) {
    throw new ConfigurationError(`this instance runs with other ports (${changed}: ${before[changed]})`, {
      advice: 'Leave the option out, or run `slipway local down` first.',
    });
  }
  // Only our endpoint knows the registry's port: as long as neither runs, a stranger on the old one does no harm.
  if (!instance.processes.some(({ name }) => name === 'registry' || name === 'aws'))
    ports.registry = registry;
  return ports;
}

function neededPorts(ports: Ports, only: 'all' | 'aws', running: readonly ProcessRecord[]): PortUse[] {
  const runs = (process: string) => running.some(({ name }) => name === process);
  const temporal = [
    { port: ports.temporal, purpose: 'Temporal', flag: '--temporal-port' },
    { port: ports.temporalUi, purpose: "Temporal's UI", flag: '--ui-port' },
  ];
  const aws = [{ port: ports.aws, purpose: 'the AWS endpoint', flag: '--aws-port' }];
  return [...(only === 'aws' || runs('temporal') ? [] : temporal), ...(runs('aws') ? [] : aws)];
}
