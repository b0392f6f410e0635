// The machines of the EC2 launch type: this one, standing in for container instances of each architecture.
// Tasks take CPU and memory from them; where none has enough, ECS waits and says so.
import { createHash } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';
import { ecsArn, type Place } from './ids.ts';
import type { ClusterRecord, TaskDefinitionRecord, TaskRecord } from './model.ts';

export interface InstanceSize {
  readonly cpuArchitecture: 'X86_64' | 'ARM64';
  /** CPU units, 1024 to a core. */
  readonly cpu: number;
  readonly memoryMiB: number;
}

export interface ContainerInstance extends InstanceSize {
  readonly arn: string;
  readonly remainingCpu: number;
  readonly remainingMemoryMiB: number;
  readonly runningTasks: number;
  readonly pendingTasks: number;
}

/** One of each architecture, each as large as this machine: emulation makes it both. */
export function localInstances(): InstanceSize[] {
  const cpu = Math.max(8, availableParallelism()) * 1024;
  const memoryMiB = Math.floor(totalmem() / 1024 / 1024);
  return (['X86_64', 'ARM64'] as const).map((cpuArchitecture) => ({ cpuArchitecture, cpu, memoryMiB }));
}

export function containerInstances(
  place: Place,
  cluster: Pick<ClusterRecord, 'name'>,
  sizes: readonly InstanceSize[],
  tasks: Iterable<TaskRecord>,
): ContainerInstance[] {
  const used = new Map<string, { cpu: number; memoryMiB: number; running: number; pending: number }>();
  for (const task of tasks) {
    if (task.containerInstanceArn === undefined || task.lastStatus === 'STOPPED') continue;
    const sum = used.get(task.containerInstanceArn) ?? { cpu: 0, memoryMiB: 0, running: 0, pending: 0 };
    sum.cpu += Number(task.cpu) || 0;
    sum.memoryMiB += Number(task.memory) || 0;
    if (task.lastStatus === 'RUNNING') sum.running += 1;
    else sum.pending += 1;
    used.set(task.containerInstanceArn, sum);
  }
  return sizes.map((size, index) => {
    const id = createHash('sha256').update(`${cluster.name}/${index}`).digest('hex').slice(0, 32);
    const arn = ecsArn(place, `container-instance/${cluster.name}/${id}`);
    const sum = used.get(arn);
    return {
      ...size,
      arn,
      remainingCpu: size.cpu - (sum?.cpu ?? 0),
      remainingMemoryMiB: size.memoryMiB - (sum?.memoryMiB ?? 0),
      runningTasks: sum?.running ?? 0,
      pendingTasks: sum?.pending ?? 0,
    };
  });
}

export type Placement =
  | { readonly instance: ContainerInstance }
  /** RunTask's `failures[].reason`, and the sentence for the service's event. */
  | { readonly failure: { readonly arn?: string; readonly reason: string; readonly sentence: string } };

/** The instance with the most memory left that fits, or why the closest one does not. */
export function placeTask(
  definition: TaskDefinitionRecord,
  needed: { readonly cpu: number; readonly memoryMiB: number },
  instances: readonly ContainerInstance[],
): Placement {
  if (instances.length === 0) {
    return {
      failure: {
        reason: 'EMPTY CLUSTER',
        sentence: 'Reason: No Container Instances were found in your cluster.',
      },
    };
  }
  // On EC2 a task definition without runtimePlatform may land anywhere; here that means on x86, as its image must be.
  const wanted = definition.definition.runtimePlatform?.cpuArchitecture ?? 'X86_64';
  const [closest, ...others] = instances
    .filter(({ cpuArchitecture }) => cpuArchitecture === wanted)
    .sort((a, b) => b.remainingMemoryMiB - a.remainingMemoryMiB);
  if (!closest) return failure(instances[0], 'ATTRIBUTE', 'is missing an attribute required by your task');
  const fitting = [closest, ...others].find(
    (instance) => instance.remainingCpu >= needed.cpu && instance.remainingMemoryMiB >= needed.memoryMiB,
  );
  if (fitting) return { instance: fitting };
  return closest.remainingMemoryMiB < needed.memoryMiB
    ? failure(closest, 'RESOURCE:MEMORY', 'has insufficient memory available')
    : failure(closest, 'RESOURCE:CPU', 'has insufficient CPU units available');
}

function failure(instance: ContainerInstance | undefined, reason: string, why: string): Placement {
  const arn = instance?.arn ?? '';
  const id = arn.slice(arn.lastIndexOf('/') + 1);
  return {
    failure: { arn, reason, sentence: `The closest matching (container-instance ${id}) ${why}.` },
  };
}
