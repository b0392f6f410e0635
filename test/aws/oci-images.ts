/** Images as a registry's HTTP API takes them, made here so that every byte of them is known. */
import { createHash, randomBytes } from 'node:crypto';

export const OCI = 'application/vnd.oci.image';

export const sha256 = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const put = async (url: string, body: Uint8Array | string, type: string): Promise<void> => {
  const answer = await fetch(url, { method: 'PUT', body: body as never, headers: { 'content-type': type } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
};

const pushBlob = async (root: string, bytes: Uint8Array): Promise<string> => {
  const begun = await fetch(`${root}/blobs/uploads/`, { method: 'POST' });
  const url = new URL(begun.headers.get('location') ?? '', root);
  url.searchParams.set('digest', sha256(bytes));
  await put(url.href, bytes, 'application/octet-stream');
  return sha256(bytes);
};

/** In odd white space, which a copy that parses and writes again would lose. */
const spaced = (value: unknown): string => `${JSON.stringify(value, null, 3)}\n\n`;

export const pushImage = async (
  host: string,
  repository: string,
  architecture: string,
  layers: readonly Uint8Array[],
) => {
  const root = `http://${host}/v2/${repository}`;
  const config = Buffer.from(spaced({ architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }));
  const manifest = spaced({
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: {
      mediaType: `${OCI}.config.v1+json`,
      digest: await pushBlob(root, config),
      size: config.length,
    },
    layers: await Promise.all(
      layers.map(async (layer) => ({
        mediaType: `${OCI}.layer.v1.tar`,
        digest: await pushBlob(root, layer),
        size: layer.length,
      })),
    ),
  });
  await put(`${root}/manifests/${sha256(manifest)}`, manifest, `${OCI}.manifest.v1+json`);
  return { digest: sha256(manifest), size: manifest.length, architecture };
};

const pushIndex = async (
  host: string,
  repository: string,
  images: readonly Awaited<ReturnType<typeof pushImage>>[],
) => {
  const index = spaced({
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: images.map(({ digest, size, architecture }) => ({
      mediaType: `${OCI}.manifest.v1+json`,
      digest,
      size,
      platform: { os: 'linux', architecture },
    })),
  });
  await put(`http://${host}/v2/${repository}/manifests/${sha256(index)}`, index, `${OCI}.index.v1+json`);
  return sha256(index);
};

/** Both platforms, with layers of their own and one that they share. */
export const twoPlatforms = async (host: string, repository: string): Promise<string> => {
  const shared = randomBytes(50_000);
  return pushIndex(host, repository, [
    await pushImage(host, repository, 'arm64', [shared, randomBytes(1_000)]),
    await pushImage(host, repository, 'amd64', [shared, randomBytes(2_000)]),
  ]);
};
