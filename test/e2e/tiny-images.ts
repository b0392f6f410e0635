/**
 * Images of a few hundred bytes, put into a registry over HTTP: one static program that sleeps, for the
 * architectures that a test names.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type Docker from 'dockerode';
import { pauseProgram, tarOf } from '../../src/local/docker/pause-image.ts';

type Architecture = 'amd64' | 'arm64';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const types = {
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  config: 'application/vnd.docker.container.image.v1+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
};

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** A single manifest; `reference` is a tag. Resolves with the name to pull. */
export async function pushImage(
  registryUrl: string,
  repository: string,
  reference: string,
  architecture: Architecture,
): Promise<string> {
  const { content } = await imageFor(registryUrl, repository, architecture);
  await putManifest(registryUrl, repository, reference, types.manifest, content);
  return `${new URL(registryUrl).host}/${repository}:${reference}`;
}

/** An index of these architectures. */
export async function pushIndex(
  registryUrl: string,
  repository: string,
  reference: string,
  architectures: readonly Architecture[],
): Promise<string> {
  const manifests: object[] = [];
  for (const architecture of architectures) {
    const { content, descriptor } = await imageFor(registryUrl, repository, architecture);
    await putManifest(registryUrl, repository, descriptor.digest, types.manifest, content);
    manifests.push({ ...descriptor, platform: { os: 'linux', architecture } });
  }
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests }));
  await putManifest(registryUrl, repository, reference, types.index, index);
  return `${new URL(registryUrl).host}/${repository}:${reference}`;
}

async function imageFor(registryUrl: string, repository: string, architecture: Architecture) {
  const tar = tarOf('pause', pauseProgram(architecture));
  const layer = await putBlob(registryUrl, repository, gzipSync(tar), types.layer);
  const config = {
    architecture,
    os: 'linux',
    config: { Entrypoint: ['/pause'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    history: [{ created_by: 'test' }],
  };
  const content = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: await putBlob(registryUrl, repository, Buffer.from(JSON.stringify(config)), types.config),
      layers: [layer],
    }),
  );
  return {
    content,
    descriptor: { mediaType: types.manifest, digest: digestOf(content), size: content.length },
  };
}

async function putBlob(
  registryUrl: string,
  repository: string,
  content: Buffer,
  mediaType: string,
): Promise<Descriptor> {
  const digest = digestOf(content);
  const begun = await fetch(`${registryUrl}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(begun.headers.get('location') ?? '', registryUrl);
  location.searchParams.set('digest', digest);
  const answer = await fetch(location, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(content),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return { mediaType, digest, size: content.length };
}

async function putManifest(
  registryUrl: string,
  repository: string,
  reference: string,
  mediaType: string,
  content: Buffer,
): Promise<void> {
  const answer = await fetch(`${registryUrl}/v2/${repository}/manifests/${reference}`, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: new Uint8Array(content),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

/** What the engine pulled from that registry. */
export async function removeImages(docker: Docker, registryUrl: string): Promise<void> {
  const prefix = `${new URL(registryUrl).host}/`;
  const pulled = (await docker.listImages()).filter(({ RepoTags, RepoDigests }) =>
    [...(RepoTags ?? []), ...(RepoDigests ?? [])].some((name) => name.startsWith(prefix)),
  );
  await Promise.all(pulled.map(({ Id }) => docker.getImage(Id).remove({ force: true })));
}

/** A registry that lets nobody in. Resolves with its host. */
export async function startLockedRegistry(): Promise<{ host: string; close: () => void }> {
  const server = createServer((_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="locked"' });
    response.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, close: () => server.close() };
}
