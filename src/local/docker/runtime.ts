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
} from '../ecs/tasks/task-runtime.ts';
import { containerOptions } from './container-options.ts';
import { type Created, createOrFind, makeVolumes, startContainer } from './containers-and-volumes.ts';
import { connectEngine, type Engine, messageOf, statusOf } from './engine.ts';
import { followLogs } from './follow-logs.ts';
import type { DockerRuntimeOptions } from './index.ts';
import { containerName, labels } from './labels.ts';
import { ensureNetwork, type Network } from './network.ts';
import { observe, observeEnd } from './observe.ts';
import { ImagePuller } from './pull.ts';
import { removeInstance, removeTaskThings } from './remove.ts';
import { TaskNetworks } from './task-network.ts';
import { Watch } from './watch.ts';
import { whenReachable } from './when-reachable.ts';

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
  /** By task: reports that are on their way. */
  readonly #reporting = new Map<string, Promise<unknown>>();
  readonly #taskNetworks = new TaskNetworks();
  readonly #closing = new AbortController();
  readonly #starting = new Set<Promise<unknown>>();
  /** Tasks whose containers have ended but would not be removed. */
  readonly #left = new Set<string>();

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
      changed: (runtimeId, taskId, name, exitCode) => {
        if (exitCode !== undefined) this.#listener(observeEnd(runtimeId, taskId, name, exitCode));
        this.#reportSoon(runtimeId, taskId, name);
      },
      networkChanged: (taskId) => {
        for (const [runtimeId, known] of this.#known) {
          if (known.taskId === taskId) this.#reportSoon(runtimeId, taskId, known.name);
        }
      },
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
    const { engine, puller } = await this.#connect();
    return whenReachable(engine, () => puller.pull(image, platform), { closing: this.#closing.signal });
  }

  /** After `close()` nothing begins: who asks then hears no more. */
  run(spec: ContainerSpec): Promise<ContainerObservation> {
    if (this.#closing.signal.aborted) return new Promise(() => undefined);
    const run = this.#run(spec);
    this.#starting.add(run);
    const forget = () => this.#starting.delete(run);
    run.then(forget, forget);
    return run;
  }

  async #run(spec: ContainerSpec): Promise<ContainerObservation> {
    const { engine } = await this.#connect();
    const work = async (): Promise<ContainerObservation> => {
      const { container, hasEnded } = await this.#create(spec);
      // A task runs its containers once: one that has ended – a migration, say – is not run a second time.
      if (!hasEnded) await startContainer(container);
      const observation = await this.#inspect(container.id);
      if (!observation) throw new RuntimeError('CannotStartContainerError', 'The container vanished.');
      this.#known.set(container.id, { taskId: spec.taskId, name: spec.name, summary: 'started' });
      return observation;
    };
    return whenReachable(engine, work, { closing: this.#closing.signal });
  }

  async #create(spec: ContainerSpec): Promise<Created> {
    const { docker, engine } = await this.#connect();
    const { instance } = this.#options;
    // Asked for anew each time, because somebody may have removed it while no task held it.
    const network = await ensureNetwork(engine, instance);
    const placement = { instance, network: network.name, hostAddress: network.aliasAddress };
    if (spec.network === 'none') placement.network = 'none';
    else if (spec.sharedNetwork) {
      placement.network = `container:${(await this.#taskNetworks.holder(docker, spec, placement)).id}`;
    }
    await makeVolumes(docker, instance, spec);
    const name = containerName(instance, spec.taskId, spec.name);
    return createOrFind(docker, name, containerOptions(spec, placement), spec.platform);
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
    // What the engine still has to say of its containers – that one ran out of memory – is heard first.
    await this.#reporting.get(taskId);
    this.#taskNetworks.forget(taskId);
    for (const [id, known] of this.#known) if (known.taskId === taskId) this.#known.delete(id);
    await this.#removeThings(docker, taskId);
  }

  async #removeThings(docker: Docker, taskId: string): Promise<void> {
    const why = await removeTaskThings(docker, this.#options.instance, taskId);
    if (why === undefined) this.#left.delete(taskId);
    else if (!this.#left.has(taskId)) {
      this.#left.add(taskId);
      this.#options.log(`docker: task ${taskId} has ended, its containers are removed later: ${why}`);
    }
  }

  async followLogs(
    runtimeId: string,
    since: string | undefined,
    onLine: (line: LogLine) => void,
  ): Promise<void> {
    const { docker } = await this.#connect();
    await followLogs({ docker, runtimeId, since, onLine, signal: this.#closing.signal });
  }

  /** What had begun is waited for, so that nothing comes up behind a `removeAll()`. */
  async close(): Promise<void> {
    this.#watch?.close();
    this.#closing.abort();
    await Promise.allSettled(this.#starting);
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

  async #inspect(runtimeId: string): Promise<ContainerObservation | undefined> {
    const { docker } = await this.#connect();
    try {
      const container = docker.getContainer(runtimeId);
      const info = await container.inspect();
      const mode = info.HostConfig.NetworkMode ?? '';
      if (!mode.startsWith('container:')) return observe(info, info);
      const holder = await inspectUnlessGone(docker, mode.slice('container:'.length));
      if (holder?.State.Running || !info.State.Running) return observe(info, holder ?? info);
      // Without its network nothing reaches it any more: at ECS the task ends with it.
      await container.kill().catch((error: unknown) => {
        if (statusOf(error) !== 409) throw error;
      });
      return observe(await container.inspect(), info);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  #reportSoon(runtimeId: string, taskId: string, name: string): void {
    const before = this.#reporting.get(taskId) ?? Promise.resolve();
    const reporting = Promise.all([before, this.#report(runtimeId, taskId, name)]).then(() => {
      if (this.#reporting.get(taskId) === reporting) this.#reporting.delete(taskId);
    });
    this.#reporting.set(taskId, reporting);
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
    const { docker } = await this.#connect();
    for (const taskId of this.#left) await this.#removeThings(docker, taskId);
    const summaries = await this.#summaries();
    const before = new Map(this.#known);
    for (const summary of summaries) {
      if (this.#left.has(summary.Labels[labels.task] ?? '')) continue;
      const known = before.get(summary.Id);
      before.delete(summary.Id);
      const now = this.#remember(summary);
      if (known?.summary !== now.summary) await this.#report(summary.Id, now.taskId, now.name);
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

async function inspectUnlessGone(
  docker: Docker,
  id: string,
): Promise<Docker.ContainerInspectInfo | undefined> {
  try {
    return await docker.getContainer(id).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
