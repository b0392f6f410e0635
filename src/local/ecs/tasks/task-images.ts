// Pulls the images of a task's containers, and remembers in the task what their names stood for.

import type { ContainerRecord, TaskDefinitionRecord, TaskRecord } from '../model.ts';
import { pinned } from '../task-definitions/image-name.ts';
import { platformOf } from './container-plan.ts';
import { RuntimeError, type TaskRuntime } from './task-runtime.ts';

export interface ImagesOfTask {
  readonly task: TaskRecord;
  readonly definition: TaskDefinitionRecord;
  readonly runtime: TaskRuntime;
  /** The digest that this deployment's first task resolved for the container, if any. */
  readonly pinnedDigest: (containerName: string) => string | undefined;
  readonly resolved: (containerName: string, digest: string) => void;
  /** A long pull must not hold a task that shall stop. */
  readonly stopRequested: AbortSignal;
}

/** Container name → what the runtime starts. Throws RuntimeError; the container that it is about has the reason. */
export async function pullImages(of: ImagesOfTask): Promise<Map<string, string>> {
  const { task } = of;
  const imageIds = new Map<string, string>();
  task.pullStartedAtMs ??= Date.now();
  try {
    await Promise.all(
      task.containers.map(async (container) => {
        const imageId = await pullOne(of, container);
        if (imageId !== undefined) imageIds.set(container.name, imageId);
      }),
    );
  } finally {
    task.pullStoppedAtMs ??= Date.now();
  }
  return imageIds;
}

async function pullOne(of: ImagesOfTask, container: ContainerRecord): Promise<string | undefined> {
  // Taken up again after a crash, a task goes on with what it resolved, whatever became of the tag.
  const image = pinned(container.image, container.imageDigest ?? of.pinnedDigest(container.name));
  try {
    const pull = () => of.runtime.pull(image, platformOf(of.definition, of.task));
    const pulled = await unlessStopped(pull, of.stopRequested);
    if (pulled?.digest !== undefined) {
      container.imageDigest = pulled.digest;
      of.resolved(container.name, pulled.digest);
    }
    return pulled?.imageId;
  } catch (error) {
    if (error instanceof RuntimeError) container.reason = `${error.code}: ${error.message}`;
    throw error;
  }
}

/** Undefined as soon as the signal aborts; how the work ends then is nobody's concern. */
async function unlessStopped<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  return new Promise((resolve, reject) => {
    const stopped = (): void => resolve(undefined);
    signal.addEventListener('abort', stopped, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stopped));
  });
}
