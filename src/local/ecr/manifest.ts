// Reads an image manifest or index: its digest, type, size, and what it refers to.
// https://github.com/opencontainers/image-spec/blob/main/manifest.md, .../image-index.md
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AwsError } from '../wire/aws-error.ts';

export const manifestTypes: readonly string[] = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
];
export const indexTypes: readonly string[] = [
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.index.v1+json',
];

const descriptor = z.object({ mediaType: z.string(), digest: z.string(), size: z.number() });
const document = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: descriptor.optional(),
  layers: z.array(descriptor).optional(),
  manifests: z.array(descriptor).optional(),
  subject: descriptor.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactMediaType: string | undefined;
  /** Config and layers as stored; 0 for an index, whose size is that of its largest image. */
  readonly sizeBytes: number;
  /** Of this text itself. */
  readonly manifestBytes: number;
  readonly children: readonly string[];
  /** Config and layers; none for an index. */
  readonly blobs: readonly string[];
  readonly subjectDigest: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** ECR's own limit, of PutImage's `imageManifest`. */
export const maxManifestBytes = 4 * 1024 * 1024;

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The only algorithm that ECR knows. */
export function isDigest(reference: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(reference);
}

/**
 * `declaredType` is the Content-Type or `imageManifestMediaType`; it must not contradict what the text says.
 * Throws AwsError `InvalidParameterException`.
 */
export function readManifest(bytes: Uint8Array, declaredType: string | undefined): Manifest {
  if (bytes.byteLength > maxManifestBytes) throw invalid(`it is over ${maxManifestBytes} bytes`);
  const body = parse(bytes);
  const mediaType = declaredType ?? body.mediaType;
  if (mediaType === undefined) {
    throw invalid('the media type is neither given nor in the manifest');
  }
  if (body.mediaType !== undefined && body.mediaType !== mediaType) {
    throw invalid(`it says mediaType ${body.mediaType}, but was sent as ${mediaType}`);
  }
  const isIndex = indexTypes.includes(mediaType);
  if (!isIndex && !manifestTypes.includes(mediaType)) throw invalid(`its type ${mediaType} is not supported`);
  if (isIndex ? body.manifests === undefined : body.config === undefined || body.layers === undefined) {
    throw invalid(`it lacks what ${mediaType} requires`);
  }
  const parts = isIndex ? [] : [...(body.layers ?? []), ...(body.config === undefined ? [] : [body.config])];
  return {
    digest: digestOf(bytes),
    mediaType,
    artifactMediaType: body.artifactType ?? body.config?.mediaType,
    sizeBytes: parts.reduce((sum, part) => sum + part.size, 0),
    manifestBytes: bytes.byteLength,
    children: (body.manifests ?? []).map((each) => each.digest),
    blobs: parts.map((part) => part.digest),
    subjectDigest: body.subject?.digest,
    annotations: body.annotations,
  };
}

function parse(bytes: Uint8Array): z.infer<typeof document> {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new AwsError(
      'InvalidParameterException',
      "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
    );
  }
  const result = document.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(`${issue?.path.join('.') || 'document'}: ${issue?.message}`);
}

function invalid(problem: string): AwsError {
  return new AwsError(
    'InvalidParameterException',
    `Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid image manifest: ${problem}'`,
  );
}
