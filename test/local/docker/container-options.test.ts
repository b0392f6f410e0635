import { describe, expect, it } from '@jest/globals';
import { containerOptions } from '../../../src/local/docker/container-options.ts';
import type { ContainerSpec } from '../../../src/local/ecs/tasks/task-runtime.ts';

const spec: ContainerSpec = {
  taskId: '0123456789abcdef0123456789abcdef',
  name: 'web',
  imageId: 'sha256:1',
  image: 'web:1',
  platform: 'linux/arm64',
  labels: { team: 'a' },
  command: ['serve'],
  entryPoint: undefined,
  environment: { A: '1', B: 'x=y' },
  workingDirectory: '/app',
  user: '1000:1000',
  cpuUnits: 256,
  memoryMiB: 512,
  memoryReservationMiB: 128,
  healthCheck: {
    command: ['CMD-SHELL', 'true'],
    intervalMs: 5000,
    timeoutMs: 2000,
    retries: 2,
    startPeriodMs: 1000,
  },
  ports: [{ containerPort: 8080, protocol: 'tcp' }],
  taskPorts: [{ containerPort: 8080, protocol: 'tcp' }],
  hostAliases: ['api', 'db'],
  network: 'bridge',
  extraHosts: [{ name: 'legacy', address: '10.0.0.9' }],
  dnsServers: [],
  dnsSearchDomains: [],
  links: [{ container: 'cache', alias: 'redis' }],
  volumesFrom: [{ container: 'assets', readOnly: true }],
  linux: {
    addCapabilities: ['NET_ADMIN'],
    dropCapabilities: ['CHOWN'],
    sharedMemoryMiB: 128,
    tmpfs: [{ path: '/run/x', sizeMiB: 16, options: ['noexec'] }],
    sysctls: { 'net.core.somaxconn': '512' },
    securityOptions: ['no-new-privileges'],
  },
  mounts: [
    { containerPath: '/data', readOnly: false, source: { taskVolume: 'data' } },
    { containerPath: '/etc/x', readOnly: true, source: { hostPath: '/srv/x' } },
    { containerPath: '/cache', readOnly: false, source: { sharedVolume: 'cache' } },
  ],
  privileged: false,
  readOnlyRoot: true,
  init: true,
  stopTimeoutMs: 7000,
  sharedNetwork: false,
  ulimits: [{ name: 'nofile', soft: 10, hard: 20 }],
};
const placement = { instance: 'one', network: 'slipway-one', hostAddress: '172.20.0.1' };

describe('containerOptions', () => {
  it('asks the engine for what the task definition says', () => {
    expect(containerOptions(spec, placement)).toMatchObject({
      Image: 'sha256:1',
      Cmd: ['serve'],
      Env: ['A=1', 'B=x=y'],
      WorkingDir: '/app',
      User: '1000:1000',
      StopTimeout: 7,
      Healthcheck: {
        Test: ['CMD-SHELL', 'true'],
        Interval: 5_000_000_000,
        Timeout: 2_000_000_000,
        Retries: 2,
        StartPeriod: 1_000_000_000,
      },
      HostConfig: {
        CpuShares: 256,
        Memory: 536_870_912,
        MemorySwap: 536_870_912,
        MemoryReservation: 134_217_728,
        ReadonlyRootfs: true,
        Init: true,
        Ulimits: [{ Name: 'nofile', Soft: 10, Hard: 20 }],
        RestartPolicy: { Name: 'no' },
        Binds: [
          'slipway-one-0123456789ab-volume-data:/data:rw',
          '/srv/x:/etc/x:ro',
          'slipway-one-shared-volume-cache:/cache:rw',
        ],
        VolumesFrom: ['slipway-one-0123456789ab-assets:ro'],
        CapAdd: ['NET_ADMIN'],
        CapDrop: ['CHOWN'],
        ShmSize: 134_217_728,
        Tmpfs: { '/run/x': 'noexec,size=16m' },
        Sysctls: { 'net.core.somaxconn': '512' },
        SecurityOpt: ['no-new-privileges'],
      },
    });
  });

  it('publishes ports on loopback only, and leads aliases to the host', () => {
    expect(containerOptions(spec, placement)).toMatchObject({
      ExposedPorts: { '8080/tcp': {} },
      HostConfig: {
        NetworkMode: 'slipway-one',
        PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
        ExtraHosts: ['api:172.20.0.1', 'db:172.20.0.1', 'legacy:10.0.0.9'],
      },
      NetworkingConfig: {
        EndpointsConfig: { 'slipway-one': { Links: ['slipway-one-0123456789ab-cache:redis'] } },
      },
    });
  });

  it('leaves the network to its holder when the namespace is shared: the engine refuses anything else', () => {
    const options = containerOptions(spec, { ...placement, network: 'container:abc' });
    expect(options.HostConfig?.NetworkMode).toBe('container:abc');
    expect(options.HostConfig?.PortBindings).toBeUndefined();
    expect(options.HostConfig?.ExtraHosts).toBeUndefined();
    expect(options.ExposedPorts).toBeUndefined();
  });

  it('switches off a health check that only the image has', () => {
    expect(containerOptions({ ...spec, healthCheck: undefined }, placement).Healthcheck).toEqual({
      Test: ['NONE'],
    });
  });

  it('labels the container, and nobody’s labels win over ours', () => {
    const { Labels } = containerOptions(
      { ...spec, labels: { 'slipway.local.instance': 'other', team: 'a' } },
      placement,
    );
    expect(Labels).toMatchObject({
      team: 'a',
      'slipway.local.instance': 'one',
      'slipway.local.task': spec.taskId,
      'slipway.local.container': 'web',
    });
  });
});
