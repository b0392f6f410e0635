/**
 * What a team has before it deploys: a cluster, task definitions, services. Made with boto3, on the EC2 launch type,
 * with an image that is small everywhere.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Boto } from './boto.ts';

export const cluster = 'conformance';

/** Programs for `busybox:stable`, each with what it is for. */
export const programs = {
  /** Runs until it is told to stop, and then ends at once. */
  good: "trap 'exit 0' TERM; echo started; while :; do sleep 1 & wait $!; done",
  /** Ends before any grace does. */
  crashing: 'echo cannot start >&2; exit 3',
  /** Does not listen to SIGTERM, so that it takes `stopTimeout` to stop. */
  deaf: "trap '' TERM; while :; do sleep 1; done",
  short: 'echo done',
} as const;

export interface ServiceState {
  readonly status: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly taskDefinition: string;
  readonly events: readonly { readonly message: string }[];
  readonly deployments: readonly {
    readonly id: string;
    readonly status: string;
    readonly taskDefinition: string;
    readonly rolloutState: string;
    readonly runningCount: number;
    readonly failedTasks: number;
  }[];
}

/** ARN of a new revision. `more` goes into the container, e.g. `{ stopTimeout: 8 }`. */
export async function register(
  boto: Boto,
  family: string,
  program: keyof typeof programs,
  more: object = {},
): Promise<string> {
  const { taskDefinition } = await boto.call<{ taskDefinition: { taskDefinitionArn: string } }>(
    'ecs',
    'RegisterTaskDefinition',
    {
      family,
      containerDefinitions: [
        {
          name: 'app',
          image: 'busybox:stable',
          command: ['sh', '-c', programs[program]],
          memory: 32,
          stopTimeout: 2,
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': `/conformance/${family}`,
              'awslogs-region': 'us-east-1',
              'awslogs-stream-prefix': 'ecs',
              'awslogs-create-group': 'true',
            },
          },
          ...more,
        },
      ],
    },
  );
  return taskDefinition.taskDefinitionArn;
}

/** A service of one task that has come up. The circuit breaker: off, on, or on with rollback. */
export async function runService(
  boto: Boto,
  name: string,
  { breaker = 'off', ...container }: { breaker?: 'off' | 'on' | 'rollback'; stopTimeout?: number } = {},
  program: keyof typeof programs = 'good',
): Promise<void> {
  await boto.call('ecs', 'CreateService', {
    cluster,
    serviceName: name,
    taskDefinition: await register(boto, name, program, container),
    desiredCount: 1,
    deploymentConfiguration: {
      deploymentCircuitBreaker: { enable: breaker !== 'off', rollback: breaker === 'rollback' },
    },
  });
  await serviceUntil(boto, name, isStable);
}

export async function service(boto: Boto, name: string): Promise<ServiceState> {
  const { services } = await boto.call<{ services: ServiceState[] }>('ecs', 'DescribeServices', {
    cluster,
    services: [name],
  });
  const [found] = services;
  if (!found) throw new Error(`there is no service ${name}`);
  return found;
}

export const isStable = ({ deployments, runningCount, desiredCount }: ServiceState): boolean =>
  deployments.length === 1 && deployments[0]?.rolloutState === 'COMPLETED' && runningCount === desiredCount;

export async function serviceUntil(
  boto: Boto,
  name: string,
  holds: (state: ServiceState) => boolean,
): Promise<ServiceState> {
  return until(`service ${name}`, () => service(boto, name), holds);
}

/** ARN of a task that was started by RunTask and has reached `lastStatus`. */
export async function runTask(boto: Boto, family: string, lastStatus: string): Promise<string> {
  const { tasks } = await boto.call<{ tasks: { taskArn: string }[] }>('ecs', 'RunTask', {
    cluster,
    taskDefinition: family,
  });
  const arn = tasks[0]?.taskArn ?? '';
  await until(
    `task of ${family}`,
    async () =>
      (
        await boto.call<{ tasks: { lastStatus: string }[] }>('ecs', 'DescribeTasks', {
          cluster,
          tasks: [arn],
        })
      ).tasks[0],
    (task) => task?.lastStatus === lastStatus,
  );
  return arn;
}

/** Asks until the answer is as wanted. @throws Error with the last answer, after 45 seconds */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
): Promise<T> {
  const endAtMs = Date.now() + 45_000;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > endAtMs) throw new Error(`${what} did not get there: ${JSON.stringify(answer)}`);
    await delay(100);
  }
}
