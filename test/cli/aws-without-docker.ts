/** The local AWS without containers, and the environment that leads the SDK to it and to nothing else. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskRuntime } from '../../src/local/ecs/tasks/task-runtime.ts';
import { startAwsEndpoint } from '../../src/local/endpoint.ts';

const KEY = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local-secret' };
export const REGION = 'eu-central-1';

/** Nothing of the machine's own: neither files nor a role. */
export const NO_AWS: Readonly<Record<string, string>> = {
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

export const awsAt = (endpoint: string): Readonly<Record<string, string>> => ({
  ...NO_AWS,
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: KEY.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey,
});

export interface AwsWithoutDocker {
  readonly env: Readonly<Record<string, string>>;
  /** For the SDK's clients. */
  readonly settings: { readonly endpoint: string; readonly region: string; readonly credentials: typeof KEY };
  readonly close: () => Promise<void>;
}

const emptyEngine = {
  start: async () => ({ hostAddress: '127.0.0.1' }),
  list: async () => [],
  close: async () => undefined,
} as unknown as TaskRuntime;

export async function startAwsWithoutDocker(): Promise<AwsWithoutDocker> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-aws-'));
  const endpoint = await startAwsEndpoint({
    folder,
    port: 0,
    accountId: '123456789012',
    region: REGION,
    ...KEY,
    registryUrl: 'http://127.0.0.1:1',
    instance: 'test',
    runtime: emptyEngine,
    strict: true,
    log: () => undefined,
  });
  return {
    env: awsAt(endpoint.url),
    settings: { endpoint: endpoint.url, region: REGION, credentials: KEY },
    close: async () => {
      await endpoint.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Sets variables of this process, which the SDK reads; returns how to take them back. */
export function setEnvironment(variables: Readonly<Record<string, string>>): () => void {
  const names = Object.keys(process.env).filter((name) => name.startsWith('AWS_'));
  const before = new Map([...names, ...Object.keys(variables)].map((name) => [name, process.env[name]]));
  for (const name of names) delete process.env[name];
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
