/** A whole local AWS of one test file, on a real engine and a real registry; nothing of it outlives `close()`. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AwsEndpointOptions, startAwsEndpoint } from '../../src/local/endpoint.ts';
import { startRealRegistry } from '../local/ecr/real-registry.ts';

const PLACE = { accountId: '000000000000', region: 'us-east-1' };
const KEY = { accessKeyId: 'local', secretAccessKey: 'local' };

export interface LocalAws {
  /** For the SDK's clients. */
  readonly settings: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: typeof KEY;
    readonly maxAttempts: number;
  };
  readonly registryUrl: string;
  close(): Promise<void>;
}

export const startLocalAws = async (more: Partial<AwsEndpointOptions> = {}): Promise<LocalAws> => {
  const registry = await startRealRegistry();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-aws-'));
  const aws = await startAwsEndpoint({
    folder,
    port: 0,
    ...PLACE,
    ...KEY,
    registryUrl: registry.url,
    instance: `test-${randomBytes(3).toString('hex')}`,
    strict: true,
    log: () => undefined,
    ...more,
  });
  return {
    settings: { endpoint: aws.url, region: PLACE.region, credentials: KEY, maxAttempts: 1 },
    registryUrl: registry.url,
    async close() {
      await aws.close();
      await aws.removeContainers();
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
