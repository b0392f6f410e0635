// The local CloudWatch Logs: what containers print outlives them, and is read by the usual clients.
import * as schemas from '@aws-sdk/client-cloudwatch-logs';
import type { JsonService } from '../wire/operations.ts';
import { eventOperations } from './event-operations.ts';
import { groupOperations } from './group-operations.ts';
import type { LogSink } from './log-sink.ts';
import { openLogStore } from './log-store.ts';
import { createLogSink } from './store-sink.ts';
import { tagOperations } from './tag-operations.ts';

export interface Logs {
  readonly service: JsonService;
  readonly sink: LogSink;
  /** Resolves when all that was appended is on disk. */
  close(): Promise<void>;
}

export async function createLogs(options: { folder: string; log: (line: string) => void }): Promise<Logs> {
  const store = await openLogStore(options.folder, options.log);
  return {
    service: {
      name: 'logs',
      protocol: 'json',
      targetPrefix: 'Logs_20140328',
      schemas,
      operations: { ...groupOperations(store), ...tagOperations(store), ...eventOperations(store) },
    },
    sink: createLogSink(store),
    close: () => store.close(),
  };
}
