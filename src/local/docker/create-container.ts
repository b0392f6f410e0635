// Creates containers and volumes under names derived from their task: doing it twice finds the first – if it is ours.
import type Docker from 'dockerode';
import { type ContainerSpec, type Platform, RuntimeError } from '../ecs/tasks/task-runtime.ts';
import { messageOf, statusOf } from './engine.ts';
import { labels, sharedVolumeName, volumeName } from './labels.ts';

/** Throws RuntimeError, also when something foreign has the name. */
export async function createOrFind(
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
): Promise<Docker.Container | undefined> {
  const { Id, Config } = await docker.getContainer(name).inspect();
  return isOurs(Config.Labels, wanted) ? docker.getContainer(Id) : undefined;
}

function isOurs(
  found: Readonly<Record<string, string>> | null,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return [labels.instance, labels.task].every((label) => found?.[label] === wanted[label]);
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
