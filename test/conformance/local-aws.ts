/**
 * The real endpoint on the real engine and the real registry, for clients of every kind: strict, so that an answer
 * that does not fit the SDK's schemas fails its call, and with every exchange kept for another checker (answers.ts).
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { labels } from '../../src/local/docker/labels.ts';
import type { Timing } from '../../src/local/ecs/timing.ts';
import { type AwsEndpoint, type AwsEndpointOptions, startAwsEndpoint } from '../../src/local/endpoint.ts';
import type { Exchange } from '../../src/local/wire/call.ts';
import { startRealRegistry } from '../local/ecr/real-registry.ts';
import { clientPath, type Ran, runClient } from './clients.ts';

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
/** `ecsArn('cluster/blue')` */
export const ecsArn = (resource: string): string => `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`;
const accessKeyId = 'AKIACONFORMANCE00001';
const secretAccessKey = 'conformance/secret';

export interface LocalAws {
  /** `http://localhost:<port>`; image names start with `localhost:<port>/`. */
  readonly url: string;
  readonly port: number;
  /** A folder for what a test writes; gone after `stop()`. `env.HOME` lies in it. */
  readonly folder: string;
  /** All that a client needs in its environment: endpoint, keys, region, an empty HOME. For `runClient`. */
  readonly env: Readonly<Record<string, string>>;
  /** The same for the clients of the JavaScript SDK. */
  readonly sdk: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
  };
  /** Every API call answered so far, oldest first. */
  readonly exchanges: readonly Exchange[];
  /** What the endpoint has logged; a bug of it shows here. */
  readonly log: readonly string[];
  /** awscli: `aws('ecs', 'list-clusters')`. */
  aws(...args: readonly string[]): Promise<Ran>;
  /**
   * What awscli tells on stdout, parsed if it is JSON: `told('ecs list-clusters')`. The command is split at spaces;
   * arguments with spaces of their own come after it. @throws Error with stderr, unless it ends with 0
   */
  told(command: string, ...args: readonly string[]): Promise<unknown>;
  /** Ends the endpoint and starts it again over the same folder and port, `downMs` later; its containers go on. */
  restart(downMs: number): Promise<void>;
  /** Ends the endpoint, its containers (by label) and the registry. @throws Error if a container is left */
  stop(): Promise<void>;
}

/** Clocks for tests: a crash still comes before the grace ends, and a breaker trips within two seconds. */
const quick: Partial<Timing> = { healthyGraceMs: 1500, restartBaseMs: 100, restartMaximumMs: 500 };

/** Call `stop()` in `afterAll`, which Jest runs after a failed test as well. */
export async function startLocalAws(
  more: Pick<AwsEndpointOptions, 'timing' | 'rateLimits'> = {},
): Promise<LocalAws> {
  const instance = `conformance-${randomBytes(4).toString('hex')}`;
  const exchanges: Exchange[] = [];
  const log: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'slipway-conformance-'));
  const home = join(folder, 'home');
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const close of closers.splice(0).reverse()) await close().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    await mkdir(home);
    const registry = await startRealRegistry();
    closers.push(registry.close);
    const options: AwsEndpointOptions = {
      folder: join(folder, 'aws'),
      port: 0,
      accountId: ACCOUNT,
      region: REGION,
      accessKeyId,
      secretAccessKey,
      registryUrl: registry.url,
      instance,
      timing: quick,
      strict: true,
      log: (line) => log.push(line),
      onExchange: (exchange) => exchanges.push(exchange),
      ...more,
    };
    let endpoint = await startAwsEndpoint(options);
    const { url, port } = endpoint;
    closers.push(() => remove(endpoint, instance));
    const env = {
      HOME: home,
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: REGION,
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
      NO_PROXY: 'localhost,127.0.0.1',
      LC_ALL: 'C.UTF-8',
      PYTHONDONTWRITEBYTECODE: '1',
    };
    const aws = async (...args: readonly string[]): Promise<Ran> =>
      runClient(await clientPath('aws'), args, env, { timeoutMs: 120_000 });
    return {
      url,
      port,
      folder,
      env,
      sdk: {
        endpoint: url,
        region: REGION,
        credentials: { accessKeyId, secretAccessKey },
        maxAttempts: 1,
      },
      exchanges,
      log,
      aws,
      told: async (command, ...args) => {
        const { exitCode, stdout, stderr } = await aws(...command.split(' '), ...args);
        if (exitCode !== 0) throw new Error(`aws ${command} exited with ${exitCode}: ${stderr}`);
        return /^[[{"]/.test(stdout) ? JSON.parse(stdout) : stdout.trimEnd();
      },
      restart: async (downMs) => {
        await endpoint.close();
        await delay(downMs);
        endpoint = await startAwsEndpoint({ ...options, port });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function remove(endpoint: AwsEndpoint, instance: string): Promise<void> {
  await endpoint.close();
  await endpoint.removeContainers();
  const filters = { label: [`${labels.instance}=${instance}`] };
  const left = await new Docker().listContainers({ all: true, filters });
  if (left.length > 0)
    throw new Error(`left on the engine: ${left.map(({ Names }) => Names.join()).join(', ')}`);
}
