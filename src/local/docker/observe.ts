// What `docker inspect` says of a container, in the words of the runtime port.
import type Docker from 'dockerode';
import type { ContainerObservation, PortBinding } from '../ecs/tasks/task-runtime.ts';
import { labels } from './labels.ts';

/** `network` is the container whose network namespace it uses: itself, or its task's holder. */
export function observe(
  info: Docker.ContainerInspectInfo,
  network: Docker.ContainerInspectInfo,
): ContainerObservation {
  const own = (info.Config.Labels[labels.ports] ?? '').split(',');
  const exited = ['exited', 'dead', 'removing'].includes(info.State.Status);
  const address = Object.values(network.NetworkSettings.Networks)[0]?.IPAddress;
  return {
    taskId: info.Config.Labels[labels.task] ?? '',
    name: info.Config.Labels[labels.container] ?? '',
    runtimeId: info.Id,
    state: exited ? 'exited' : info.State.Status === 'created' ? 'created' : 'running',
    ...(exited && { exitCode: info.State.ExitCode }),
    outOfMemory: info.State.OOMKilled,
    health: health(info.State.Health?.Status),
    ...(address && { address }),
    ports: portBindings(network).filter(({ containerPort, protocol }) =>
      own.includes(`${containerPort}/${protocol}`),
    ),
  };
}

/** What the event of its end says. */
export function observeEnd(
  runtimeId: string,
  taskId: string,
  name: string,
  exitCode: number,
): ContainerObservation {
  return {
    runtimeId,
    taskId,
    name,
    state: 'exited',
    exitCode,
    outOfMemory: false,
    health: 'none',
    ports: [],
  };
}

function health(status: string | undefined): ContainerObservation['health'] {
  switch (status) {
    case 'starting':
    case 'healthy':
    case 'unhealthy':
      return status;
    default:
      return 'none';
  }
}

function portBindings(info: Docker.ContainerInspectInfo): PortBinding[] {
  return Object.entries(info.NetworkSettings.Ports ?? {}).flatMap(([port, bindings]) => {
    const [containerPort, protocol] = port.split('/');
    // The types say it is always a list; of a port that is not published, the engine says null.
    const [binding] = (bindings as typeof bindings | null) ?? [];
    if (!binding?.HostPort) return [];
    return [
      {
        containerPort: Number(containerPort),
        protocol: protocol === 'udp' ? 'udp' : 'tcp',
        host: binding.HostIp || '127.0.0.1',
        hostPort: Number(binding.HostPort),
      },
    ];
  });
}
