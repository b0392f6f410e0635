// Container instances: list, describe, and drain this machine, seen as EC2 would show it.
import type {
  ContainerInstance,
  DescribeContainerInstancesCommandInput,
  DescribeContainerInstancesCommandOutput,
  ListContainerInstancesCommandInput,
  ListContainerInstancesCommandOutput,
  Resource,
  UpdateContainerInstancesStateCommandInput,
  UpdateContainerInstancesStateCommandOutput,
} from '@aws-sdk/client-ecs';
import type { SdkOperation } from '../../wire/operations.ts';
import type { EcsContext } from '../context.ts';
import { shortName } from '../ids.ts';
import { invalid, requireCluster } from '../lookup.ts';
import { page } from '../pages.ts';
import { containerInstances, type ContainerInstance as Machine } from '../placement/container-instances.ts';
import { parseQuery } from '../placement/placement-expression.ts';

export interface ContainerInstanceOperations {
  ListContainerInstances: SdkOperation<
    ListContainerInstancesCommandInput,
    ListContainerInstancesCommandOutput
  >;
  DescribeContainerInstances: SdkOperation<
    DescribeContainerInstancesCommandInput,
    DescribeContainerInstancesCommandOutput
  >;
  UpdateContainerInstancesState: SdkOperation<
    UpdateContainerInstancesStateCommandInput,
    UpdateContainerInstancesStateCommandOutput
  >;
}

export function containerInstanceOperations(context: EcsContext): ContainerInstanceOperations {
  const { store, place, instanceSizes, controller } = context;
  const machinesOf = (cluster: string | undefined): Machine[] =>
    containerInstances(place, requireCluster(store.state, cluster), instanceSizes, store);
  return {
    async ListContainerInstances(input) {
      const matches = input.filter == null ? () => true : parseQuery(input.filter);
      const arns = machinesOf(input.cluster)
        .filter((machine) => input.status == null || machine.status === input.status)
        .filter(matches)
        .map(({ arn }) => arn);
      const { items, nextToken } = page(arns, input);
      return { containerInstanceArns: items, ...(nextToken && { nextToken }) };
    },

    async DescribeContainerInstances(input) {
      return find(machinesOf(input.cluster), input.containerInstances);
    },

    /** DRAINING takes no new tasks; those of services are replaced elsewhere, within their windows. */
    async UpdateContainerInstancesState(input) {
      const { status } = input;
      if (status !== 'ACTIVE' && status !== 'DRAINING') {
        throw invalid('Container instance status should be one of [DRAINING, ACTIVE].');
      }
      if ((input.containerInstances?.length ?? 0) > 10) {
        throw invalid('Container instances cannot have more than 10 elements.');
      }
      const { containerInstances: found } = find(machinesOf(input.cluster), input.containerInstances);
      for (const { containerInstanceArn: arn = '' } of found) {
        if (status === 'DRAINING') store.state.draining[arn] = true;
        else delete store.state.draining[arn];
      }
      try {
        return await store.saved(find(machinesOf(input.cluster), input.containerInstances));
      } finally {
        // Room came or went: services that wait for some, and those whose tasks must go, are looked at.
        controller.taskStopped();
        for (const service of Object.values(store.state.services)) controller.kick(service.arn);
      }
    },
  };
}

function find(machines: readonly Machine[], wanted: readonly string[] = []) {
  if (wanted.length === 0) throw invalid('Container instances cannot be empty.');
  const found: ContainerInstance[] = [];
  const failures: { arn: string; reason: string }[] = [];
  for (const idOrArn of wanted) {
    const machine = machines.find(({ arn }) => shortName(arn) === shortName(idOrArn));
    if (machine) found.push(render(machine));
    else failures.push({ arn: idOrArn, reason: 'MISSING' });
  }
  return { containerInstances: found, failures };
}

function render(machine: Machine): ContainerInstance {
  return {
    containerInstanceArn: machine.arn,
    ec2InstanceId: machine.ec2InstanceId,
    status: machine.status,
    agentConnected: true,
    registeredResources: resources(machine.cpu, machine.memoryMiB, reservedPorts),
    remainingResources: resources(machine.remainingCpu, machine.remainingMemoryMiB, [
      ...reservedPorts,
      ...machine.ports,
    ]),
    runningTasksCount: machine.runningTasks,
    pendingTasksCount: machine.pendingTasks,
    attributes: Object.entries(machine.attributes).map(([name, value]) => ({ name, value })),
    attachments: [],
    tags: [],
    version: 1,
  };
}

/** SSH, Docker and the agent, as on each instance. */
const reservedPorts = ['22/tcp', '2375/tcp', '2376/tcp', '51678/tcp', '51679/tcp'];

function resources(cpu: number, memoryMiB: number, ports: readonly string[]): Resource[] {
  const integer = (name: string, value: number): Resource => ({
    name,
    type: 'INTEGER',
    integerValue: value,
    longValue: 0,
    doubleValue: 0,
  });
  const set = (name: string, protocol: string): Resource => ({
    name,
    type: 'STRINGSET',
    integerValue: 0,
    longValue: 0,
    doubleValue: 0,
    stringSetValue: ports.filter((port) => port.endsWith(protocol)).map((port) => port.split('/')[0] ?? ''),
  });
  return [integer('CPU', cpu), integer('MEMORY', memoryMiB), set('PORTS', '/tcp'), set('PORTS_UDP', '/udp')];
}
