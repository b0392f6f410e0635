// The parts of a container definition that are lists of their own: ports, mounts, links, Linux parameters. Pure.
import type { ContainerDefinition, PortMapping } from '@aws-sdk/client-ecs';
import type { TaskDefinitionRecord } from '../model.ts';
import type { ContainerSpec, LinuxSpec, MountSpec, PortSpec } from './task-runtime.ts';

export function portsOf(container: ContainerDefinition): PortSpec[] {
  return (container.portMappings ?? []).flatMap((mapping) =>
    containerPorts(mapping).map((containerPort) => ({
      containerPort,
      protocol: mapping.protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
    })),
  );
}

/** One port, or the whole of a `containerPortRange`. */
function containerPorts({ containerPort, containerPortRange }: PortMapping): number[] {
  if (containerPort != null) return [containerPort];
  const range = parsePortRange(containerPortRange ?? '');
  return range ? Array.from({ length: range.last - range.first + 1 }, (_, index) => range.first + index) : [];
}

/** `8000-8005`; undefined if it is none. */
export function parsePortRange(text: string): { first: number; last: number } | undefined {
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  return range.first >= 1 && range.last > range.first && range.last <= 65_535 ? range : undefined;
}

export function mountsOf(container: ContainerDefinition, definition: TaskDefinitionRecord): MountSpec[] {
  return (container.mountPoints ?? []).map((mount) => ({
    containerPath: mount.containerPath ?? '',
    readOnly: mount.readOnly ?? false,
    source: sourceOf(mount.sourceVolume ?? '', definition),
  }));
}

function sourceOf(name: string, { definition }: TaskDefinitionRecord): MountSpec['source'] {
  const volume = definition.volumes?.find((candidate) => candidate.name === name);
  const hostPath = volume?.host?.sourcePath;
  if (hostPath) return { hostPath };
  return volume?.dockerVolumeConfiguration?.scope === 'shared'
    ? { sharedVolume: name }
    : { taskVolume: name };
}

/** `name:alias`, or `name` alone. */
export function linksOf(container: ContainerDefinition): ContainerSpec['links'] {
  return (container.links ?? []).map((link) => {
    const [name = '', alias = name] = link.split(':');
    return { container: name, alias };
  });
}

export function linuxOf(container: ContainerDefinition): LinuxSpec {
  const { capabilities, sharedMemorySize, tmpfs } = container.linuxParameters ?? {};
  return {
    addCapabilities: capabilities?.add ?? [],
    dropCapabilities: capabilities?.drop ?? [],
    sharedMemoryMiB: sharedMemorySize,
    tmpfs: (tmpfs ?? []).map(({ containerPath, size, mountOptions }) => ({
      path: containerPath ?? '',
      sizeMiB: size ?? 0,
      options: mountOptions ?? [],
    })),
    sysctls: Object.fromEntries(
      (container.systemControls ?? []).map(({ namespace, value }) => [namespace ?? '', value ?? '']),
    ),
    securityOptions: container.dockerSecurityOptions ?? [],
  };
}
