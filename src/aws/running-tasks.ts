/** The running tasks of a service, and which deployment started each. */
import { DescribeTasksCommand, type ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import { abortable } from './abortable.ts';
import { callAws } from './errors.ts';

/** ListTasks gives 100 a page, as many as DescribeTasks takes (facts/ecs-deployers.md 3.8). */
const PAGES = 50;
const ONE_CALL_MS = 10_000;

export interface RunningTask {
  readonly arn: string;
  /** The deployment's id. */
  readonly startedBy: string;
}

export interface RunningTasks {
  ofService(cluster: string, service: string): Promise<readonly RunningTask[]>;
}

export const createRunningTasks = (client: ECSClient): RunningTasks => ({
  async ofService(cluster, serviceName) {
    const found: RunningTask[] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < PAGES; page += 1) {
      const listed = await callAws('ecs:ListTasks', () =>
        client.send(new ListTasksCommand({ cluster, serviceName, nextToken }), abortable(ONE_CALL_MS)),
      );
      const arns = listed.taskArns ?? [];
      if (arns.length > 0) {
        const { tasks } = await callAws('ecs:DescribeTasks', () =>
          client.send(new DescribeTasksCommand({ cluster, tasks: arns }), abortable(ONE_CALL_MS)),
        );
        found.push(...(tasks ?? []).map(({ taskArn = '', startedBy = '' }) => ({ arn: taskArn, startedBy })));
      }
      nextToken = listed.nextToken;
      if (nextToken === undefined) break;
    }
    return found;
  },
});
