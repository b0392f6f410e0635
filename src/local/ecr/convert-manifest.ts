// Docker's form of a single image and OCI's: ECR translates one into the other for a client that asks by tag and
// understands only the other. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html
import { digestOf } from './manifest.ts';

const pairs: readonly (readonly [docker: string, oci: string])[] = [
  ['application/vnd.docker.distribution.manifest.v2+json', 'application/vnd.oci.image.manifest.v1+json'],
  ['application/vnd.docker.container.image.v1+json', 'application/vnd.oci.image.config.v1+json'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'application/vnd.oci.image.layer.v1.tar+gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'application/vnd.oci.image.layer.v1.tar'],
  [
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  ],
];
const counterparts = new Map(
  pairs.flatMap(([docker, oci]) => [[docker, oci] as const, [oci, docker] as const]),
);

export interface ServedManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: string;
}

/** The media types of an `Accept` header. Empty when it asks for nothing in particular. */
export function acceptedTypes(header: string | undefined): string[] {
  const types = (header ?? '').split(',').map((each) => each.split(';', 1)[0]?.trim() ?? '');
  return types.some((type) => type.endsWith('/*')) ? [] : types.filter((type) => type !== '');
}

/** As stored, unless the client takes only the other form. What has no other form, e.g. an index, stays as it is. */
export function inAcceptedForm(stored: ServedManifest, accepted: readonly string[]): ServedManifest {
  const other = counterparts.get(stored.mediaType);
  if (other === undefined || accepted.includes(stored.mediaType) || !accepted.includes(other)) return stored;
  const translated = translate(JSON.parse(stored.bytes.toString('utf8')), other);
  if (translated === undefined) return stored;
  const bytes = Buffer.from(JSON.stringify(translated, undefined, 3));
  return { bytes, mediaType: other, digest: digestOf(bytes) };
}

interface Part {
  readonly mediaType: string;
}

/** Undefined when a part has no counterpart, e.g. a Helm chart's config. */
function translate(
  manifest: { readonly config: Part; readonly layers: readonly Part[] },
  mediaType: string,
): object | undefined {
  const parts = [manifest.config, ...manifest.layers].map((part) => {
    const type = counterparts.get(part.mediaType);
    return type === undefined ? undefined : { ...part, mediaType: type };
  });
  const [config, ...layers] = parts;
  return parts.includes(undefined) ? undefined : { ...manifest, mediaType, config, layers };
}
