// Pulls an image for one platform, with our registry's credentials, and proves that it is of that platform:
// emulation would let an arm64 image run on an amd64 host, where ECS refuses it.
import type Docker from 'dockerode';
import type { ImageSource } from '../ecr/image-source.ts';
import { parseImageName } from '../ecs/task-definitions/image-name.ts';
import { type Platform, type PulledImage, RuntimeError } from '../ecs/tasks/task-runtime.ts';
import { atLeast, type Engine, messageOf, statusOf } from './engine.ts';

export class ImagePuller {
  readonly #engine: Engine;
  readonly #images: ImageSource;
  /** One pull of a name at a time: on engines of one platform a tag, the next pull moves it. */
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(engine: Engine, images: ImageSource) {
    this.#engine = engine;
    this.#images = images;
  }

  pull(image: string, platform: Platform): Promise<PulledImage> {
    const before = this.#queues.get(image) ?? Promise.resolve();
    const work = before.catch(() => undefined).then(() => this.#pullNow(image, platform));
    this.#queues.set(image, work);
    const forget = (): void => {
      if (this.#queues.get(image) === work) this.#queues.delete(image);
    };
    work.then(forget, forget);
    return work;
  }

  async #pullNow(image: string, platform: Platform): Promise<PulledImage> {
    const name = parseImageName(image);
    if (!name) throw new RuntimeError('CannotPullContainerError', `invalid reference format: ${image}`);
    const reference = name.tag === undefined && name.digest === undefined ? `${image}:latest` : image;
    // First of all: the engine may still have what was deleted from the registry.
    const registered = this.#images.lookUp(reference);
    if (registered === 'missing') throw notFound(reference);
    // There is no Windows here: what the engine would pull instead is an image for Linux.
    if (platform === 'windows/amd64') throw wrongPlatform(platform);
    if (name.digest !== undefined) {
      const present = await this.#inspect(reference, platform);
      if (present && isOf(present, platform)) return { imageId: present.Id, digest: name.digest };
    }
    await this.#download(reference, platform);
    const pulled = await this.#inspect(reference, platform);
    if (!pulled || !isOf(pulled, platform)) throw wrongPlatform(platform);
    const digest = name.digest ?? digestOf(pulled, name.repository, registered);
    return { imageId: pulled.Id, ...(digest !== undefined && { digest }) };
  }

  async #download(reference: string, platform: Platform): Promise<void> {
    const { docker } = this.#engine;
    let failure: string | undefined;
    try {
      const stream = await docker.createImage(this.#images.pullCredentials(reference) ?? {}, {
        fromImage: reference,
        platform,
      });
      failure = await new Promise<string | undefined>((resolve, reject) => {
        docker.modem.followProgress(stream, (error: Error | null, output: readonly { error?: string }[]) => {
          if (error) reject(error);
          else resolve(output.find((line) => line.error !== undefined)?.error);
        });
      });
    } catch (error) {
      throw pullFailure(reference, platform, messageOf(error), error);
    }
    if (failure !== undefined) throw pullFailure(reference, platform, failure);
  }

  async #inspect(reference: string, platform: Platform): Promise<Docker.ImageInspectInfo | undefined> {
    // Newer engines keep several platforms under one name and show one of them unless asked.
    const query = atLeast(this.#engine.apiVersion, '1.49') ? { platform: ociPlatform(platform) } : {};
    try {
      return await this.#engine.docker.getImage(reference).inspect(query as { manifests?: boolean });
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw new RuntimeError('CannotPullContainerError', messageOf(error), error);
    }
  }
}

function ociPlatform(platform: Platform): string {
  const [os, architecture] = platform.split('/');
  return JSON.stringify({ os, architecture });
}

function isOf(image: Docker.ImageInspectInfo, platform: Platform): boolean {
  return `${image.Os}/${image.Architecture}` === platform;
}

/** One image may have several digests in a repository (it alone, in indexes): then the registry knows which is meant. */
function digestOf(
  { RepoDigests: known = [] }: Docker.ImageInspectInfo,
  repository: string,
  registered: string | undefined,
): string | undefined {
  if (registered !== undefined && known.includes(`${repository}@${registered}`)) return registered;
  const own = known.find((digest) => digest.startsWith(`${repository}@`));
  return (own ?? known[0])?.split('@')[1];
}

/** In the words of Fargate's agent, which people and tools search for. */
function pullFailure(reference: string, platform: Platform, message: string, cause?: unknown): RuntimeError {
  if (/no matching manifest|does not match the specified platform|does not provide/i.test(message)) {
    return wrongPlatform(platform, cause);
  }
  if (/not found|manifest unknown|no such image/i.test(message)) {
    return notFound(reference, cause);
  }
  return new RuntimeError('CannotPullContainerError', `Error response from daemon: ${message}`, cause);
}

function notFound(reference: string, cause?: unknown): RuntimeError {
  return new RuntimeError(
    'CannotPullContainerError',
    `pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${reference}: not found`,
    cause,
  );
}

function wrongPlatform(platform: Platform, cause?: unknown): RuntimeError {
  return new RuntimeError(
    'CannotPullContainerError',
    `pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform '${platform}'`,
    cause,
  );
}
