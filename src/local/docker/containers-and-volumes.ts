// Creates containers and volumes under names derived from their task: doing it twice finds the first – if it is ours.
// Starts containers: twice, too, is once.
import type Docker from 'dockerode';
import { type ContainerSpec, type Platform, RuntimeError } from '../ecs/tasks/task-runtime.ts';
import { messageOf, statusOf } from './engine.ts';
import { labels, sharedVolumeName, volumeName } from './labels.ts';

export interface Created {
  readonly container: Docker.Container;
  /** It was there, and has run to its end. */
  readonly hasEnded: boolean;
}

/** Throws RuntimeError, also when something foreign has the name. */
export async function createOrFind(
  docker: Docker,
  name: string,
  options: Docker.ContainerCreateOptions,
  platform?: Platform,
): Promise<Created> {
  try {
    // `_query` and `_body` keep environment and labels out of the URL.
    const split = { _query: { name, ...(platform && { platform }) }, _body: options };
    const container = await docker.createContainer(split as unknown as Docker.ContainerCreateOptions);
    return { container, hasEnded: false };
  } catch (error) {
    const found = statusOf(error) === 409 ? await findOurs(docker, name, options.Labels ?? {}) : undefined;
    if (found) return found;
    if (statusOf(error) === undefined) throw error;
    const message = `Error response from daemon: ${messageOf(error)}`;
    throw new RuntimeError('CannotCreateContainerError', message, error);
  }
}

async function findOurs(
  docker: Docker,
  name: string,
  wanted: Readonly<Record<string, string>>,
): Promise<Created | undefined> {
  const { Id, Config, State } = await docker.getContainer(name).inspect();
  if (!isOurs(Config.Labels, wanted)) return undefined;
  return { container: docker.getContainer(Id), hasEnded: hasRunToItsEnd(State) };
}

/** One whose start failed may be `dead` too, but never started: the engine gives it the year 1. */
function hasRunToItsEnd({ Status, StartedAt }: Docker.ContainerInspectInfo['State']): boolean {
  return (Status === 'exited' || Status === 'dead') && !StartedAt.startsWith('0001-01-01');
}

function isOurs(
  found: Readonly<Record<string, string>> | null,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return [labels.instance, labels.task].every((label) => found?.[label] === wanted[label]);
}

/** Throws RuntimeError. */
export async function startContainer(container: Docker.Container): Promise<void> {
  try {
    await startOnce(container);
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    const message = `Error response from daemon: ${messageOf(error)}`;
    throw new RuntimeError('CannotStartContainerError', message, error);
  }
}

/** Throws what the engine says, unless that is 304: an earlier process had started it. */
export async function startOnce(container: Docker.Container): Promise<void> {
  try {
    await container.start();
  } catch (error) {
    if (statusOf(error) !== 304) throw error;
  }
}

/** Made by hand, because a volume that the engine makes for a bind has no label to find it by. */
export async function makeVolumes(docker: Docker, instance: string, spec: ContainerSpec): Promise<void> {
  for (const { source } of spec.mounts) {
    if ('hostPath' in source) continue;
    if ('taskVolume' in source) {
      await makeVolume(docker, volumeName(instance, spec.taskId, source.taskVolume), {
        [labels.instance]: instance,
        [labels.task]: spec.taskId,
      });
    } else {
      await makeVolume(docker, sharedVolumeName(instance, source.sharedVolume), {
        [labels.instance]: instance,
      });
    }
  }
}

async function makeVolume(docker: Docker, name: string, Labels: Record<string, string>): Promise<void> {
  try {
    await docker.createVolume({ Name: name, Labels });
    const found = await docker.getVolume(name).inspect();
    if (isOurs(found.Labels, Labels)) return;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    throw new RuntimeError(
      'CannotCreateVolumeError',
      `Error response from daemon: ${messageOf(error)}`,
      error,
    );
  }
  throw new RuntimeError('CannotCreateVolumeError', `A volume ${name} that is not ours is in the way.`);
}
