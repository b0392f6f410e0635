/** CloudWatch alarms as a bake time looks at them: names in, states out. */
import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { abortable } from './abortable.ts';
import { callAws } from './errors.ts';

/** DescribeAlarms takes and gives at most 100 names a call (API reference). */
const NAMES_PER_CALL = 100;
const ONE_CALL_MS = 10_000;

export interface AlarmView {
  /** `OK`, `ALARM`, `INSUFFICIENT_DATA`. */
  readonly state: string;
  readonly reason: string;
}

export interface Alarms {
  /** Metric and composite alarms by name; one that does not exist is absent. */
  describe(names: readonly string[]): Promise<ReadonlyMap<string, AlarmView>>;
}

export const createAlarms = (client: CloudWatchClient): Alarms => ({
  async describe(names) {
    const found = new Map<string, AlarmView>();
    for (let start = 0; start < names.length; start += NAMES_PER_CALL) {
      const AlarmNames = names.slice(start, start + NAMES_PER_CALL);
      const answer = await callAws('cloudwatch:DescribeAlarms', () =>
        client.send(
          new DescribeAlarmsCommand({
            AlarmNames,
            // Without the types, composite alarms are left out.
            AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
            MaxRecords: NAMES_PER_CALL,
          }),
          abortable(ONE_CALL_MS),
        ),
      );
      for (const alarm of [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])]) {
        if (alarm.AlarmName === undefined) continue;
        found.set(alarm.AlarmName, { state: alarm.StateValue ?? '', reason: alarm.StateReason ?? '' });
      }
    }
    return found;
  },
});
