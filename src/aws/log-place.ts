/** Where the containers of tasks log to in CloudWatch Logs, as their definitions say. */
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';

export interface LogPlace {
  readonly group: string;
  /** Undefined: the worker's own. */
  readonly region: string | undefined;
  /** Of one task: `<prefix>/<container>/<task id>`. */
  streamOf(taskId: string): string;
}

/**
 * Undefined where it does not log there, or where nobody can tell in which stream: without a prefix that is named by
 * the Docker id of the container, which nobody but its host knows.
 */
export const logPlaceOf = ({ name, logConfiguration }: ContainerDefinition): LogPlace | undefined => {
  if (logConfiguration?.logDriver !== 'awslogs') return undefined;
  const { options = {} } = logConfiguration;
  const group = options['awslogs-group'];
  const prefix = options['awslogs-stream-prefix'];
  if (!group || !prefix) return undefined;
  const region = options['awslogs-region'];
  return { group, region, streamOf: (taskId) => `${prefix}/${name}/${taskId}` };
};

/** A client for a region; undefined: the worker's own. */
export type LogsIn = (region: string | undefined) => CloudWatchLogsClient;

/** One client a region. */
export const oncePerRegion = (logsIn: LogsIn): LogsIn => {
  const clients = new Map<string | undefined, CloudWatchLogsClient>();
  return (region) => {
    const client = clients.get(region) ?? logsIn(region);
    clients.set(region, client);
    return client;
  };
};

/** A container that has not written anything yet has no stream. */
export const isMissingStream = (error: unknown): boolean => /log stream does not exist/i.test(String(error));
