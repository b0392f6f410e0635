// The Docker side of the local ECS: the runtime port on a real engine.
import type Docker from 'dockerode';
import type { ImageSource } from '../ecr/image-source.ts';
import type { TaskRuntime } from '../ecs/tasks/task-runtime.ts';
import { DockerRuntime } from './runtime.ts';

export interface DockerRuntimeOptions {
  readonly instance: string;
  readonly images: ImageSource;
  readonly docker?: Docker.DockerOptions;
  readonly log: (line: string) => void;
}

export function createDockerRuntime(options: DockerRuntimeOptions): TaskRuntime {
  return new DockerRuntime(options);
}
