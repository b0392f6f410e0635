// The runtime port on Docker. Names are derived from the task, so creating twice finds the first.
import { setMaxListeners } from 'node:events';
import type Docker from 'dockerode';
import {
  type ContainerObservation,
  type ContainerSpec,
  type GoneContainer,
  type LogLine,
  type Platform,
  type PulledImage,
  RuntimeError,
  type RuntimeFacts,
  type TaskRuntime,
} from '../ecs/task-runtime.ts';
import { containerOptions, networkOptions } from './container-options.ts';
import { connectEngine, type Engine, messageOf, statusOf } from './engine.ts';
import type { DockerRuntimeOptions } from './index.ts';
import { containerName, labels, volumeName } from './labels.ts';
import { LogFrames, sinceOf } from './log-frames.ts';
import { ensureNetwork, type Network } from './network.ts';
import { observe } from './observe.ts';
import { ensurePauseImage } from './pause-image.ts';
import { ImagePuller } from './pull.ts';
import { removeInstance, removeTaskThings } from './remove.ts';
import { Watch } from './watch.ts';

interface Connected {
  readonly engine: Engine;
  readonly docker: Docker;
  readonly network: Network;
  readonly puller: ImagePuller;
}

export class DockerRuntime implements TaskRuntime {
  readonly #options: DockerRuntimeOptions;
  #connected: Connected | undefined;
  #watch: Watch | undefined;
  #listener: (observation: ContainerObservation | GoneContainer) => void = () => undefined;
  /** By runtime id, as last reported: the list tells what changed without inspecting all. */
  readonly #known = new Map<string, { taskId: string; name: string; summary: string }>();
  #pauseImage: Promise<string> | undefined;
  readonly #pauses = new Map<string, Promise<Docker.Container>>();
  readonly #closing = new AbortController();

  constructor(options: DockerRuntimeOptions) {
    this.#options = options;
    // One listener for each log that is followed: any number is right.
    setMaxListeners(0, this.#closing.signal);
  }

  async start(listener: (observation: ContainerObservation | GoneContainer) => void): Promise<RuntimeFacts> {
    const { network, docker } = await this.#connect();
    this.#listener = listener;
    this.#watch = new Watch({
      docker,
      instance: this.#options.instance,
      changed: (runtimeId, taskId, name) => void this.#report(runtimeId, taskId, name),
      lookAtAll: () => this.#lookAtAll(),
      log: this.#options.log,
    });
    await this.#watch.connect();
    return { hostAddress: network.hostAddress };
  }

  async list(): Promise<readonly ContainerObservation[]> {
    const summaries = await this.#summaries();
    const observed = await Promise.all(
      summaries.map(async (summary) => {
        this.#remember(summary);
        return this.#inspect(summary.Id);
      }),
    );
    return observed.filter((observation) => observation !== undefined);
  }

  async pull(image: string, platform: Platform): Promise<PulledImage> {
    const { puller } = await this.#connect();
    return puller.pull(image, platform);
  }

  async run(spec: ContainerSpec): Promise<ContainerObservation> {
    const { docker, network } = await this.#connect();
    const placement = {
      instance: this.#options.instance,
      network: spec.sharedNetwork ? `container:${(await this.#pause(spec)).id}` : network.name,
      hostAddress: network.aliasAddress,
    };
    await this.#makeVolumes(docker, spec);
    const container = await createOrFind(
      docker,
      containerName(this.#options.instance, spec.taskId, spec.name),
      containerOptions(spec, placement),
      spec.platform,
    );
    try {
      await container.start();
    } catch (error) {
      // 304: an earlier process had started it.
      if (statusOf(error) !== 304) {
        const message = `Error response from daemon: ${messageOf(error)}`;
        throw new RuntimeError('CannotStartContainerError', message, error);
      }
    }
    const observation = await this.#inspect(container.id);
    if (!observation) throw new RuntimeError('CannotStartContainerError', 'The container vanished.');
    return observation;
  }

  async stop(runtimeId: string, timeoutMs: number): Promise<void> {
    const { docker } = await this.#connect();
    try {
      await docker.getContainer(runtimeId).stop({ t: Math.ceil(timeoutMs / 1000) });
    } catch (error) {
      if (statusOf(error) !== 304 && statusOf(error) !== 404) throw error;
    }
    const observation = await this.#inspect(runtimeId);
    if (observation) this.#listener(observation);
  }

  async removeTask(taskId: string): Promise<void> {
    const { docker } = await this.#connect();
    this.#pauses.delete(taskId);
    for (const [id, known] of this.#known) if (known.taskId === taskId) this.#known.delete(id);
    await removeTaskThings(docker, this.#options.instance, taskId);
  }

  async followLogs(
    runtimeId: string,
    cursor: string | undefined,
    onLine: (line: LogLine) => void,
  ): Promise<void> {
    const { docker } = await this.#connect();
    const stream = await docker.getContainer(runtimeId).logs({
      follow: true,
      stdout: true,
      stderr: true,
      timestamps: true,
      abortSignal: this.#closing.signal,
      ...(cursor !== undefined && { since: sinceOf(cursor) as unknown as number }),
    });
    const frames = new LogFrames();
    await new Promise<void>((resolve) => {
      stream.on('data', (chunk: Buffer) => {
        for (const line of frames.push(chunk)) {
          // `since` includes the moment itself, whose line was handed over before.
          if (cursor === undefined || line.cursor > cursor) onLine(line);
        }
      });
      for (const event of ['end', 'close', 'error']) stream.on(event, () => resolve());
    });
  }

  async close(): Promise<void> {
    this.#watch?.close();
    this.#closing.abort();
  }

  async removeAll(): Promise<void> {
    const { docker } = this.#connected ?? { docker: (await connectEngine(this.#options.docker)).docker };
    await removeInstance(docker, this.#options.instance);
    this.#connected = undefined;
  }

  async #connect(): Promise<Connected> {
    if (this.#connected) return this.#connected;
    const engine = await connectEngine(this.#options.docker);
    const network = await ensureNetwork(engine, this.#options.instance);
    const puller = new ImagePuller(engine, this.#options.images);
    this.#connected = { engine, docker: engine.docker, network, puller };
    return this.#connected;
  }

  /** Made by hand, because a volume that the engine makes for a bind has no label to find it by. */
  async #makeVolumes(docker: Docker, spec: ContainerSpec): Promise<void> {
    const { instance } = this.#options;
    for (const { source } of spec.mounts) {
      if (!('taskVolume' in source)) continue;
      await docker.createVolume({
        Name: volumeName(instance, spec.taskId, source.taskVolume),
        Labels: { [labels.instance]: instance, [labels.task]: spec.taskId },
      });
    }
  }

  /** Awsvpc: all containers of a task share localhost; a sleeping container holds the namespace, as in the agent. */
  async #pause(spec: ContainerSpec): Promise<Docker.Container> {
    const { docker, network } = await this.#connect();
    const made = this.#pauses.get(spec.taskId) ?? this.#makePause(docker, network, spec);
    this.#pauses.set(spec.taskId, made);
    try {
      return await made;
    } catch (error) {
      this.#pauses.delete(spec.taskId);
      throw new RuntimeError('ResourceInitializationError', messageOf(error), error);
    }
  }

  async #makePause(docker: Docker, network: Network, spec: ContainerSpec): Promise<Docker.Container> {
    this.#pauseImage ??= ensurePauseImage(docker);
    const image = await this.#pauseImage;
    const placement = {
      instance: this.#options.instance,
      network: network.name,
      hostAddress: network.aliasAddress,
    };
    const ports = spec.taskPorts.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
    const { top, host } = networkOptions(spec, placement, ports);
    const pause = await createOrFind(docker, containerName(this.#options.instance, spec.taskId, 'network'), {
      Image: image,
      ...top,
      Labels: {
        [labels.instance]: this.#options.instance,
        [labels.task]: spec.taskId,
        [labels.role]: 'network',
      },
      HostConfig: { ...host, NetworkMode: network.name },
    });
    await pause.start().catch((error: unknown) => {
      if (statusOf(error) !== 304) throw error;
    });
    return pause;
  }

  async #inspect(runtimeId: string): Promise<ContainerObservation | undefined> {
    const { docker } = await this.#connect();
    try {
      const info = await docker.getContainer(runtimeId).inspect();
      const mode = info.HostConfig.NetworkMode ?? '';
      const holder = mode.startsWith('container:')
        ? await docker.getContainer(mode.slice('container:'.length)).inspect()
        : info;
      return observe(info, holder);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  async #report(runtimeId: string, taskId: string, name: string): Promise<void> {
    try {
      const observation = await this.#inspect(runtimeId);
      this.#listener(observation ?? { taskId, name, runtimeId, state: 'gone' });
    } catch (error) {
      this.#options.log(`docker: cannot inspect ${name} of task ${taskId}: ${messageOf(error)}`);
    }
  }

  /** The safety net: reports what the list shows differently from last time, and what it no longer shows. */
  async #lookAtAll(): Promise<void> {
    const summaries = await this.#summaries();
    const before = new Map(this.#known);
    for (const summary of summaries) {
      const known = before.get(summary.Id);
      before.delete(summary.Id);
      const now = this.#remember(summary);
      if (known && known.summary !== now.summary) await this.#report(summary.Id, now.taskId, now.name);
    }
    for (const [runtimeId, { taskId, name }] of before) {
      if (!this.#known.delete(runtimeId)) continue;
      this.#listener({ taskId, name, runtimeId, state: 'gone' });
    }
  }

  async #summaries(): Promise<Docker.ContainerInfo[]> {
    const { docker } = await this.#connect();
    const filters = { label: [`${labels.instance}=${this.#options.instance}`, `${labels.role}=container`] };
    return docker.listContainers({ all: true, filters });
  }

  #remember(summary: Docker.ContainerInfo): { taskId: string; name: string; summary: string } {
    const taskId = summary.Labels[labels.task] ?? '';
    const name = summary.Labels[labels.container] ?? '';
    // "Up 5 minutes (healthy)": the health is all of it that matters here.
    const health = /\(([^)]*)\)$/.exec(summary.Status)?.[1] ?? '';
    const known = { taskId, name, summary: `${summary.State} ${health}` };
    this.#known.set(summary.Id, known);
    return known;
  }
}

async function createOrFind(
  docker: Docker,
  name: string,
  options: Docker.ContainerCreateOptions,
  platform?: Platform,
): Promise<Docker.Container> {
  try {
    // `_query` and `_body` keep environment and labels out of the URL.
    const split = { _query: { name, ...(platform && { platform }) }, _body: options };
    return await docker.createContainer(split as unknown as Docker.ContainerCreateOptions);
  } catch (error) {
    if (statusOf(error) === 409) {
      const found = docker.getContainer(name);
      return docker.getContainer((await found.inspect()).Id);
    }
    const message = `Error response from daemon: ${messageOf(error)}`;
    throw new RuntimeError('CannotCreateContainerError', message, error);
  }
}
