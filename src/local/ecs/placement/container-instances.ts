// The machines of the EC2 launch type: this one, standing in for container instances of each architecture.
// What is left on each is derived from the tasks that are on it.
import { createHash } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';
import { ecsArn, type Place, shortName } from '../ids.ts';
import { type ClusterRecord, containersOf, type TaskDefinitionRecord, type TaskRecord } from '../model.ts';
import type { EcsStore } from '../store.ts';
import { portsOf } from '../tasks/container-parts.ts';
import type { QueriedInstance } from './placement-expression.ts';

export interface InstanceSize {
  readonly cpuArchitecture: 'X86_64' | 'ARM64';
  /** CPU units, 1024 to a core. */
  readonly cpu: number;
  readonly memoryMiB: number;
  /** Custom ones, for placement constraints and strategies. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface ContainerInstance extends Omit<InstanceSize, 'attributes'>, QueriedInstance {
  readonly arn: string;
  readonly status: 'ACTIVE' | 'DRAINING';
  readonly remainingCpu: number;
  readonly remainingMemoryMiB: number;
  readonly pendingTasks: number;
  /** Ports of the host that its tasks have, `8080/tcp`. */
  readonly ports: ReadonlySet<string>;
  /** Group of each of its tasks. */
  readonly taskGroups: readonly string[];
}

/** One of each architecture, each as large as this machine: emulation makes it both. */
export function localInstances(): InstanceSize[] {
  const cpu = Math.max(8, availableParallelism()) * 1024;
  const memoryMiB = Math.floor(totalmem() / 1024 / 1024);
  return (['X86_64', 'ARM64'] as const).map((cpuArchitecture) => ({ cpuArchitecture, cpu, memoryMiB }));
}

export function containerInstances(
  place: Place,
  cluster: Pick<ClusterRecord, 'arn' | 'name'>,
  sizes: readonly InstanceSize[],
  store: Pick<EcsStore, 'state' | 'taskDefinition'>,
): ContainerInstance[] {
  const tasks = Object.values(store.state.tasks).filter(
    ({ containerInstanceArn, lastStatus }) => containerInstanceArn !== undefined && lastStatus !== 'STOPPED',
  );
  return sizes.map((size, index) => {
    const id = createHash('sha256').update(`${cluster.name}/${index}`).digest('hex').slice(0, 32);
    const arn = ecsArn(place, `container-instance/${cluster.name}/${id}`);
    const own = tasks.filter(({ containerInstanceArn }) => containerInstanceArn === arn);
    return {
      ...size,
      arn,
      status: store.state.draining[arn] ? 'DRAINING' : 'ACTIVE',
      ec2InstanceId: `i-${shortName(arn).slice(0, 17)}`,
      attributes: {
        'ecs.ami-id': 'ami-local',
        'ecs.availability-zone': `${place.region}a`,
        'ecs.cpu-architecture': size.cpuArchitecture === 'ARM64' ? 'arm64' : 'x86_64',
        'ecs.instance-type': 'local',
        'ecs.os-family': 'LINUX',
        'ecs.os-type': 'linux',
        ...size.attributes,
      },
      ...leftOf(size, own),
      ports: new Set(
        own.flatMap(({ taskDefinitionArn }) => hostPorts(store.taskDefinition(taskDefinitionArn))),
      ),
      taskGroups: own.map(({ group }) => group),
      groups: new Set(own.map(({ group }) => group)),
    };
  });
}

function leftOf(size: InstanceSize, tasks: readonly TaskRecord[]) {
  const sum = (of: (task: TaskRecord) => number): number =>
    tasks.reduce((total, task) => total + of(task), 0);
  const running = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
  return {
    remainingCpu: size.cpu - sum(({ cpu }) => Number(cpu) || 0),
    remainingMemoryMiB: size.memoryMiB - sum(({ memory }) => Number(memory) || 0),
    runningTasks: running,
    pendingTasks: tasks.length - running,
  };
}

/** The ports that a task takes from its instance; on awsvpc it has an address of its own, a port 0 is picked freely. */
export function hostPorts(definition: TaskDefinitionRecord): string[] {
  const mode = definition.definition.networkMode ?? 'bridge';
  if (mode !== 'bridge' && mode !== 'host') return [];
  return containersOf(definition).flatMap((container) =>
    mode === 'host'
      ? portsOf(container).map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)
      : (container.portMappings ?? []).flatMap(({ hostPort, protocol }) =>
          hostPort ? [`${hostPort}/${protocol ?? 'tcp'}`] : [],
        ),
  );
}
