// Tasks: RunTask, StartTask, StopTask, DescribeTasks, ListTasks.
import type {
  DescribeTasksCommandInput,
  DescribeTasksCommandOutput,
  Failure,
  ListTasksCommandInput,
  ListTasksCommandOutput,
  RunTaskCommandInput,
  RunTaskCommandOutput,
  StartTaskCommandInput,
  StartTaskCommandOutput,
  StopTaskCommandInput,
  StopTaskCommandOutput,
  Tag,
  Task,
} from '@aws-sdk/client-ecs';
import { AwsError } from '../../wire/aws-error.ts';
import type { SdkOperation } from '../../wire/operations.ts';
import type { EcsContext } from '../context.ts';
import { ecsArn, isArn, shortName } from '../ids.ts';
import { findTask, invalid, requireCluster, requireService } from '../lookup.ts';
import type { TaskRecord } from '../model.ts';
import { page } from '../pages.ts';
import { tagsOf } from '../tag-store.ts';
import { renderTask } from '../tasks/render-task.ts';
import { reasons } from '../texts.ts';
import { runTasks, startTasks } from './run-tasks.ts';

export interface TaskOperations {
  RunTask: SdkOperation<RunTaskCommandInput, RunTaskCommandOutput>;
  StartTask: SdkOperation<StartTaskCommandInput, StartTaskCommandOutput>;
  StopTask: SdkOperation<StopTaskCommandInput, StopTaskCommandOutput>;
  DescribeTasks: SdkOperation<DescribeTasksCommandInput, DescribeTasksCommandOutput>;
  ListTasks: SdkOperation<ListTasksCommandInput, ListTasksCommandOutput>;
}

export function taskOperations(context: EcsContext): TaskOperations {
  const { store, tasks, place } = context;
  const render = (task: TaskRecord, tags: Tag[] = []): Task =>
    renderTask(task, store.taskDefinition(task.taskDefinitionArn), place.region, tags);
  const renderWithTags = (task: TaskRecord): Task => render(task, tagsOf(store, task.arn));
  /** Written down first: what is launched can be found again. What cannot be written down was never made. */
  const launch = async (made: readonly TaskRecord[], failures: Failure[], token?: string | null) => {
    try {
      const answer = await store.saved({ tasks: made.map(renderWithTags), failures });
      for (const task of made) tasks.launch(task);
      return answer;
    } catch (error) {
      for (const task of made) tasks.unmake(task);
      if (token != null) delete store.state.runTokens[token];
      throw error;
    }
  };
  return {
    /** Idempotent per `clientToken`: the same request finds its tasks again, another one is a conflict. */
    async RunTask(input) {
      const token = input.clientToken;
      const request = JSON.stringify({ ...input, clientToken: undefined });
      const earlier = token == null ? undefined : store.state.runTokens[token];
      if (earlier) {
        const found = earlier.taskIds.flatMap((id) => store.state.tasks[id] ?? []);
        if (earlier.request === request) return { tasks: found.map(renderWithTags), failures: [] };
        throw new AwsError(
          'ConflictException',
          'The provided clientToken is already in use with a different RunTask request.',
          { fields: { resourceIds: found.map(({ arn }) => arn) } },
        );
      }
      const { made, failures } = runTasks(context, input);
      if (token != null && made.length > 0) {
        store.state.runTokens[token] = { request, taskIds: made.map(({ id }) => id), atMs: Date.now() };
      }
      return launch(made, failures, token);
    },

    async StartTask(input) {
      const { made, failures } = startTasks(context, input);
      return launch(made, failures);
    },

    async StopTask(input) {
      const cluster = requireCluster(store.state, input.cluster);
      const task = findTask(store.state, cluster, input.task ?? '');
      if (!task) throw invalid('The referenced task was not found.');
      tasks.stop(task, { cause: 'user', code: 'UserInitiated', reason: input.reason ?? reasons.byUser });
      return store.saved({ task: renderWithTags(task) });
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
        if (task) found.push(input.include?.includes('TAGS') ? renderWithTags(task) : render(task));
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
      checkFilters(input);
      const service =
        input.serviceName == null ? undefined : requireService(store.state, cluster, input.serviceName);
      const desired = input.desiredStatus ?? 'RUNNING';
      const arns = Object.values(store.state.tasks)
        .filter((task) => task.clusterArn === cluster.arn && task.desiredStatus === desired)
        .filter((task) => !service || task.serviceArn === service.arn)
        .filter((task) => input.startedBy == null || task.startedBy === input.startedBy)
        .filter(
          (task) =>
            input.containerInstance == null ||
            shortName(task.containerInstanceArn ?? '') === shortName(input.containerInstance),
        )
        .filter((task) => input.launchType == null || task.launchType === input.launchType)
        .filter(
          (task) =>
            input.family == null || store.taskDefinition(task.taskDefinitionArn).family === input.family,
        )
        .sort((a, b) => b.createdAtMs - a.createdAtMs)
        .map(({ arn }) => arn);
      const { items, nextToken } = page(arns, input);
      return { taskArns: items, ...(nextToken && { nextToken }) };
    },
  };
}

/**
 * "When you specify startedBy as the filter, it must be the only filter that you use"; the sentence of the error:
 * aws/aws-sdk-go-v2#1893. `desiredStatus` may stand beside it: Airflow's EcsRunTaskOperator asks so.
 */
function checkFilters({
  startedBy,
  serviceName,
  family,
  containerInstance,
  launchType,
}: ListTasksCommandInput): void {
  const others = [serviceName, family, containerInstance, launchType];
  if (startedBy != null && others.some((filter) => filter != null)) {
    throw invalid('cannot specify startedBy with other arguments');
  }
}
