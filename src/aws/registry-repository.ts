/**
 * One repository of a registry, for whoever copies: manifests to the byte, blobs as streams.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
import { createHash } from 'node:crypto';
import { RefusedByServiceError, TransientError } from '../errors.ts';
import { addressOf } from './registry.ts';
import {
  askRegistry,
  MANIFEST_TYPES,
  type RegistryCredentials,
  type RegistryRequest,
  readBounded,
} from './registry-request.ts';

export interface RegistryEnd {
  /** `<host>[:port]/<repository>`. */
  readonly repositoryUri: string;
  readonly credentials: RegistryCredentials | null;
  /** What to do where the registry says that this may not be done. */
  readonly advice: string;
}

export interface RawManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface RegistryRepository {
  /** The digest that a tag or digest names there; null where it is not there. */
  digestOf(reference: string): Promise<string | null>;
  /** The very bytes that the digest was made of; null where it is not there. */
  readManifest(digest: string): Promise<RawManifest | null>;
  /** False: it is a tag that names something else and may not be moved. */
  putManifest(reference: string, manifest: RawManifest): Promise<boolean>;
  hasBlob(digest: string): Promise<boolean>;
  /** Null where it is not there. */
  openBlob(digest: string): Promise<ReadableStream<Uint8Array> | null>;
  /** Takes a blob of another repository of the same registry; false: it has to be uploaded. */
  mountBlob(digest: string, from: string): Promise<boolean>;
  putBlob(digest: string, content: ReadableStream<Uint8Array>): Promise<void>;
}

/** Errors of all: TransientError, RefusedByServiceError. */
export const openRepository = (
  { repositoryUri, credentials, advice }: RegistryEnd,
  signal: AbortSignal | undefined,
): RegistryRepository => {
  const { base, repository } = addressOf(repositoryUri);
  const root = `${base}/v2/${repository}`;

  /** The answer, where its status is one of those that are expected. */
  const ask = async (
    url: string,
    expected: readonly number[],
    request: Omit<RegistryRequest, 'credentials' | 'signal'> = {},
  ): Promise<Response> => {
    // A registry names where an upload goes on: its own credentials are for nobody else.
    const isOurs = new URL(url).origin === base;
    const response = await askRegistry(url, { ...request, credentials: isOurs ? credentials : null, signal });
    if (expected.includes(response.status)) return response;
    const { status } = response;
    const what = `${request.method ?? 'GET'} ${url.split('?', 1)[0]} answered ${status}`;
    const says = await wordsOf(response, url);
    // Bytes that were lost on the way may arrive at the next try.
    if (says.includes('DIGEST_INVALID') || says.includes('SIZE_INVALID'))
      throw new TransientError(`${what}: ${says}`);
    throw new RefusedByServiceError(says === '' ? what : `${what}: ${says}`, {
      ...((status === 401 || status === 403) && { advice }),
    });
  };

  const quietly = async (
    url: string,
    expected: readonly number[],
    request: Parameters<typeof ask>[2] = {},
  ) => {
    const response = await ask(url, expected, request);
    await response.body?.cancel();
    return response;
  };

  const accept = { accept: MANIFEST_TYPES.join(', ') };
  const uploadOf = (response: Response, before: string): URL =>
    new URL(response.headers.get('location') ?? '', before);

  return {
    async digestOf(reference) {
      const url = `${root}/manifests/${reference}`;
      const response = await quietly(url, [200, 404], { method: 'HEAD', headers: accept });
      return response.status === 404 ? null : response.headers.get('docker-content-digest');
    },

    async readManifest(digest) {
      const url = `${root}/manifests/${digest}`;
      const response = await ask(url, [200, 404], { headers: accept });
      const bytes = await readBounded(response, url);
      if (response.status === 404) return null;
      const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      if (actual !== digest) throw new TransientError(`${url} answered the bytes of ${actual}`);
      return { mediaType: response.headers.get('content-type')?.split(';')[0]?.trim() ?? '', bytes };
    },

    async putManifest(reference, { mediaType, bytes }) {
      const url = `${root}/manifests/${reference}`;
      const headers = { 'content-type': mediaType };
      const response = await ask(url, [201, 200, 400], { method: 'PUT', headers, body: bytes });
      const says = await wordsOf(response, url);
      if (response.status !== 400) return true;
      if (/immutable/i.test(says)) return false;
      throw new RefusedByServiceError(`${url} was not accepted: ${says}`);
    },

    async hasBlob(digest) {
      const { status } = await quietly(`${root}/blobs/${digest}`, [200, 404], { method: 'HEAD' });
      return status === 200;
    },

    async openBlob(digest) {
      const response = await ask(`${root}/blobs/${digest}`, [200, 404]);
      if (response.status === 200 && response.body) return response.body;
      await response.body?.cancel();
      return null;
    },

    async mountBlob(digest, from) {
      const query = new URLSearchParams({ mount: digest, from });
      const url = `${root}/blobs/uploads/?${query}`;
      const { status } = await quietly(url, [201, 202], { method: 'POST' });
      return status === 201;
    },

    async putBlob(digest, content) {
      const begin = `${root}/blobs/uploads/`;
      const begun = uploadOf(await quietly(begin, [202], { method: 'POST' }), begin);
      const headers = { 'content-type': 'application/octet-stream' };
      const sent = await quietly(begun.href, [202], { method: 'PATCH', headers, body: content });
      const end = uploadOf(sent, begun.href);
      end.searchParams.set('digest', digest);
      await quietly(end.href, [201], { method: 'PUT', headers: { 'content-length': '0' } });
    },
  };
};

/** Registries say why in a short JSON: its first error, else as much of the text as fits. */
const wordsOf = async (response: Response, url: string): Promise<string> => {
  const text = (await readBounded(response, url)).toString('utf8');
  try {
    const [first] =
      (JSON.parse(text) as { errors?: readonly { code?: string; message?: string }[] }).errors ?? [];
    return first ? [first.code, first.message].filter(Boolean).join(': ').slice(0, 300) : '';
  } catch {
    return text.trim().slice(0, 300);
  }
};
