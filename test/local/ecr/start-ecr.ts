// ECR behind the real wire, before a real registry; and a pusher as small as the protocol allows.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll } from '@jest/globals';
import { createEcr, type EcrOptions } from '../../../src/local/ecr/index.ts';
import { listenForCalls } from '../../../src/local/wire/server.ts';
import { type RealRegistry, startRealRegistry } from './real-registry.ts';

const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local-secret' };
export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';

export interface StartedEcr {
  readonly client: ECRClient;
  readonly host: string;
  readonly stateFile: string;
  readonly pullCredentials: (image: string) => { username: string; password: string } | undefined;
  readonly lookUp: (image: string) => string | undefined;
  close(): Promise<void>;
}

export async function startEcr(
  registry: RealRegistry,
  existingState?: string,
  more: Partial<EcrOptions> = {},
): Promise<StartedEcr> {
  const stateFile = existingState ?? join(await mkdtemp(join(registry.folder, 'ecr-')), 'ecr.json');
  let host = '';
  const common = { accountId: '000000000000', log: (line: string) => console.error(line) };
  const ecr = await createEcr({ ...common, stateFile, registryUrl: registry.url, host: () => host, ...more });
  const { port, close } = await listenForCalls({
    ...common,
    port: 0,
    services: [ecr.service],
    registry: ecr.door,
    credentials,
    region: 'us-east-1',
    strict: true,
  });
  host = `localhost:${port}`;
  return {
    client: new ECRClient({ endpoint: `http://${host}`, region: 'us-east-1', credentials, maxAttempts: 1 }),
    host,
    stateFile,
    pullCredentials: (image) => ecr.images.pullCredentials(image),
    lookUp: (image) => ecr.images.lookUp(image),
    close: async () => {
      await close(0);
      await ecr.close();
    },
  };
}

/** What `docker login` would store. */
export async function basicAuth(client: ECRClient): Promise<string> {
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  return `Basic ${authorizationData?.[0]?.authorizationToken}`;
}

export const sha256 = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export interface Pusher {
  fetch(path: string, init?: RequestInit): Promise<Response>;
  blob(repository: string, bytes: Uint8Array): Promise<string>;
  manifest(repository: string, reference: string, text: string, type?: string): Promise<Response>;
  /** A whole image of random content under the tag, or untagged; its manifest's text. */
  image(repository: string, tag?: string): Promise<{ digest: string; text: string; size: number }>;
}

export function pusher(host: string, authorization: string): Pusher {
  const self: Pusher = {
    fetch: (path, init) =>
      fetch(new URL(path, `http://${host}`), { ...init, headers: { ...init?.headers, authorization } }),
    async blob(repository, bytes) {
      const digest = sha256(bytes);
      const begun = await self.fetch(`/v2/${repository}/blobs/uploads/`, { method: 'POST' });
      const first = begun.headers.get('location') ?? '';
      const patched = await self.fetch(first, { method: 'PATCH', body: bytes });
      const second = new URL(patched.headers.get('location') ?? '');
      second.searchParams.set('digest', digest);
      const done = await self.fetch(second.href, { method: 'PUT' });
      if (done.status !== 201) throw new Error(`blob upload ended with ${done.status}: ${await done.text()}`);
      return digest;
    },
    manifest: (repository, reference, text, type = manifestType) =>
      self.fetch(`/v2/${repository}/manifests/${reference}`, {
        method: 'PUT',
        headers: { 'content-type': type },
        body: text,
      }),
    async image(repository, tag) {
      const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', id: randomBytes(8) }));
      const layer = randomBytes(2000);
      const text = imageManifest(
        { digest: await self.blob(repository, config), size: config.length },
        { digest: await self.blob(repository, layer), size: layer.length },
      );
      const answer = await self.manifest(repository, tag ?? sha256(text), text);
      if (answer.status !== 201) throw new Error(`manifest: ${answer.status} ${await answer.text()}`);
      return { digest: sha256(text), text, size: config.length + layer.length };
    },
  };
  return self;
}

export interface EcrOfAFile {
  registry: RealRegistry;
  ecr: StartedEcr;
  /** Logged in. */
  docker: Pusher;
}

/** One registry and one ECR for all tests of a file: there from the first test on, stopped after the last. */
export function useEcr(): Readonly<EcrOfAFile> {
  const at = {} as EcrOfAFile;
  beforeAll(async () => {
    at.registry = await startRealRegistry();
    at.ecr = await startEcr(at.registry);
    at.docker = pusher(at.ecr.host, await basicAuth(at.ecr.client));
  });
  afterAll(async () => {
    await at.ecr?.close();
    await at.registry?.close();
  });
  return at;
}

interface Part {
  readonly digest: string;
  readonly size: number;
}

export function imageManifest(config: Part, layer: Part): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...layer }],
  });
}
