/** What a service really serves, read from ECS and from the engine's containers by nobody who has deployed it. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import Docker from 'dockerode';
import { type Program, programs } from './situations.ts';
import { type Cell, SERVICE, type World } from './world.ts';

export interface Truth {
  /** Versions whose containers run now; none where nothing runs. */
  readonly running: readonly Program[];
  /** Version of the task definition that the service is on. */
  readonly serviceOn: Program;
  /** Of its deployments, PRIMARY first. */
  readonly states: readonly string[];
  /** Whether the revision that the service is on is still registered. */
  readonly registered: boolean;
  /** The version asked for is the one that serves, and its deployment is complete. */
  readonly deployed: boolean;
}

/** As long as a service may need to come to rest; crash loops never do. */
const REST_MS = 12_000;

export async function readTruth(world: World, cell: Cell): Promise<Truth> {
  const endAtMs = Date.now() + REST_MS;
  for (;;) {
    const truth = await look(world, cell);
    const atRest = truth.states.join() === 'COMPLETED' && truth.running.length <= 1;
    if (atRest || Date.now() > endAtMs) return truth;
    await delay(500);
  }
}

async function look(world: World, { cluster, situation }: Cell): Promise<Truth> {
  const { services } = await world.ecs.send(new DescribeServicesCommand({ cluster, services: [SERVICE] }));
  const service = services?.[0];
  const { taskDefinition } = await world.ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: service?.taskDefinition }),
  );
  const states = (service?.deployments ?? []).map(({ rolloutState }) => rolloutState ?? '?');
  const app = taskDefinition?.containerDefinitions?.find(({ name }) => name === 'app');
  const serviceOn = versionOf(app?.command ?? []);
  const running = await runningVersions(world, cluster);
  const expected = situation.desired === 0 ? [] : [situation.program];
  return {
    running,
    serviceOn,
    states,
    registered: taskDefinition?.status === 'ACTIVE',
    deployed:
      serviceOn === situation.program && states.join() === 'COMPLETED' && running.join() === expected.join(),
  };
}

async function runningVersions(world: World, cluster: string): Promise<readonly Program[]> {
  const { taskArns } = await world.ecs.send(new ListTasksCommand({ cluster, desiredStatus: 'RUNNING' }));
  const tasks = new Set((taskArns ?? []).map((arn) => arn.split('/').at(-1)));
  const docker = new Docker();
  const label = [`slipway.local.instance=${world.instance}`, 'slipway.local.container=app'];
  const all = await docker.listContainers({ filters: { label, status: ['running'] } });
  const ours = all.filter(({ Labels }) => tasks.has(Labels['slipway.local.task']));
  // One may end between the list and the look.
  const commands = await Promise.all(
    ours.map(
      async ({ Id }) =>
        (
          await docker
            .getContainer(Id)
            .inspect()
            .catch(() => undefined)
        )?.Config.Cmd,
    ),
  );
  return [...new Set(commands.flatMap((command) => (command ? [versionOf(command)] : [])))];
}

const versionOf = (command: readonly string[]): Program => {
  const name = /^: (\w+);/.exec(command.at(-1) ?? '')?.[1] ?? '';
  if (!(name in programs)) throw new Error(`no version of ours: ${command.join(' ')}`);
  return name as Program;
};
