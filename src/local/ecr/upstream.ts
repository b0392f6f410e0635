// The real registry behind our door, as far as we call it ourselves: manifests by digest, and "is there this blob?".
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md
import { z } from 'zod';

export interface Upstream {
  readonly url: string;
  /** What the registry answered when it refused, e.g. `MANIFEST_BLOB_UNKNOWN`; undefined when it took it. */
  putManifest(repository: string, manifest: UpstreamManifest): Promise<UpstreamRefusal | undefined>;
  /** The exact bytes, or undefined when the registry does not have it. */
  getManifest(repository: string, digest: string, mediaType: string): Promise<Buffer | undefined>;
  hasBlob(repository: string, digest: string): Promise<boolean>;
  /**
   * How far an upload has come; undefined when there is none. `lastByte` is 0 for one byte and for none.
   * `upload`: the last part of its `Location`, with the query.
   */
  uploadStatus(repository: string, upload: string): Promise<{ readonly lastByte: number } | undefined>;
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
  /** Digests that the registry names, e.g. the missing layers. */
  readonly details: readonly string[];
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
    async uploadStatus(repository, upload) {
      const response = await call(`${repository}/blobs/uploads/${upload}`, {});
      await response.arrayBuffer();
      const last = /^0-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1];
      return response.ok && last !== undefined ? { lastByte: Number(last) } : undefined;
    },
  };
}

const refusalBody = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string().optional(), detail: z.unknown() })).min(1),
});

function refusal(status: number, text: string): UpstreamRefusal {
  try {
    const { errors } = refusalBody.parse(JSON.parse(text));
    const [first] = errors;
    const code = first?.code ?? 'UNKNOWN';
    return {
      status,
      code,
      message: first?.message ?? code,
      details: [...new Set(errors.flatMap(({ detail }) => digestsIn(detail)))],
    };
  } catch {
    // Not the registry's own error body: what the status says must do.
    return { status, code: 'UNKNOWN', message: `HTTP ${status}`, details: [] };
  }
}

/** The registry puts the digest itself there, or an object that holds it. */
function digestsIn(detail: unknown): string[] {
  return JSON.stringify(detail ?? null).match(/sha256:[0-9a-f]{64}/g) ?? [];
}
