/**
 * A task of its own beside a service: RunTask with the service's place in the network, StopTask, and looks at it.
 * No call ends with a cancelled activity: whoever has started a migration has to see its end.
 */
import {
  ConflictException,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  type Failure,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  type Service,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { RefusedByServiceError, TransientError } from '../errors.ts';
import type { StoppedTask } from '../release/judging/observation.ts';
import { toStoppedTask } from './ecs-views.ts';
import { callAws } from './errors.ts';

/** Nothing else ends a call that hangs. */
const ONE_CALL_MS = 30_000;

export interface OneOffTaskInput {
  readonly cluster: string;
  /** Name of the ECS service whose network, launch type and platform it gets. */
  readonly service: string;
  readonly taskDefinition: string;
  readonly container: string;
  readonly command: readonly string[];
  /** At most 64 characters; the same token starts one task only (for an hour after its end, at most 24 h). */
  readonly clientToken: string;
  /** At most 128 letters, digits, `-`, `_` and `/`. */
  readonly startedBy: string;
}

export type StartedTask =
  | { readonly kind: 'started'; readonly taskArn: string }
  /** RunTask answers with 200 and `failures`: nothing runs (`RESOURCE:MEMORY`, `AGENT` …). */
  | { readonly kind: 'not-placed'; readonly reasons: readonly string[] };

export interface OneOffTask extends StoppedTask {
  /** `RUNNING` or `STOPPED`: what ECS wants. */
  readonly desiredStatus: string;
}

export interface OneOffTasks {
  /** Errors: RefusedByServiceError also where the token belongs to another request whose task is not known. */
  start(input: OneOffTaskInput): Promise<StartedTask>;
  /** Undefined: ECS does not show it (not yet, or not any more: an hour after its end). */
  look(cluster: string, taskArn: string): Promise<OneOffTask | undefined>;
  /** ARNs of the tasks with that `startedBy` that ECS still shows, running or stopped. */
  find(cluster: string, startedBy: string): Promise<readonly string[]>;
  stop(cluster: string, taskArn: string, reason: string): Promise<void>;
}

export const createOneOffTasks = (client: ECSClient): OneOffTasks => ({
  async start(input) {
    const { cluster, service: name, container, command, ...names } = input;
    const { services } = await call('ecs:DescribeServices', () =>
      client.send(new DescribeServicesCommand({ cluster, services: [name] }), limit()),
    );
    const service = services?.[0];
    if (service?.status !== 'ACTIVE') {
      throw new RefusedByServiceError(`service ${name} ${service ? `is ${service.status}` : 'is gone'}`);
    }
    const request: RunTaskCommandInput = {
      cluster,
      ...names,
      ...placeOf(service),
      count: 1,
      overrides: { containerOverrides: [{ name: container, command: [...command] }] },
    };
    const answer = await call('ecs:RunTask', () =>
      client.send(new RunTaskCommand(request), limit()).catch(otherAnswer),
    );
    const taskArn = answer.tasks?.[0]?.taskArn;
    if (taskArn !== undefined) return { kind: 'started', taskArn };
    const reasons = (answer.failures ?? []).map(({ reason, detail }) =>
      [reason ?? 'no reason given', detail].filter(Boolean).join(': '),
    );
    return { kind: 'not-placed', reasons: [...new Set(reasons)] };
  },

  async look(cluster, taskArn) {
    const { tasks } = await call('ecs:DescribeTasks', () =>
      client.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }), limit()),
    );
    const [task] = tasks ?? [];
    return task && { ...toStoppedTask(task), desiredStatus: task.desiredStatus ?? 'RUNNING' };
  },

  async find(cluster, startedBy) {
    const found: string[] = [];
    for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
      const { taskArns } = await call('ecs:ListTasks', () =>
        client.send(new ListTasksCommand({ cluster, startedBy, desiredStatus }), limit()),
      );
      found.push(...(taskArns ?? []));
    }
    return found;
  },

  async stop(cluster, task, reason) {
    await call('ecs:StopTask', () => client.send(new StopTaskCommand({ cluster, task, reason }), limit()));
  },
});

/** A call that takes too long is tried again, like one that was refused for now. */
const call = async <T>(operation: string, send: () => Promise<T>): Promise<T> => {
  try {
    return await callAws(operation, send);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    throw new TransientError(`${operation}: no answer within ${ONE_CALL_MS / 1000} s`, { cause: error });
  }
};

const limit = (): { abortSignal: AbortSignal } => ({ abortSignal: AbortSignal.timeout(ONE_CALL_MS) });

/** Where the service's tasks run. A strategy of capacity providers and a launch type exclude each other. */
const placeOf = (service: Service): Partial<RunTaskCommandInput> => {
  const { networkConfiguration, capacityProviderStrategy = [], launchType, platformVersion } = service;
  const onlyOn = service.placementConstraints?.filter(({ type }) => type === 'memberOf') ?? [];
  return {
    ...(networkConfiguration && { networkConfiguration }),
    ...(capacityProviderStrategy.length > 0
      ? { capacityProviderStrategy }
      : launchType !== undefined && { launchType }),
    ...(platformVersion && { platformVersion }),
    ...(onlyOn.length > 0 && { placementConstraints: onlyOn }),
  };
};

const NO_CAPACITY = /capacity is unavailable/i;

/** Errors that are answers. Our token with other parameters (the network was changed meanwhile) names our task. */
const otherAnswer = (error: unknown): { tasks?: { taskArn: string }[]; failures?: Failure[] } => {
  if (error instanceof Error && NO_CAPACITY.test(error.message))
    return { failures: [{ reason: error.message }] };
  const [taskArn, ...others] = error instanceof ConflictException ? (error.resourceIds ?? []) : [];
  if (taskArn === undefined || others.length > 0) throw error;
  return { tasks: [{ taskArn }] };
};
