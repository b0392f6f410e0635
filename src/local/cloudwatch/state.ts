// What CloudWatch remembers here: alarms as they were put, their state, and what became of them.
import { z } from 'zod';
import type { StateFile } from '../state-file.ts';

export const alarmStates = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;

const alarmSchema = z.object({
  name: z.string(),
  arn: z.string(),
  /** The members of PutMetricAlarm that DescribeAlarms gives back, in JSON's form. */
  settings: z.record(z.string(), z.unknown()),
  actionsEnabled: z.boolean(),
  configuredAtMs: z.number(),
  state: z.enum(alarmStates),
  stateReason: z.string(),
  stateReasonData: z.string().optional(),
  stateUpdatedAtMs: z.number(),
  /** When `state` took another value. */
  stateChangedAtMs: z.number(),
});

const historySchema = z.object({
  alarmName: z.string(),
  atMs: z.number(),
  type: z.enum(['ConfigurationUpdate', 'StateUpdate', 'Action']),
  summary: z.string(),
  data: z.string(),
});

const stateSchema = z.object({
  alarms: z.array(alarmSchema),
  /** Newest first. */
  history: z.array(historySchema),
  /** Resource tags by ARN. */
  tags: z.array(
    z.object({ arn: z.string(), tags: z.array(z.object({ key: z.string(), value: z.string() })) }),
  ),
});

export type AlarmRecord = z.infer<typeof alarmSchema>;
export type HistoryRecord = z.infer<typeof historySchema>;
export type CloudwatchState = z.infer<typeof stateSchema>;
export type CloudwatchStateFile = StateFile<CloudwatchState>;

export const emptyCloudwatchState = (): CloudwatchState => ({ alarms: [], history: [], tags: [] });

export const parseCloudwatchState = (json: unknown): CloudwatchState => stateSchema.parse(json);
