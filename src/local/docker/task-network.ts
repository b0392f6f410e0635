// Awsvpc: all containers of a task share localhost; a sleeping container holds the namespace, as in ECS's agent.
import type Docker from 'dockerode';
import { type ContainerSpec, RuntimeError } from '../ecs/tasks/task-runtime.ts';
import { networkOptions, type Placement } from './container-options.ts';
import { createOrFind, startOnce } from './containers-and-volumes.ts';
import { messageOf, statusOf } from './engine.ts';
import { containerName, labels } from './labels.ts';
import { ensurePauseImage } from './pause-image.ts';

export class TaskNetworks {
  #image: Promise<string> | undefined;
  readonly #holders = new Map<string, Promise<Docker.Container>>();

  /** The holder of the task's namespace, made at the first call. Throws RuntimeError. */
  async holder(docker: Docker, spec: ContainerSpec, placement: Placement): Promise<Docker.Container> {
    const made = this.#holders.get(spec.taskId) ?? this.#make(docker, spec, placement);
    this.#holders.set(spec.taskId, made);
    try {
      return await made;
    } catch (error) {
      this.#holders.delete(spec.taskId);
      if (statusOf(error) === undefined && !(error instanceof RuntimeError)) throw error;
      throw new RuntimeError('ResourceInitializationError', messageOf(error), error);
    }
  }

  forget(taskId: string): void {
    this.#holders.delete(taskId);
  }

  async #make(docker: Docker, spec: ContainerSpec, placement: Placement): Promise<Docker.Container> {
    this.#image ??= ensurePauseImage(docker).catch((error: unknown) => {
      this.#image = undefined;
      throw error;
    });
    const Image = await this.#image;
    const ports = spec.taskPorts.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
    const { top, host } = networkOptions(spec, placement, ports);
    const { container: holder } = await createOrFind(
      docker,
      containerName(placement.instance, spec.taskId, 'network'),
      {
        Image,
        ...top,
        Labels: {
          [labels.instance]: placement.instance,
          [labels.task]: spec.taskId,
          [labels.role]: 'network',
        },
        HostConfig: { ...host, NetworkMode: placement.network },
      },
    );
    await startOnce(holder);
    return holder;
  }
}
