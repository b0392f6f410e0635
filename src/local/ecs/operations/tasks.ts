// Tasks: RunTask, StopTask, DescribeTasks, ListTasks.
import type {
  DescribeTasksCommandInput,
  DescribeTasksCommandOutput,
  Failure,
  ListTasksCommandInput,
  ListTasksCommandOutput,
  RunTaskCommandInput,
  RunTaskCommandOutput,
  StopTaskCommandInput,
  StopTaskCommandOutput,
  Task,
} from '@aws-sdk/client-ecs';
import { AwsError } from '../../wire/aws-error.ts';
import type { SdkOperation } from '../../wire/operations.ts';
import type { EcsContext } from '../context.ts';
import { ecsArn, isArn, shortName } from '../ids.ts';
import { findTask, invalid, requireActiveTaskDefinition, requireCluster, requireService } from '../lookup.ts';
import { containersOf, type TaskRecord } from '../model.ts';
import { page } from '../pages.ts';
import { renderTask } from '../render-task.ts';
import { checkLaunchType, checkNetwork } from '../service-rules.ts';
import { tagsOf, tagTask } from '../tag-store.ts';
import { reasons } from '../texts.ts';

export interface TaskOperations {
  RunTask: SdkOperation<RunTaskCommandInput, RunTaskCommandOutput>;
  StopTask: SdkOperation<StopTaskCommandInput, StopTaskCommandOutput>;
  DescribeTasks: SdkOperation<DescribeTasksCommandInput, DescribeTasksCommandOutput>;
  ListTasks: SdkOperation<ListTasksCommandInput, ListTasksCommandOutput>;
}

export function taskOperations(context: EcsContext): TaskOperations {
  const { store, tasks, place } = context;
  const render = (task: TaskRecord): Task =>
    renderTask(task, store.taskDefinition(task.taskDefinitionArn), place.region, tagsOf(store, task.arn));
  return {
    /** Idempotent per `clientToken`: the same request finds its tasks again, another one is a conflict. */
    async RunTask(input) {
      const token = input.clientToken;
      const request = JSON.stringify({ ...input, clientToken: undefined });
      const earlier = token === undefined ? undefined : store.state.runTokens[token];
      if (earlier) {
        if (earlier.request !== request) {
          throw new AwsError('ConflictException', 'The clientToken was used with other parameters.', {
            fields: { resourceIds: earlier.taskIds },
          });
        }
        return {
          tasks: earlier.taskIds.flatMap((id) => store.state.tasks[id] ?? []).map(render),
          failures: [],
        };
      }
      const { made, failures } = runTasks(context, input);
      if (token !== undefined) {
        store.state.runTokens[token] = { request, taskIds: made.map(({ id }) => id), atMs: Date.now() };
      }
      await store.save();
      const answer = { tasks: made.map(render), failures };
      for (const task of made) tasks.launch(task);
      return answer;
    },

    async StopTask(input) {
      const cluster = requireCluster(store.state, input.cluster);
      const task = findTask(store.state, cluster, input.task ?? '');
      if (!task) throw invalid('The referenced task was not found.');
      tasks.stop(task.id, { cause: 'user', code: 'UserInitiated', reason: input.reason ?? reasons.byUser });
      await store.save();
      return { task: render(task) };
    },

    async DescribeTasks(input) {
      const cluster = requireCluster(store.state, input.cluster);
      const wanted = input.tasks ?? [];
      if (wanted.length === 0) throw invalid('Tasks cannot be empty.');
      if (wanted.length > 100) throw invalid('Tasks cannot have more than 100 elements.');
      const found: Task[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const idOrArn of wanted) {
        const task = findTask(store.state, cluster, idOrArn);
        if (task) found.push(render(task));
        else {
          const arn = isArn(idOrArn) ? idOrArn : ecsArn(place, `task/${cluster.name}/${shortName(idOrArn)}`);
          failures.push({ arn, reason: 'MISSING' });
        }
      }
      return { tasks: found, failures };
    },

    /** `desiredStatus` is what is asked for, RUNNING if nothing is said: a stopping task is already STOPPED here. */
    async ListTasks(input) {
      const cluster = requireCluster(store.state, input.cluster);
      const service =
        input.serviceName === undefined ? undefined : requireService(store.state, cluster, input.serviceName);
      const desired = input.desiredStatus ?? 'RUNNING';
      const arns = Object.values(store.state.tasks)
        .filter((task) => task.clusterArn === cluster.arn && task.desiredStatus === desired)
        .filter((task) => !service || task.serviceArn === service.arn)
        .filter((task) => input.startedBy === undefined || task.startedBy === input.startedBy)
        .filter((task) => input.launchType === undefined || task.launchType === input.launchType)
        .filter(
          (task) =>
            input.family === undefined ||
            store.taskDefinition(task.taskDefinitionArn).family === input.family,
        )
        .sort((a, b) => b.createdAtMs - a.createdAtMs)
        .map(({ arn }) => arn);
      const { items, nextToken } = page(arns, input);
      return { taskArns: items, ...(nextToken && { nextToken }) };
    },
  };
}

function runTasks(
  { store, tasks, placer }: EcsContext,
  input: RunTaskCommandInput,
): { made: TaskRecord[]; failures: Failure[] } {
  const cluster = requireCluster(store.state, input.cluster);
  const definition = requireActiveTaskDefinition(store.state, input.taskDefinition);
  const count = input.count ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > 10) throw invalid('count must be between 1 and 10.');
  const provider = input.capacityProviderStrategy?.[0]?.capacityProvider;
  const launchType = input.launchType ?? (provider?.startsWith('FARGATE') ? 'FARGATE' : 'EC2');
  checkLaunchType(launchType, definition);
  checkNetwork(definition, input.networkConfiguration);
  const known = new Set(containersOf(definition).map(({ name }) => name));
  for (const { name } of input.overrides?.containerOverrides ?? []) {
    if (!known.has(name)) {
      throw invalid(`Override for container named ${name} is not a container in the TaskDefinition.`);
    }
  }
  const made: TaskRecord[] = [];
  const failures: Failure[] = [];
  while (made.length + failures.length < count) {
    const placed = placer.place(cluster, launchType, definition);
    if (placed && 'failure' in placed) {
      const { arn, reason } = placed.failure;
      failures.push({ ...(arn !== undefined && { arn }), reason });
      continue;
    }
    const task = tasks.create({
      cluster,
      definition,
      launchType,
      containerInstanceArn: placed?.instance.arn,
      group: input.group ?? `family:${definition.family}`,
      startedBy: input.startedBy,
      platformVersion: input.platformVersion,
      enableExecuteCommand: input.enableExecuteCommand ?? false,
      overrides: input.overrides,
      targets: [],
      nowMs: Date.now(),
    });
    tagTask(store, task, {
      own: input.tags,
      inheritedFrom: input.propagateTags === 'TASK_DEFINITION' ? definition.arn : undefined,
      managed: input.enableECSManagedTags ?? false,
    });
    made.push(task);
  }
  return { made, failures };
}
