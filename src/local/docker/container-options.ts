// From a container's spec to what the engine is asked to create: pure.
import type Docker from 'dockerode';
import type { ContainerSpec, HealthCheckSpec, LinuxSpec, MountSpec } from '../ecs/tasks/task-runtime.ts';
import { containerName, labels, sharedVolumeName, volumeName } from './labels.ts';

export interface Placement {
  readonly instance: string;
  /** A network's name, or `container:<id>` to share that container's. */
  readonly network: string;
  /** Where `hostAliases` lead: an address, or `host-gateway`. */
  readonly hostAddress: string;
}

const mebibyte = 1024 * 1024;
const nanosecondsPerMs = 1_000_000;

export function containerOptions(spec: ContainerSpec, placement: Placement): Docker.ContainerCreateOptions {
  const ports = spec.ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
  const shared = placement.network.startsWith('container:') || placement.network === 'none';
  return {
    Image: spec.imageId,
    Labels: {
      ...spec.labels,
      [labels.instance]: placement.instance,
      [labels.task]: spec.taskId,
      [labels.container]: spec.name,
      [labels.role]: 'container',
      [labels.ports]: ports.join(','),
    },
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    ...(spec.command && { Cmd: [...spec.command] }),
    ...(spec.entryPoint && { Entrypoint: [...spec.entryPoint] }),
    ...(spec.workingDirectory && { WorkingDir: spec.workingDirectory }),
    ...(spec.user && { User: spec.user }),
    ...(spec.hostname && !shared && { Hostname: spec.hostname }),
    StopTimeout: Math.ceil(spec.stopTimeoutMs / 1000),
    Healthcheck: healthcheck(spec.healthCheck),
    ...(!shared && networkOptions(spec, placement, ports).top),
    ...(!shared && spec.links.length > 0 && { NetworkingConfig: links(spec, placement) }),
    HostConfig: {
      NetworkMode: placement.network,
      ...(!shared && networkOptions(spec, placement, ports).host),
      ...(spec.cpuUnits !== undefined && { CpuShares: Math.max(2, spec.cpuUnits) }),
      ...memory(spec),
      ...(spec.mounts.length > 0 && { Binds: binds(spec, placement.instance) }),
      ...(spec.volumesFrom.length > 0 && { VolumesFrom: volumesFrom(spec, placement.instance) }),
      ...linux(spec.linux),
      Privileged: spec.privileged,
      ReadonlyRootfs: spec.readOnlyRoot,
      Init: spec.init,
      RestartPolicy: { Name: 'no' },
      // A burst is read more slowly than it is written: what is rotated away meanwhile would be lost.
      // Not `json-file`: it damages characters that its cut of long lines, after 16 KiB, goes through.
      LogConfig: { Type: 'local', Config: { 'max-size': '100m', 'max-file': '2', compress: 'false' } },
      ...(spec.ulimits.length > 0 && {
        Ulimits: spec.ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
      }),
    },
  };
}

/** Published on loopback only, on a port that the engine picks: the load balancer asks for it. */
export function networkOptions(
  spec: Pick<ContainerSpec, 'hostAliases' | 'extraHosts' | 'dnsServers' | 'dnsSearchDomains'>,
  placement: Placement,
  ports: readonly string[],
): { top: Pick<Docker.ContainerCreateOptions, 'ExposedPorts'>; host: Docker.HostConfig } {
  return {
    top: { ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])) },
    host: {
      PortBindings: Object.fromEntries(ports.map((port) => [port, [{ HostIp: '127.0.0.1', HostPort: '' }]])),
      ExtraHosts: [
        ...spec.hostAliases.map((name) => `${name}:${placement.hostAddress}`),
        ...spec.extraHosts.map(({ name, address }) => `${name}:${address}`),
      ],
      ...(spec.dnsServers.length > 0 && { Dns: [...spec.dnsServers] }),
      ...(spec.dnsSearchDomains.length > 0 && { DnsSearch: [...spec.dnsSearchDomains] }),
    },
  };
}

/** ECS looks only at the task definition's check, never at one that the image brings. */
function healthcheck(check: HealthCheckSpec | undefined): Docker.HealthConfig {
  if (!check) return { Test: ['NONE'] };
  return {
    Test: [...check.command],
    Interval: check.intervalMs * nanosecondsPerMs,
    Timeout: check.timeoutMs * nanosecondsPerMs,
    Retries: check.retries,
    StartPeriod: check.startPeriodMs * nanosecondsPerMs,
  };
}

/** No swap on top: a task that needs more than it has is killed, as at ECS. */
function memory(spec: ContainerSpec): Docker.HostConfig {
  const limit = spec.memoryMiB === undefined ? undefined : spec.memoryMiB * mebibyte;
  const reservation =
    spec.memoryReservationMiB === undefined ? undefined : spec.memoryReservationMiB * mebibyte;
  return {
    ...(limit !== undefined && { Memory: limit, MemorySwap: limit }),
    ...(reservation !== undefined &&
      (limit === undefined || reservation <= limit) && { MemoryReservation: reservation }),
  };
}

function binds(spec: ContainerSpec, instance: string): string[] {
  return spec.mounts.map(
    ({ source, containerPath, readOnly }) =>
      `${mountedFrom(source, spec.taskId, instance)}:${containerPath}:${readOnly ? 'ro' : 'rw'}`,
  );
}

function mountedFrom(source: MountSpec['source'], taskId: string, instance: string): string {
  if ('hostPath' in source) return source.hostPath;
  return 'taskVolume' in source
    ? volumeName(instance, taskId, source.taskVolume)
    : sharedVolumeName(instance, source.sharedVolume);
}

function volumesFrom(spec: ContainerSpec, instance: string): string[] {
  return spec.volumesFrom.map(
    ({ container, readOnly }) =>
      `${containerName(instance, spec.taskId, container)}:${readOnly ? 'ro' : 'rw'}`,
  );
}

function links(spec: ContainerSpec, placement: Placement): Docker.ContainerCreateOptions['NetworkingConfig'] {
  const Links = spec.links.map(
    ({ container, alias }) => `${containerName(placement.instance, spec.taskId, container)}:${alias}`,
  );
  return { EndpointsConfig: { [placement.network]: { Links } } };
}

function linux(parameters: LinuxSpec): Docker.HostConfig {
  const { addCapabilities, dropCapabilities, sharedMemoryMiB, tmpfs, sysctls, securityOptions } = parameters;
  const options = (sizeMiB: number, more: readonly string[]): string =>
    [...more, `size=${sizeMiB}m`].join(',');
  return {
    ...(addCapabilities.length > 0 && { CapAdd: [...addCapabilities] }),
    ...(dropCapabilities.length > 0 && { CapDrop: [...dropCapabilities] }),
    ...(sharedMemoryMiB !== undefined && { ShmSize: sharedMemoryMiB * mebibyte }),
    ...(tmpfs.length > 0 && {
      Tmpfs: Object.fromEntries(tmpfs.map((mount) => [mount.path, options(mount.sizeMiB, mount.options)])),
    }),
    ...(Object.keys(sysctls).length > 0 && { Sysctls: { ...sysctls } }),
    ...(securityOptions.length > 0 && { SecurityOpt: [...securityOptions] }),
  };
}
