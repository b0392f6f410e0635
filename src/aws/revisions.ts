/** The part of ECS that clearing away task definitions needs: what there is, what is in use, and the one call that changes something. */
import {
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  type Service,
} from '@aws-sdk/client-ecs';
import { abortable } from './abortable.ts';
import { callAws } from './errors.ts';

export interface Revisions {
  /** ARNs of all ACTIVE revisions of the family, oldest first. */
  activeIn(family: string): Promise<readonly string[]>;
  /** Every service of the cluster, whoever made it. */
  servicesOf(cluster: string): Promise<readonly Service[]>;
  /** Task definitions of all tasks of the cluster that ECS wants running, with or without a service. */
  runningIn(cluster: string): Promise<ReadonlySet<string>>;
  /** What runs of it runs on; nothing can be started from it any more. Harmless where it was done already. */
  deregisterTaskDefinition(arn: string): Promise<void>;
}

/** Of ListServices with DescribeServices; DescribeTasks takes 100. */
const SERVICES_PER_CALL = 10;

export const createRevisions = (client: ECSClient): Revisions => ({
  async activeIn(family) {
    return collect(async (nextToken) => {
      const answer = await callAws('ecs:ListTaskDefinitions', () =>
        client.send(
          // `familyPrefix` is the family's exact name, in spite of its own.
          new ListTaskDefinitionsCommand({ familyPrefix: family, status: 'ACTIVE', sort: 'ASC', nextToken }),
          abortable(),
        ),
      );
      return { items: answer.taskDefinitionArns ?? [], nextToken: answer.nextToken };
    });
  },

  servicesOf: (cluster) =>
    collect(async (nextToken) => {
      const listed = await callAws('ecs:ListServices', () =>
        client.send(
          new ListServicesCommand({ cluster, maxResults: SERVICES_PER_CALL, nextToken }),
          abortable(),
        ),
      );
      const services = listed.serviceArns ?? [];
      if (services.length === 0) return { items: [], nextToken: listed.nextToken };
      const answer = await callAws('ecs:DescribeServices', () =>
        client.send(new DescribeServicesCommand({ cluster, services }), abortable()),
      );
      return { items: answer.services ?? [], nextToken: listed.nextToken };
    }),

  async runningIn(cluster) {
    const arns = await collect(async (nextToken) => {
      const listed = await callAws('ecs:ListTasks', () =>
        client.send(new ListTasksCommand({ cluster, desiredStatus: 'RUNNING', nextToken }), abortable()),
      );
      const tasks = listed.taskArns ?? [];
      if (tasks.length === 0) return { items: [], nextToken: listed.nextToken };
      const answer = await callAws('ecs:DescribeTasks', () =>
        client.send(new DescribeTasksCommand({ cluster, tasks }), abortable()),
      );
      const items = (answer.tasks ?? []).flatMap(({ taskDefinitionArn }) => taskDefinitionArn ?? []);
      return { items, nextToken: listed.nextToken };
    });
    return new Set(arns);
  },

  async deregisterTaskDefinition(arn) {
    // No abort signal: once sent, we want to know what came of it.
    await callAws('ecs:DeregisterTaskDefinition', () =>
      client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn })),
    );
  },
});

interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

/** All pages: what is not seen would be taken for unused. */
const collect = async <T>(
  ask: (nextToken: string | undefined) => Promise<Page<T>>,
): Promise<readonly T[]> => {
  const found: T[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ask(nextToken);
    found.push(...page.items);
    nextToken = page.nextToken;
  } while (nextToken);
  return found;
};
