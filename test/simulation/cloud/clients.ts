/**
 * SDK clients without a wire: `send` runs the operation of the local AWS in this process, through the gate. So the
 * real ports of src/aws, their paging and their error mapping are part of every run.
 */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ECSClient } from '@aws-sdk/client-ecs';
import { AwsError } from '../../../src/local/wire/aws-error.ts';
import type { Operation, Operations } from '../../../src/local/wire/operations.ts';
import type { MemoryLogs } from '../../local/ecs/memory-logs.ts';
import { toReal, toSimulated, translateDates } from '../clock.ts';
import { awsError, type CallGate } from './call-gate.ts';

interface Command {
  readonly input: Readonly<Record<string, unknown>>;
}

type Send = (command: Command, options?: { readonly abortSignal?: AbortSignal }) => Promise<unknown>;

const operationOf = (command: Command): string => command.constructor.name.replace(/Command$/, '');

const PLACE = { accountId: '000000000000', region: 'us-east-1', requestId: 'simulated' };

/** The service (or family) that a call of ECS is about; `*` where it is about several, or none. */
const aboutOf = (input: Command['input']): string => {
  const { service, serviceName, family, familyPrefix, taskDefinition, services } = input as Readonly<
    Record<string, string | undefined>
  > & { readonly services?: readonly string[] };
  const named = service ?? serviceName ?? family ?? familyPrefix;
  if (named !== undefined) return named.slice(named.lastIndexOf('/') + 1);
  if (taskDefinition !== undefined) {
    return taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1).split(':')[0] ?? '*';
  }
  return services?.length === 1 ? (services[0] ?? '*') : '*';
};

const copyOf = (value: unknown): unknown => translateDates(value, (ms) => ms);

export const callOperation = async <O>(
  operations: Operations,
  operation: string,
  input: unknown,
): Promise<O> => {
  const run = operations[operation] as Operation<unknown, O> | undefined;
  if (!run) throw awsError('UnknownOperationException', operation, 501);
  try {
    // What is answered must not change when the cloud does.
    return copyOf(await run(copyOf(input), PLACE)) as O;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw Object.assign(awsError(error.code, error.message, error.statusCode), error.fields);
  }
};

export const createEcsClient = (operations: Operations, gate: CallGate): ECSClient => {
  const send: Send = (command, options) => {
    options?.abortSignal?.throwIfAborted();
    const operation = operationOf(command);
    const { input } = command;
    return gate.pass({ operation, service: aboutOf(input), input }, async () => {
      const answer = await callOperation(operations, operation, translateDates(input, toReal));
      return translateDates(answer, toSimulated);
    });
  };
  return { send } as unknown as ECSClient;
};

/** Log streams as the containers have written them; times are those of the activities' clock. */
export const createLogsClient = (logs: MemoryLogs, gate: CallGate): CloudWatchLogsClient => {
  const send: Send = (command) => {
    const operation = operationOf(command);
    const { input } = command;
    return gate.pass({ operation, service: '*', input }, async () => {
      const { logGroupName, logStreamName, logStreamNames, filterPattern } = input as Readonly<
        Record<string, string>
      > & { readonly logStreamNames?: readonly string[] };
      const names = logStreamNames ?? [logStreamName];
      const missing = names.some((name) => !logs.events.has(`${logGroupName} ${name}`));
      if (missing)
        throw awsError('ResourceNotFoundException', 'The specified log stream does not exist.', 400);
      const events = names.flatMap((name) =>
        (logs.events.get(`${logGroupName} ${name}`) ?? []).map(({ message, timestampMs }, index) => ({
          eventId: `${name} ${index}`,
          message,
          timestamp: toSimulated(timestampMs),
        })),
      );
      if (operation === 'GetLogEvents') return { events };
      const { startTime, endTime } = input as { readonly startTime: number; readonly endTime: number };
      const isMatch = ({ message, timestamp }: (typeof events)[number]): boolean =>
        timestamp >= startTime && timestamp <= endTime && message.includes(filterPattern ?? '');
      return { events: events.filter(isMatch) };
    });
  };
  return { send } as unknown as CloudWatchLogsClient;
};

export const createAlarmsClient = (stateOf: (name: string) => string, gate: CallGate): CloudWatchClient => {
  const send: Send = (command) => {
    const { input } = command;
    return gate.pass({ operation: operationOf(command), service: '*', input }, async () => ({
      MetricAlarms: ((input.AlarmNames ?? []) as readonly string[]).map((AlarmName) => ({
        AlarmName,
        StateValue: stateOf(AlarmName),
        StateReason: 'set by the simulation',
      })),
    }));
  };
  return { send } as unknown as CloudWatchClient;
};
