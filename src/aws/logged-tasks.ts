/** Tasks whose logs people want to read: those of a service, or one that a release has started by itself. */
import {
  type ContainerDefinition,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { describeTask } from '../release/judging/rollout-evidence.ts';
import { abortable } from './abortable.ts';
import { toStoppedTask } from './ecs-views.ts';
import { callAws } from './errors.ts';

export interface LoggedTask {
  /** The last part of its ARN. */
  readonly id: string;
  /** ARN of its task definition. */
  readonly definition: string;
  readonly createdAtMs: number;
  /** Null while its containers may still write. */
  readonly stopped: { readonly atMs: number; readonly why: string } | null;
  /** ECS wants it to run. */
  readonly isWanted: boolean;
}

export type TasksOf = { readonly service: string } | { readonly startedBy: string };

export interface LoggedTasks {
  /**
   * Newest first; of stopped ones as long as ECS remembers them (about an hour). Error: `RefusedByService`.
   *
   * @param known ids that are looked for also where the lists do not have them, and left out where they are of others
   */
  find(cluster: string, of: TasksOf, known?: readonly string[]): Promise<readonly LoggedTask[]>;
  containersOf(definition: string): Promise<readonly ContainerDefinition[]>;
}

const ONE_CALL_MS = 10_000;
/** ListTasks and DescribeTasks both have 100 a page. */
const PAGES = 10;

export const createLoggedTasks = (client: ECSClient): LoggedTasks => ({
  async find(cluster, of, known = []) {
    const found: Task[] = [];
    const describe = async (tasks: string[]): Promise<readonly Task[]> => {
      if (tasks.length === 0) return [];
      const request = new DescribeTasksCommand({ cluster, tasks });
      const answer = await callAws('ecs:DescribeTasks', () => client.send(request, abortable(ONE_CALL_MS)));
      return answer.tasks ?? [];
    };
    for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
      const names = 'service' in of ? { serviceName: of.service } : of;
      let nextToken: string | undefined;
      for (let page = 0; page < PAGES; page += 1) {
        const request = { cluster, ...names, desiredStatus, nextToken };
        const listed = await callAws('ecs:ListTasks', () =>
          client.send(new ListTasksCommand(request), abortable(ONE_CALL_MS)),
        );
        found.push(...(await describe(listed.taskArns ?? [])));
        nextToken = listed.nextToken;
        if (!nextToken) break;
      }
    }
    const listed = new Set(found.map(idOf));
    const others = await describe(known.filter((id) => !listed.has(id)));
    found.push(...others.filter((task) => isOf(task, of)));
    // Between the two lists a task may have come to be in both.
    const byId = new Map(found.map((task) => [idOf(task), toLoggedTask(task)]));
    return [...byId.values()].sort((one, other) => other.createdAtMs - one.createdAtMs);
  },

  async containersOf(definition) {
    const { taskDefinition } = await callAws('ecs:DescribeTaskDefinition', () =>
      client.send(new DescribeTaskDefinitionCommand({ taskDefinition: definition }), abortable(ONE_CALL_MS)),
    );
    return taskDefinition?.containerDefinitions ?? [];
  },
});

/** As the lists choose them. */
const isOf = ({ group, startedBy }: Task, of: TasksOf): boolean =>
  'service' in of ? group === `service:${of.service}` : startedBy === of.startedBy;

const idOf = ({ taskArn }: Task): string => taskArn?.split('/').at(-1) ?? '';

const toLoggedTask = (task: Task): LoggedTask => ({
  id: idOf(task),
  definition: task.taskDefinitionArn ?? '',
  createdAtMs: task.createdAt?.getTime() ?? 0,
  stopped:
    task.lastStatus === 'STOPPED'
      ? { atMs: task.stoppedAt?.getTime() ?? 0, why: describeTask(toStoppedTask(task)) }
      : null,
  isWanted: task.desiredStatus !== 'STOPPED',
});
