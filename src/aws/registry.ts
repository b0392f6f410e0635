/**
 * Reads an image through the registry's own HTTP API (OCI distribution v2): its digest and the platforms it runs
 * on. ECR answers the same calls with the token of GetAuthorizationToken.
 */
import { RefusedByServiceError } from '../errors.ts';
import { askRegistry, MANIFEST_TYPES, type RegistryCredentials, readBounded } from './registry-request.ts';

export type { RegistryCredentials } from './registry-request.ts';

export interface Platform {
  readonly os: string;
  /** As OCI spells it: `arm64`, `amd64`. */
  readonly architecture: string;
}

export interface RegistryImage {
  /** `sha256:…` of the manifest (or index) that the reference names. */
  readonly digest: string;
  readonly mediaType: string;
  readonly platforms: readonly Platform[];
}

const REQUEST_TIMEOUT_MS = 20_000;

/** The members that we read of a manifest, an index or an image configuration. */
interface Manifest {
  readonly manifests?: readonly {
    readonly platform?: { readonly os?: string; readonly architecture?: string };
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
  readonly config?: { readonly digest?: string };
}

/**
 * @param repositoryUri `<host>[:port]/<repository>`; loopback hosts are asked by HTTP, all others by HTTPS
 * @param reference a tag or a digest
 * @returns null when the registry has no such image
 * @throws TransientError (network, 429, 5xx), RefusedByServiceError (401, 403, anything else)
 */
export const readImage = async (
  repositoryUri: string,
  reference: string,
  credentials: RegistryCredentials | null,
): Promise<RegistryImage | null> => {
  const { base, repository } = addressOf(repositoryUri);
  const root = `${base}/v2/${repository}`;
  const found = await get(`${root}/manifests/${reference}`, credentials, MANIFEST_TYPES);
  if (!found) return null;
  const manifest = parse<Manifest>(found.body, repositoryUri);
  const digest =
    found.headers.get('docker-content-digest') ?? (reference.startsWith('sha256:') ? reference : null);
  if (!digest) throw new RefusedByServiceError(`${repositoryUri}:${reference}: the registry named no digest`);
  const mediaType = found.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
  if (manifest.manifests) return { digest, mediaType, platforms: indexPlatforms(manifest) };
  const configuration = manifest.config?.digest;
  if (!configuration)
    throw new RefusedByServiceError(`${repositoryUri}:${reference}: a manifest without configuration`);
  const blob = await get(`${root}/blobs/${configuration}`, credentials, ['*/*']);
  if (!blob)
    throw new RefusedByServiceError(`${repositoryUri}:${reference}: its configuration blob is missing`);
  const { os, architecture } = parse<Partial<Platform>>(blob.body, repositoryUri);
  return { digest, mediaType, platforms: [{ os: os ?? 'linux', architecture: architecture ?? 'amd64' }] };
};

/** Attestations (provenance, SBOM) stand in an index as entries of an unknown platform: not something to run. */
const indexPlatforms = (index: Manifest): readonly Platform[] =>
  (index.manifests ?? []).flatMap(({ platform, annotations }) => {
    const isAttestation = annotations?.['vnd.docker.reference.type'] === 'attestation-manifest';
    if (isAttestation || !platform?.architecture || platform.architecture === 'unknown') return [];
    return [{ os: platform.os ?? 'linux', architecture: platform.architecture }];
  });

export const addressOf = (repositoryUri: string): { readonly base: string; readonly repository: string } => {
  const slash = repositoryUri.indexOf('/');
  const host = repositoryUri.slice(0, slash);
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host);
  return { base: `${isLoopback ? 'http' : 'https'}://${host}`, repository: repositoryUri.slice(slash + 1) };
};

const get = async (
  url: string,
  credentials: RegistryCredentials | null,
  accept: readonly string[],
): Promise<{ readonly body: string; readonly headers: Headers } | null> => {
  const response = await askRegistry(url, {
    credentials,
    headers: { accept: accept.join(', ') },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const { status, headers } = response;
  if (response.ok) return { body: (await readBounded(response, url)).toString('utf8'), headers };
  await response.body?.cancel();
  if (status === 404) return null;
  throw new RefusedByServiceError(`${url} answered ${status}`);
};

const parse = <T>(text: string, what: string): T => {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new RefusedByServiceError(`${what}: the registry answered something that is no JSON`, {
      cause: error,
    });
  }
};
