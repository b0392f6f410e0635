// The real registry behind our door, as far as we call it ourselves: manifests by digest, and "is there this blob?".
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md
export interface Upstream {
  readonly url: string;
  /** What the registry answered when it refused, e.g. `MANIFEST_BLOB_UNKNOWN`; undefined when it took it. */
  putManifest(repository: string, manifest: UpstreamManifest): Promise<UpstreamRefusal | undefined>;
  /** The exact bytes, or undefined when the registry does not have it. */
  getManifest(repository: string, digest: string, mediaType: string): Promise<Buffer | undefined>;
  hasBlob(repository: string, digest: string): Promise<boolean>;
}

export interface UpstreamManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface UpstreamRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** `url`: a registry on loopback that asks for no login, e.g. `http://127.0.0.1:5001`. */
export function createUpstream(url: string): Upstream {
  const base = url.replace(/\/+$/, '');
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(`${base}/v2/${path}`, { ...init, signal: AbortSignal.timeout(30_000) });
    } catch (cause) {
      throw new Error(`the registry at ${base} cannot be reached`, { cause });
    }
  };
  return {
    url: base,
    async putManifest(repository, { digest, mediaType, bytes }) {
      const response = await call(`${repository}/manifests/${digest}`, {
        method: 'PUT',
        headers: { 'content-type': mediaType },
        body: bytes,
      });
      const text = await response.text();
      return response.ok ? undefined : refusal(response.status, text);
    },
    async getManifest(repository, digest, mediaType) {
      const response = await call(`${repository}/manifests/${digest}`, { headers: { accept: mediaType } });
      const bytes = Buffer.from(await response.arrayBuffer());
      if (response.status === 404) return undefined;
      if (!response.ok) throw new Error(`the registry at ${base} answered ${response.status} for ${digest}`);
      return bytes;
    },
    async hasBlob(repository, digest) {
      const response = await call(`${repository}/blobs/${digest}`, { method: 'HEAD' });
      return response.ok;
    },
  };
}

function refusal(status: number, text: string): UpstreamRefusal {
  try {
    const [first] = (JSON.parse(text) as { errors: { code: string; message?: string }[] }).errors;
    if (first !== undefined) return { status, code: first.code, message: first.message ?? first.code };
  } catch {
    // Not the registry's own error body: fall through to what the status says.
  }
  return { status, code: 'UNKNOWN', message: `HTTP ${status}` };
}
