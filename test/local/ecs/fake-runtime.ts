// A container runtime without containers: images are told how their containers behave.
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
} from '../../../src/local/ecs/tasks/task-runtime.ts';

export interface Behaviour {
  /** The pull fails with this. */
  readonly pullError?: string;
  /** The start fails with this. */
  readonly startError?: string;
  /** Ends by itself with this code, right after the start. */
  readonly exitsWith?: number;
  /** What the container health check comes to say. Default: `none` */
  readonly health?: ContainerObservation['health'];
  readonly outOfMemory?: boolean;
  /** SIGTERM does not end it before `releaseStops()`. */
  readonly ignoresStop?: boolean;
  readonly logs?: readonly string[];
}

interface FakeContainer {
  readonly spec: ContainerSpec;
  observation: ContainerObservation;
}

export class FakeRuntime implements TaskRuntime {
  readonly containers = new Map<string, FakeContainer>();
  readonly calls: string[] = [];
  /** Every spec that was run, in order. */
  readonly specs: ContainerSpec[] = [];
  readonly pulls: { image: string; platform: Platform }[] = [];
  behaviours: Record<string, Behaviour> = {};
  #listener: ((observation: ContainerObservation | GoneContainer) => void) | undefined;
  #held: (() => void)[] = [];
  #number = 0;

  async start(listener: (observation: ContainerObservation | GoneContainer) => void): Promise<RuntimeFacts> {
    this.#listener = listener;
    return { hostAddress: '127.0.0.1' };
  }

  async list(): Promise<readonly ContainerObservation[]> {
    return [...this.containers.values()].map(({ observation }) => observation);
  }

  async pull(image: string, platform: Platform): Promise<PulledImage> {
    this.pulls.push({ image, platform });
    const behaviour = this.#behaviour(image);
    if (behaviour.pullError) throw new RuntimeError('CannotPullContainerError', behaviour.pullError);
    const digest =
      image.split('@')[1] ?? `sha256:${Buffer.from(image).toString('hex').padEnd(64, '0').slice(0, 64)}`;
    return { imageId: image, digest };
  }

  async run(spec: ContainerSpec): Promise<ContainerObservation> {
    this.calls.push(`run ${spec.name}`);
    this.specs.push(spec);
    const behaviour = this.#behaviour(spec.image);
    const before = [...this.containers.values()].find(
      ({ observation }) => observation.taskId === spec.taskId && observation.name === spec.name,
    );
    if (before) return before.observation;
    if (behaviour.startError) throw new RuntimeError('CannotStartContainerError', behaviour.startError);
    this.#number += 1;
    const runtimeId = `container-${this.#number}`;
    const observation: ContainerObservation = {
      taskId: spec.taskId,
      name: spec.name,
      runtimeId,
      state: 'running',
      outOfMemory: false,
      health: spec.healthCheck ? 'starting' : 'none',
      address: `172.30.0.${(this.#number % 250) + 2}`,
      ports: spec.ports.map((port, index) => ({
        ...port,
        host: '127.0.0.1',
        hostPort: 20_000 + this.#number * 10 + index,
      })),
    };
    this.containers.set(runtimeId, { spec, observation });
    setImmediate(() => {
      if (spec.healthCheck && behaviour.health) this.change(runtimeId, { health: behaviour.health });
      if (behaviour.exitsWith !== undefined) this.exit(runtimeId, behaviour.exitsWith, behaviour.outOfMemory);
    });
    return observation;
  }

  async stop(runtimeId: string, timeoutMs: number): Promise<void> {
    const container = this.containers.get(runtimeId);
    if (!container || container.observation.state === 'exited') return;
    this.calls.push(`stop ${container.spec.name} after ${timeoutMs} ms`);
    if (this.#behaviour(container.spec.image).ignoresStop) {
      await new Promise<void>((resolve) => this.#held.push(resolve));
    }
    this.exit(runtimeId, 143);
  }

  async removeTask(taskId: string): Promise<void> {
    for (const [id, { spec }] of this.containers) if (spec.taskId === taskId) this.containers.delete(id);
  }

  async followLogs(
    runtimeId: string,
    _cursor: string | undefined,
    onLine: (line: LogLine) => void,
  ): Promise<void> {
    const image = this.containers.get(runtimeId)?.spec.image ?? '';
    for (const message of this.#behaviour(image).logs ?? []) {
      onLine({ message, timestampMs: 1, cursor: '1970-01-01T00:00:00.001Z' });
    }
  }

  async close(): Promise<void> {
    this.#listener = undefined;
  }

  async removeAll(): Promise<void> {
    this.containers.clear();
  }

  /** What one process holds of the engine. After `cut()`, as after kill -9, nothing that it began goes on. */
  connection(): { runtime: TaskRuntime; cut: () => void } {
    let cut = false;
    const never = new Promise<never>(() => undefined);
    const runtime = new Proxy<TaskRuntime>(this, {
      get:
        (target, property: keyof TaskRuntime) =>
        (...given: never[]) => {
          if (cut) return never;
          const method = target[property] as (...args: never[]) => Promise<unknown>;
          return method.apply(target, given).then(
            (answer) => (cut ? never : answer),
            (error: unknown) => (cut ? never : Promise.reject(error)),
          );
        },
    });
    return {
      runtime,
      cut: () => {
        cut = true;
      },
    };
  }

  // What a test does to the containers:

  running(): FakeContainer[] {
    return [...this.containers.values()].filter(({ observation }) => observation.state === 'running');
  }

  change(runtimeId: string, change: Partial<ContainerObservation>): void {
    const container = this.containers.get(runtimeId);
    if (!container) return;
    container.observation = { ...container.observation, ...change };
    this.#listener?.(container.observation);
  }

  exit(runtimeId: string, exitCode: number, outOfMemory = false): void {
    this.change(runtimeId, { state: 'exited', exitCode, outOfMemory });
  }

  releaseStops(): void {
    for (const resolve of this.#held.splice(0)) resolve();
  }

  #behaviour(image: string): Behaviour {
    const name = Object.keys(this.behaviours).find((key) => image.startsWith(key));
    return name === undefined ? {} : (this.behaviours[name] ?? {});
  }
}
