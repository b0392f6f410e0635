/** The containers of a simulated cloud: what an image is decides how its containers behave. */
import { randomUUID } from 'node:crypto';
import {
  type ContainerObservation,
  type ContainerSpec,
  type GoneContainer,
  type LogLine,
  type PulledImage,
  RuntimeError,
  type RuntimeFacts,
  type TaskRuntime,
} from '../../../src/local/ecs/tasks/task-runtime.ts';
import { Random } from '../random.ts';
import type { Quality } from '../scenario.ts';

/** Real milliseconds; each within its bounds by chance. */
const STARTS_WITHIN_MS = [5, 30] as const;
const SLOW_STARTS_WITHIN_MS = [300, 600] as const;
const LIVES_FOR_MS = [60, 700] as const;

export interface ImageBehaviour {
  readonly quality: Quality;
  /** What its containers write before they end by themselves. */
  readonly lastWords: readonly string[];
  /** Of a task that is told to run another command: how that ends. */
  readonly commandExitsWith: number;
}

interface Container {
  readonly spec: ContainerSpec;
  observation: ContainerObservation;
}

type Listener = (observation: ContainerObservation | GoneContainer) => void;

export class ContainerWorld implements TaskRuntime {
  readonly #containers = new Map<string, Container>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #random: Random;
  readonly #behaviourOf: (digest: string) => ImageBehaviour;
  readonly #digestOf: (image: string) => string;
  #listener: Listener = () => undefined;

  constructor(
    seed: number,
    parts: {
      readonly behaviourOf: (digest: string) => ImageBehaviour;
      /** What a name, by tag or by digest, stands for now. */
      readonly digestOf: (image: string) => string;
    },
  ) {
    this.#random = new Random(seed);
    this.#behaviourOf = parts.behaviourOf;
    this.#digestOf = parts.digestOf;
  }

  async start(listener: Listener): Promise<RuntimeFacts> {
    this.#listener = listener;
    return { hostAddress: '127.0.0.1' };
  }

  async list(): Promise<readonly ContainerObservation[]> {
    return [...this.#containers.values()].map(({ observation }) => observation);
  }

  async pull(image: string): Promise<PulledImage> {
    const digest = this.#digestOf(image);
    if (this.#behaviourOf(digest).quality === 'unpullable') {
      throw new RuntimeError('CannotPullContainerError', `pull image manifest: ${image}: not found`);
    }
    return { imageId: digest, digest };
  }

  async run(spec: ContainerSpec): Promise<ContainerObservation> {
    const { quality, commandExitsWith } = this.#behaviourOf(spec.imageId);
    const isCommand = spec.command !== undefined;
    await this.#pause(quality === 'slow' ? SLOW_STARTS_WITHIN_MS : STARTS_WITHIN_MS);
    const runtimeId = randomUUID();
    const observation: ContainerObservation = {
      taskId: spec.taskId,
      name: spec.name,
      runtimeId,
      state: 'running',
      outOfMemory: false,
      health: spec.healthCheck ? 'starting' : 'none',
      address: '172.30.0.2',
      ports: [],
    };
    this.#containers.set(runtimeId, { spec, observation });
    if (isCommand) this.#later(STARTS_WITHIN_MS, () => this.#exit(runtimeId, commandExitsWith));
    else this.#live(runtimeId, quality);
    return observation;
  }

  async stop(runtimeId: string): Promise<void> {
    const container = this.#containers.get(runtimeId);
    if (!container || container.observation.state === 'exited') return;
    await this.#pause(STARTS_WITHIN_MS);
    this.#exit(runtimeId, 143);
  }

  async removeTask(taskId: string): Promise<void> {
    for (const [id, { spec }] of this.#containers) if (spec.taskId === taskId) this.#containers.delete(id);
  }

  async followLogs(
    runtimeId: string,
    _since: string | undefined,
    onLine: (line: LogLine) => void,
  ): Promise<void> {
    const image = this.#containers.get(runtimeId)?.spec.imageId ?? '';
    const timestampMs = Date.now();
    for (const message of this.#behaviourOf(image).lastWords) {
      onLine({ message, timestampMs, cursor: new Date(timestampMs).toISOString() });
    }
  }

  async close(): Promise<void> {
    this.#listener = () => undefined;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async removeAll(): Promise<void> {
    this.#containers.clear();
  }

  /** Digests of what runs now, by container. */
  running(taskIds: ReadonlySet<string>): readonly string[] {
    return [...this.#containers.values()]
      .filter(({ spec, observation }) => taskIds.has(spec.taskId) && observation.state === 'running')
      .map(({ spec }) => spec.imageId);
  }

  #live(runtimeId: string, quality: Quality): void {
    if (quality === 'crashes') this.#later(STARTS_WITHIN_MS, () => this.#exit(runtimeId, 1));
    else {
      const health = quality === 'unhealthy' ? 'unhealthy' : 'healthy';
      this.#later(STARTS_WITHIN_MS, () => this.#change(runtimeId, { health }));
    }
    if (quality === 'crashes-later') this.#later(LIVES_FOR_MS, () => this.#exit(runtimeId, 1));
  }

  #exit(runtimeId: string, exitCode: number): void {
    if (this.#containers.get(runtimeId)?.observation.state === 'exited') return;
    this.#change(runtimeId, { state: 'exited', exitCode });
  }

  #change(runtimeId: string, change: Partial<ContainerObservation>): void {
    const container = this.#containers.get(runtimeId);
    if (!container || container.observation.state === 'exited') return;
    container.observation = { ...container.observation, ...change };
    this.#listener(container.observation);
  }

  #pause(within: readonly [number, number]): Promise<void> {
    return new Promise((resolve) => this.#later(within, resolve));
  }

  #later([from, to]: readonly [number, number], act: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        act();
      },
      this.#random.between(from, to),
    );
    this.#timers.add(timer);
  }
}
