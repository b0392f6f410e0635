// Alarms: put, described, set to a state by hand, switched and deleted.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html and its neighbours
import type * as sdk from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { checkAlarm, oneOf, validationError } from './alarm-rules.ts';
import type { AlarmStore } from './alarm-store.ts';
import { cut } from './pages.ts';
import { type AlarmRecord, alarmStates } from './state.ts';

export function alarmOperations(store: AlarmStore): Operations {
  const put: SdkOperation<sdk.PutMetricAlarmCommandInput, sdk.PutMetricAlarmCommandOutput> = async (
    input,
    { accountId, region },
  ) => {
    checkAlarm(input);
    const { AlarmName: name = '', ActionsEnabled: actionsEnabled = true, Tags, ...settings } = input;
    const nowMs = Date.now();
    const before = store.find(name);
    const alarm: AlarmRecord = {
      name,
      arn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`,
      state: 'INSUFFICIENT_DATA',
      stateReason: 'Unchecked: Initial alarm creation',
      stateUpdatedAtMs: nowMs,
      stateChangedAtMs: nowMs,
      // An update leaves the state as it is, and replaces all of the configuration.
      ...before,
      settings,
      actionsEnabled,
      configuredAtMs: nowMs,
    };
    store.put(alarm);
    // Tags count only when the alarm is made.
    if (!before) for (const { Key, Value } of Tags ?? []) store.tagsOf(alarm.arn).set(Key ?? '', Value ?? '');
    store.record({
      alarmName: name,
      atMs: nowMs,
      type: 'ConfigurationUpdate',
      summary: `Alarm "${name}" ${before ? 'updated' : 'created'}`,
      data: JSON.stringify({ version: '1.0', type: before ? 'Update' : 'Create' }),
    });
    await store.save([name]);
    return {};
  };

  const describe: SdkOperation<sdk.DescribeAlarmsCommandInput, sdk.DescribeAlarmsCommandOutput> = async (
    input,
  ) => {
    const { AlarmNames, AlarmNamePrefix, StateValue, ActionPrefix, AlarmTypes } = input;
    if (AlarmNames !== undefined && AlarmNamePrefix !== undefined) {
      throw validationError('AlarmNames and AlarmNamePrefix are mutually exclusive.');
    }
    oneOf('stateValue', StateValue, alarmStates);
    const wanted = store.all.filter(
      (alarm) =>
        (AlarmTypes === undefined || AlarmTypes.length === 0 || AlarmTypes.includes('MetricAlarm')) &&
        (AlarmNames === undefined || AlarmNames.length === 0 || AlarmNames.includes(alarm.name)) &&
        alarm.name.startsWith(AlarmNamePrefix ?? '') &&
        (StateValue === undefined || alarm.state === StateValue) &&
        (ActionPrefix === undefined || actionsOf(alarm).some((action) => action.startsWith(ActionPrefix))),
    );
    const { items, token } = cut(wanted, input.MaxRecords, input.NextToken, 50);
    return { MetricAlarms: items.map(render), CompositeAlarms: [], ...token };
  };

  const setState: SdkOperation<sdk.SetAlarmStateCommandInput, sdk.SetAlarmStateCommandOutput> = async (
    input,
  ) => {
    oneOf('stateValue', input.StateValue, alarmStates);
    checkReasonData(input.StateReasonData);
    const alarm = store.find(input.AlarmName ?? '');
    if (alarm === undefined) throw notFound();
    const { state: before, stateReason: reasonBefore } = alarm;
    const nowMs = Date.now();
    alarm.state = input.StateValue as AlarmRecord['state'];
    alarm.stateReason = input.StateReason ?? '';
    delete alarm.stateReasonData;
    if (input.StateReasonData !== undefined) alarm.stateReasonData = input.StateReasonData;
    alarm.stateUpdatedAtMs = nowMs;
    if (alarm.state !== before) {
      alarm.stateChangedAtMs = nowMs;
      store.record({
        alarmName: alarm.name,
        atMs: nowMs,
        type: 'StateUpdate',
        summary: `Alarm updated from ${before} to ${alarm.state}`,
        data: JSON.stringify({
          version: '1.0',
          oldState: { stateValue: before, stateReason: reasonBefore },
          newState: { stateValue: alarm.state, stateReason: alarm.stateReason },
        }),
      });
    }
    await store.save([alarm.name]);
    return {};
  };

  const remove: SdkOperation<sdk.DeleteAlarmsCommandInput, sdk.DeleteAlarmsCommandOutput> = async (input) => {
    const alarms = (input.AlarmNames ?? []).map((name) => store.find(name) ?? notFound());
    // All or none.
    for (const alarm of alarms) if (alarm instanceof AwsError) throw alarm;
    const found = alarms.filter((alarm): alarm is AlarmRecord => !(alarm instanceof AwsError));
    for (const alarm of found) store.delete(alarm);
    await store.save(found.map(({ name }) => name));
    return {};
  };

  const switchActions =
    (
      enabled: boolean,
    ): SdkOperation<sdk.EnableAlarmActionsCommandInput, sdk.EnableAlarmActionsCommandOutput> =>
    async (input) => {
      for (const name of input.AlarmNames ?? []) {
        const alarm = store.find(name);
        if (alarm) alarm.actionsEnabled = enabled;
      }
      await store.save();
      return {};
    };

  return {
    PutMetricAlarm: put,
    DescribeAlarms: describe,
    SetAlarmState: setState,
    DeleteAlarms: remove,
    EnableAlarmActions: switchActions(true),
    DisableAlarmActions: switchActions(false),
  };
}

function render(alarm: AlarmRecord): sdk.MetricAlarm {
  return {
    OKActions: [],
    AlarmActions: [],
    InsufficientDataActions: [],
    Dimensions: [],
    ...alarm.settings,
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAtMs),
    ActionsEnabled: alarm.actionsEnabled,
    StateValue: alarm.state,
    StateReason: alarm.stateReason,
    ...(alarm.stateReasonData !== undefined && { StateReasonData: alarm.stateReasonData }),
    StateUpdatedTimestamp: new Date(alarm.stateUpdatedAtMs),
    StateTransitionedTimestamp: new Date(alarm.stateChangedAtMs),
  };
}

function actionsOf({ settings }: AlarmRecord): string[] {
  const { OKActions, AlarmActions, InsufficientDataActions } = settings as sdk.MetricAlarm;
  return [OKActions, AlarmActions, InsufficientDataActions].flatMap((actions) => actions ?? []);
}

function checkReasonData(text: string | undefined): void {
  if (text === undefined) return;
  try {
    JSON.parse(text);
  } catch {
    throw new AwsError('InvalidFormatFault', 'StateReasonData is not valid JSON');
  }
}

function notFound(): AwsError {
  return new AwsError('ResourceNotFound', 'Unknown alarm', { statusCode: 404 });
}
