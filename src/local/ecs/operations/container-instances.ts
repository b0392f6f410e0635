// ListContainerInstances and DescribeContainerInstances: this machine, seen as EC2 would show it.
import type {
  ContainerInstance,
  DescribeContainerInstancesCommandInput,
  DescribeContainerInstancesCommandOutput,
  ListContainerInstancesCommandInput,
  ListContainerInstancesCommandOutput,
  Resource,
} from '@aws-sdk/client-ecs';
import type { SdkOperation } from '../../wire/operations.ts';
import { containerInstances, type ContainerInstance as Machine } from '../container-instances.ts';
import type { EcsContext } from '../context.ts';
import { shortName } from '../ids.ts';
import { invalid, requireCluster } from '../lookup.ts';
import type { ClusterRecord } from '../model.ts';
import { page } from '../pages.ts';

export interface ContainerInstanceOperations {
  ListContainerInstances: SdkOperation<
    ListContainerInstancesCommandInput,
    ListContainerInstancesCommandOutput
  >;
  DescribeContainerInstances: SdkOperation<
    DescribeContainerInstancesCommandInput,
    DescribeContainerInstancesCommandOutput
  >;
}

export function containerInstanceOperations(context: EcsContext): ContainerInstanceOperations {
  const { store, place, instanceSizes } = context;
  const machinesOf = (cluster: ClusterRecord): Machine[] => {
    const tasks = Object.values(store.state.tasks).filter(({ clusterArn }) => clusterArn === cluster.arn);
    return containerInstances(place, cluster, instanceSizes, tasks);
  };
  return {
    async ListContainerInstances(input) {
      const arns = machinesOf(requireCluster(store.state, input.cluster)).map(({ arn }) => arn);
      const active = input.status === undefined || input.status === 'ACTIVE' ? arns : [];
      const { items, nextToken } = page(active, input);
      return { containerInstanceArns: items, ...(nextToken && { nextToken }) };
    },
    async DescribeContainerInstances(input) {
      const machines = machinesOf(requireCluster(store.state, input.cluster));
      const wanted = input.containerInstances ?? [];
      if (wanted.length === 0) throw invalid('Container instances cannot be empty.');
      const found: ContainerInstance[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const idOrArn of wanted) {
        const machine = machines.find(({ arn }) => shortName(arn) === shortName(idOrArn));
        if (machine) found.push(render(machine));
        else failures.push({ arn: idOrArn, reason: 'MISSING' });
      }
      return { containerInstances: found, failures };
    },
  };
}

function render(machine: Machine): ContainerInstance {
  const architecture = machine.cpuArchitecture === 'ARM64' ? 'arm64' : 'x86_64';
  return {
    containerInstanceArn: machine.arn,
    ec2InstanceId: `i-${shortName(machine.arn).slice(0, 17)}`,
    status: 'ACTIVE',
    agentConnected: true,
    registeredResources: resources(machine.cpu, machine.memoryMiB),
    remainingResources: resources(machine.remainingCpu, machine.remainingMemoryMiB),
    runningTasksCount: machine.runningTasks,
    pendingTasksCount: machine.pendingTasks,
    attributes: [
      { name: 'ecs.cpu-architecture', value: architecture },
      { name: 'ecs.os-type', value: 'linux' },
    ],
    attachments: [],
    tags: [],
    version: 1,
  };
}

function resources(cpu: number, memoryMiB: number): Resource[] {
  const integer = (name: string, value: number): Resource => ({
    name,
    type: 'INTEGER',
    integerValue: value,
    longValue: 0,
    doubleValue: 0,
  });
  return [integer('CPU', cpu), integer('MEMORY', memoryMiB)];
}
