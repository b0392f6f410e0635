// The port to whatever runs containers: Docker, or a fake in tests.
// It works on single containers and reports what it sees; what a task is, ECS's side decides.

/** What ECS writes into `stoppedReason`, e.g. `CannotPullContainerError`. */
export type RuntimeErrorCode =
  | 'CannotPullContainerError'
  | 'CannotCreateContainerError'
  | 'CannotStartContainerError'
  | 'CannotCreateVolumeError'
  | 'ResourceInitializationError';

export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** As Docker and OCI name it. */
export type Platform = 'linux/amd64' | 'linux/arm64' | 'windows/amd64';

export interface PulledImage {
  /** Of the manifest (or index) that the name stood for, e.g. `sha256:…`. */
  readonly digest?: string;
  /** What `start` takes; valid on this engine. */
  readonly imageId: string;
}

export interface HealthCheckSpec {
  /** `['CMD', …]` or `['CMD-SHELL', …]`. */
  readonly command: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
}

export interface MountSpec {
  readonly containerPath: string;
  readonly readOnly: boolean;
  /** A folder of the host, a volume that the task's containers share, or one that outlives them. */
  readonly source:
    | { readonly hostPath: string }
    | { readonly taskVolume: string }
    | { readonly sharedVolume: string };
}

export interface PortSpec {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
}

export interface ContainerSpec {
  readonly taskId: string;
  readonly name: string;
  readonly imageId: string;
  /** As in the task definition; for labels and messages. */
  readonly image: string;
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>>;
  readonly command?: readonly string[] | undefined;
  readonly entryPoint?: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory?: string | undefined;
  readonly user?: string | undefined;
  readonly hostname?: string | undefined;
  /** CPU units, 1024 to a core: a weight among containers. */
  readonly cpuUnits?: number | undefined;
  readonly memoryMiB?: number | undefined;
  readonly memoryReservationMiB?: number | undefined;
  readonly healthCheck?: HealthCheckSpec | undefined;
  readonly ports: readonly PortSpec[];
  /** Names that resolve to the host's address on the containers' network. */
  readonly hostAliases: readonly string[];
  readonly network: 'bridge' | 'none';
  readonly extraHosts: readonly { readonly name: string; readonly address: string }[];
  readonly dnsServers: readonly string[];
  readonly dnsSearchDomains: readonly string[];
  /** Other containers of the task, by further names. */
  readonly links: readonly { readonly container: string; readonly alias: string }[];
  /** Other containers of the task whose mounts it gets, too. */
  readonly volumesFrom: readonly { readonly container: string; readonly readOnly: boolean }[];
  readonly linux: LinuxSpec;
  readonly mounts: readonly MountSpec[];
  readonly privileged: boolean;
  readonly readOnlyRoot: boolean;
  readonly init: boolean;
  readonly stopTimeoutMs: number;
  /** The task's containers share one network namespace (awsvpc with more than one container). */
  readonly sharedNetwork: boolean;
  /** The ports of all containers of the task. */
  readonly taskPorts: readonly PortSpec[];
  readonly ulimits: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
}

/** What `linuxParameters`, `systemControls` and `dockerSecurityOptions` say. */
export interface LinuxSpec {
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly sharedMemoryMiB?: number | undefined;
  readonly tmpfs: readonly {
    readonly path: string;
    readonly sizeMiB: number;
    readonly options: readonly string[];
  }[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly securityOptions: readonly string[];
}

export interface PortBinding {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly host: string;
  readonly hostPort: number;
}

export interface ContainerObservation {
  readonly taskId: string;
  readonly name: string;
  readonly runtimeId: string;
  /** `created` was never started. */
  readonly state: 'created' | 'running' | 'exited';
  readonly exitCode?: number;
  readonly outOfMemory: boolean;
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly address?: string;
  readonly ports: readonly PortBinding[];
}

export interface LogLine {
  readonly timestampMs: number;
  readonly message: string;
  /** RFC 3339 with all its digits. */
  readonly cursor: string;
}

export interface TaskRuntime {
  /** Connects, makes what the containers share, begins to watch. */
  start(listener: (observation: ContainerObservation | GoneContainer) => void): Promise<RuntimeFacts>;
  /** All containers of this instance, whatever their state. */
  list(): Promise<readonly ContainerObservation[]>;
  /** Throws RuntimeError. */
  pull(image: string, platform: Platform): Promise<PulledImage>;
  /** Creates and starts; finds one again that an earlier process created. Throws RuntimeError. */
  run(spec: ContainerSpec): Promise<ContainerObservation>;
  /** SIGTERM, then SIGKILL after the timeout. Resolves when it has ended; also when it is gone. */
  stop(runtimeId: string, timeoutMs: number): Promise<void>;
  /** Removes all that the task left on the engine, running or not. */
  removeTask(taskId: string): Promise<void>;
  /** Calls back per line, from that moment (RFC 3339) on, until the container has ended; resolves then. */
  followLogs(runtimeId: string, since: string | undefined, onLine: (line: LogLine) => void): Promise<void>;
  /** Stops watching. Containers go on. */
  close(): Promise<void>;
  /** Stops and removes every container, volume and network of this instance. */
  removeAll(): Promise<void>;
}

/** A container that was removed behind our back. */
export interface GoneContainer {
  readonly taskId: string;
  readonly name: string;
  readonly runtimeId: string;
  readonly state: 'gone';
}

export interface RuntimeFacts {
  /** The host's address on the containers' network: where `hostAliases` lead. */
  readonly hostAddress: string;
}
