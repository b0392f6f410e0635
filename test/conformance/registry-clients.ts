/**
 * docker, buildx and skopeo for the tests of the registry: each with a private configuration, so that no login of the
 * caller helps them and none of theirs is left; and images small enough to push many times.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { execa } from 'execa';
import { findTool } from '../../src/tools.ts';
import { type Ran, runClient } from './clients.ts';
import type { LocalAws } from './local-aws.ts';

export interface DockerClient {
  /** The folder that stands for `~/.docker`. */
  readonly config: string;
  run(...args: readonly string[]): Promise<Ran>;
  /** As `aws ecr get-login-password | docker login` does it. */
  login(password: string): Promise<Ran>;
}

/** Every docker CLI of this machine: the one on PATH, and Debian's, which is years older. */
export async function dockerPrograms(): Promise<string[]> {
  const first = await findTool('docker');
  const debians = '/usr/bin/docker';
  const both = first === debians ? [first] : [first, debians];
  const found = await Promise.all(both.map((path) => exists(path)));
  return both.filter((_path, index) => found[index]);
}

export async function dockerClient(aws: LocalAws, program: string): Promise<DockerClient> {
  const config = await mkdtemp(join(aws.folder, 'docker-'));
  const env = {
    HOME: config,
    DOCKER_CONFIG: config,
    ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
  };
  const run = (args: readonly string[], input?: string) =>
    runClient(program, args, env, { timeoutMs: 120_000, ...(input === undefined ? {} : { input }) });
  return {
    config,
    run: (...args) => run(args),
    login: (password) => run(['login', '--username', 'AWS', '--password-stdin', registryOf(aws)], password),
  };
}

/** buildx by itself; its login is that of the docker client. */
export async function buildx(client: DockerClient, ...args: readonly string[]): Promise<Ran> {
  const env = {
    HOME: client.config,
    DOCKER_CONFIG: client.config,
    BUILDX_CONFIG: join(client.config, 'buildx'),
  };
  const host = process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {};
  return runClient(await findTool('buildx'), args, { ...env, ...host }, { timeoutMs: 120_000 });
}

/** `skopeo` with its login in a file of its own. It speaks HTTP to us, as it would not to the real ECR. */
export async function skopeoClient(aws: LocalAws) {
  const program = await onPath('skopeo');
  const folder = await mkdtemp(join(aws.folder, 'skopeo-'));
  const env = { HOME: folder, REGISTRY_AUTH_FILE: join(folder, 'auth.json'), TMPDIR: folder };
  const run = (args: readonly string[], input = '') =>
    runClient(program, ['--insecure-policy', ...args], env, { timeoutMs: 120_000, input });
  return {
    folder,
    run: (...args: readonly string[]) => run(args),
    copy: (...args: readonly string[]) =>
      run(['copy', '--src-tls-verify=false', '--dest-tls-verify=false', ...args]),
    login: (password: string) =>
      run(
        ['login', '--tls-verify=false', '--username', 'AWS', '--password-stdin', registryOf(aws)],
        password,
      ),
  };
}

export const registryOf = (aws: LocalAws): string => `localhost:${aws.port}`;

/** What `aws ecr get-login-password` prints. */
export async function ecrPassword(aws: LocalAws): Promise<string> {
  const { authorizationData } = await ecrClient(aws).send(new GetAuthorizationTokenCommand({}));
  const token = authorizationData?.[0]?.authorizationToken ?? '';
  return Buffer.from(token, 'base64').toString('utf8').slice('AWS:'.length);
}

export const ecrClient = (aws: LocalAws): ECRClient => new ECRClient(aws.sdk);

/** A one-layer image of random content, as `docker save` would write it: for `docker load` and skopeo's docker-archive. */
export async function makeArchive(
  aws: LocalAws,
  name: string,
  architecture = 'amd64',
  { bytes = 4000 }: { readonly bytes?: number } = {},
) {
  const folder = await mkdtemp(join(aws.folder, 'content-'));
  await mkdir(join(folder, 'files'));
  await writeFile(join(folder, 'files/content'), randomBytes(bytes));
  await execa('tar', ['-c', '-f', join(folder, 'layer.tar'), '-C', join(folder, 'files'), '.']);
  const layer = sha256(await readFile(join(folder, 'layer.tar')));
  const config = JSON.stringify({
    architecture,
    os: 'linux',
    config: { Cmd: ['/none'] },
    rootfs: { type: 'layers', diff_ids: [layer] },
  });
  await writeFile(join(folder, 'config.json'), config);
  const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  const path = join(folder, 'image.tar');
  await execa('tar', ['-c', '-f', path, '-C', folder, 'manifest.json', 'config.json', 'layer.tar']);
  return { path, id: sha256(config) };
}

/** Such an image in the engine; `remove()` takes it away again with all its names. */
export async function makeImage(aws: LocalAws, name: string, architecture?: string) {
  const program = await findTool('docker');
  const { path, id } = await makeArchive(aws, name, architecture);
  await execa(program, ['load', '--input', path]);
  return {
    name,
    remove: async () => {
      await execa(program, ['image', 'rm', '--force', id], { reject: false });
    },
  };
}

const sha256 = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A way to the endpoint that breaks off for good once so many bytes have passed in either direction. */
export async function breakingRelay(aws: LocalAws, afterBytes: number) {
  let left = afterBytes;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ port: aws.port, host: '127.0.0.1' });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.on('data', (chunk: Buffer) => {
        left -= chunk.length;
        if (left > 0) to.write(chunk);
        else for (const socket of sockets) socket.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function onPath(program: string): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (await exists(join(folder, program))) return join(folder, program);
  }
  throw new Error(`${program} is missing; run script/setup --with-test-tools, which installs it`);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
