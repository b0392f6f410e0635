/** One request to a registry's HTTP API (OCI distribution v2): what may pass is told from what is an answer. */
import { RefusedByServiceError, TransientError } from '../errors.ts';
import { isNetworkError } from './errors.ts';

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

export interface RegistryRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT';
  readonly credentials: RegistryCredentials | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | ReadableStream<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
}

export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

/** Any answer but 429 and 5xx, which are a TransientError, as is a registry that does not answer. */
export const askRegistry = async (url: string, request: RegistryRequest): Promise<Response> => {
  const { method = 'GET', credentials, headers, body, signal } = request;
  const response = await orTransient(url, () =>
    // A redirect to the blob's storage (ECR's S3) is followed; fetch drops the authorization on the way there.
    fetch(url, {
      method,
      headers: { ...headers, ...authorization(credentials) },
      ...(signal && { signal }),
      ...(body !== undefined && { body: body as never, duplex: 'half' }),
      // Else fetch keeps a second copy of the stream, all of it, for the case of a redirect.
      ...(body instanceof ReadableStream && { redirect: 'error', window: null }),
    } as RequestInit),
  );
  if (response.status === 429 || response.status >= 500) {
    await response.body?.cancel();
    throw new TransientError(`${url} answered ${response.status}`);
  }
  return response;
};

/** All of a document; the length in the header is a claim only, and may be absent. */
export const readBounded = (response: Response, url: string): Promise<Buffer> =>
  orTransient(url, async () => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_DOCUMENT_BYTES)
        throw new RefusedByServiceError(`${url} is larger than a manifest may be`);
    }
    return Buffer.concat(chunks);
  });

/** fetch says "fetch failed" and "terminated" with a TypeError, whatever the network did. */
const orTransient = async <T>(url: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const name = (error as { readonly name?: unknown } | null)?.name;
    if (name === 'TimeoutError' || name === 'TypeError' || isNetworkError(error)) {
      throw new TransientError(`${url}: the registry did not answer`, { cause: error });
    }
    throw error;
  }
};

const authorization = (credentials: RegistryCredentials | null): Readonly<Record<string, string>> => {
  if (credentials === null) return {};
  const { username, password } = credentials;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
};
