import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as cw from '@aws-sdk/client-cloudwatch';
import { AwsJson1_0Protocol, AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Alarms } from '../../../src/local/cloudwatch/alarms.ts';
import { createCloudwatch } from '../../../src/local/cloudwatch/index.ts';
import { signedPost } from '../wire/sign.ts';
import { startWire } from '../wire/start-wire.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-cloudwatch-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type ProtocolClass = typeof AwsJson1_0Protocol | typeof AwsQueryProtocol | typeof AwsSmithyRpcV2CborProtocol;

async function start(
  protocol: ProtocolClass = AwsJson1_0Protocol,
): Promise<{ client: cw.CloudWatchClient; alarms: Alarms; logged: readonly string[] }> {
  const { services, alarms } = await createCloudwatch({ stateFile: join(folder, 'cloudwatch.json') });
  const { client, logged } = await startWire(services);
  return {
    client: new cw.CloudWatchClient({ ...client, protocol } as cw.CloudWatchClientConfig),
    alarms,
    logged,
  };
}

const errors = {
  AlarmName: 'api 5xx – é',
  AlarmDescription: '<too> & many',
  Namespace: 'AWS/ApplicationELB',
  MetricName: 'HTTPCode_Target_5XX_Count',
  Dimensions: [{ Name: 'LoadBalancer', Value: 'app/main/1' }],
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 3,
  Threshold: 0.5,
  ComparisonOperator: 'GreaterThanThreshold',
  AlarmActions: ['arn:aws:sns:us-east-1:000000000000:ops'],
} as const satisfies cw.PutMetricAlarmCommandInput;

const put = (more: Partial<cw.PutMetricAlarmCommandInput> = {}): cw.PutMetricAlarmCommand =>
  new cw.PutMetricAlarmCommand({ ...errors, AlarmActions: [...errors.AlarmActions], ...more } as never);

const set = (StateValue: cw.StateValue, AlarmName: string = errors.AlarmName): cw.SetAlarmStateCommand =>
  new cw.SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'tried by hand' });

// JavaScript speaks awsJson1.0, Python, Go and Java CBOR, their older versions the query protocol.
describe.each([
  ['awsJson1.0', AwsJson1_0Protocol],
  ['CBOR', AwsSmithyRpcV2CborProtocol],
  ['query', AwsQueryProtocol],
] as const)('an alarm, spoken of in %s', (_name, protocol) => {
  it('comes back as it was put, begins without data and changes by SetAlarmState only', async () => {
    const { client } = await start(protocol);
    await client.send(put({ Tags: [{ Key: 'team', Value: 'web' }] }));
    const before = (await client.send(new cw.DescribeAlarmsCommand({}))).MetricAlarms?.[0];
    expect(before).toMatchObject({ ...errors, ActionsEnabled: true, StateValue: 'INSUFFICIENT_DATA' });
    const arn = `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${errors.AlarmName}`;
    expect(before?.AlarmArn).toBe(arn);
    await client.send(set('ALARM'));
    const alarms = await client.send(new cw.DescribeAlarmsCommand({ AlarmNames: [errors.AlarmName] }));
    const [after] = alarms.MetricAlarms ?? [];
    expect(after).toMatchObject({ StateValue: 'ALARM', StateReason: 'tried by hand' });
    expect(after?.StateUpdatedTimestamp).toBeInstanceOf(Date);
    const tags = await client.send(new cw.ListTagsForResourceCommand({ ResourceARN: arn }));
    expect(tags.Tags).toEqual([{ Key: 'team', Value: 'web' }]);
    await client.send(new cw.DeleteAlarmsCommand({ AlarmNames: [errors.AlarmName] }));
    expect((await client.send(new cw.DescribeAlarmsCommand({}))).MetricAlarms ?? []).toEqual([]);
  });

  it('that does not exist is ResourceNotFound, a class of its own to the SDK', async () => {
    const { client } = await start(protocol);
    const call = client.send(set('OK', 'missing'));
    await expect(call).rejects.toThrow(cw.ResourceNotFound);
    await expect(call).rejects.toMatchObject({
      message: 'Unknown alarm',
      $metadata: { httpStatusCode: 404 },
    });
  });

  it.each([
    ['without a name', { AlarmName: undefined }],
    ['with an operator that there is none', { ComparisonOperator: 'Roughly' }],
    ['with a period of 61 s', { Period: 61 }],
    ['with neither metric nor metrics', { MetricName: undefined }],
    ['without threshold', { Threshold: undefined }],
    ['over more than a day', { EvaluationPeriods: 1441 }],
  ])('%s is a ValidationError', async (_what, wrong) => {
    const { client } = await start(protocol);
    // The query code is what clients show; with CBOR this SDK goes by the shape's name.
    await expect(client.send(put(wrong as never))).rejects.toMatchObject(
      protocol === AwsSmithyRpcV2CborProtocol ? { name: 'ValidationException' } : { Code: 'ValidationError' },
    );
  });

  it('is not for a caller with a wrong key', async () => {
    const { client } = await start(protocol);
    client.config.credentials = async () => ({ accessKeyId: 'AKIAOTHER', secretAccessKey: 'x' });
    await expect(client.send(new cw.DescribeAlarmsCommand({}))).rejects.toMatchObject({
      message: 'The security token included in the request is invalid.',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('and metrics, which are not here, are told so', async () => {
    const { client } = await start(protocol);
    const call = client.send(
      new cw.PutMetricDataCommand({ Namespace: 'N', MetricData: [{ MetricName: 'M' }] }),
    );
    await expect(call).rejects.toThrow('does not know the operation monitoring:PutMetricData');
  });
});

describe('a CBOR call without body', () => {
  it.each([
    ['is one without members', 'DescribeAlarms', 200, ''],
    ['lacks what is required', 'DeleteAlarms', 400, 'ValidationException'],
  ])('%s', async (_what, operation, status, told) => {
    const { services } = await createCloudwatch({ stateFile: join(folder, 'cloudwatch.json') });
    const { url, port } = await startWire(services);
    const path = `/service/GraniteServiceVersion20100801/operation/${operation}`;
    const smithy = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' };
    const headers = signedPost({ port, service: 'monitoring', body: '', path, headers: smithy });
    const response = await fetch(`${url}${path}`, { method: 'POST', headers });
    expect(response.status).toBe(status);
    expect(response.headers.get('smithy-protocol')).toBe('rpc-v2-cbor');
    expect(await response.text()).toContain(told);
  });
});

describe('alarms', () => {
  it('survive the endpoint, with their state and history', async () => {
    const first = await start();
    await first.client.send(put());
    await first.client.send(set('ALARM'));
    const { client, alarms } = await start();
    expect(alarms.stateOf(errors.AlarmName)).toBe('ALARM');
    const { AlarmHistoryItems = [] } = await client.send(new cw.DescribeAlarmHistoryCommand({}));
    expect(AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary)).toEqual([
      'Alarm updated from INSUFFICIENT_DATA to ALARM',
      `Alarm "${errors.AlarmName}" created`,
    ]);
  });

  it('that are put again keep their state', async () => {
    const { client, alarms } = await start();
    await client.send(put());
    await client.send(set('ALARM'));
    await client.send(put({ Threshold: 7 }));
    expect(alarms.stateOf(errors.AlarmName)).toBe('ALARM');
    const { MetricAlarms } = await client.send(new cw.DescribeAlarmsCommand({ StateValue: 'ALARM' }));
    expect(MetricAlarms?.[0]?.Threshold).toBe(7);
  });

  it('are deleted all or none', async () => {
    const { client, alarms } = await start();
    await client.send(put());
    const call = client.send(new cw.DeleteAlarmsCommand({ AlarmNames: [errors.AlarmName, 'missing'] }));
    await expect(call).rejects.toThrow(cw.ResourceNotFound);
    expect(alarms.stateOf(errors.AlarmName)).toBe('INSUFFICIENT_DATA');
  });

  it('tell those who listen, after the change is on disk', async () => {
    const { client, alarms } = await start();
    const heard: string[] = [];
    const stop = alarms.onChange((name) => heard.push(`${name}: ${alarms.stateOf(name)}`));
    await client.send(put({ AlarmName: 'a' }));
    await client.send(set('OK', 'a'));
    await client.send(new cw.DeleteAlarmsCommand({ AlarmNames: ['a'] }));
    stop();
    await client.send(put({ AlarmName: 'b' }));
    expect(heard).toEqual(['a: INSUFFICIENT_DATA', 'a: OK', 'a: undefined']);
  });

  it.each([
    ['of one metric', {}, 180_000],
    [
      'of metric math',
      {
        MetricName: undefined,
        Namespace: undefined,
        Statistic: undefined,
        Period: undefined,
        Dimensions: undefined,
        Metrics: [
          { Id: 'e', Expression: 'a*2', Period: 60, ReturnData: true },
          { Id: 'a', MetricStat: { Metric: { MetricName: 'M', Namespace: 'N' }, Period: 300, Stat: 'Sum' } },
        ],
      },
      900_000,
    ],
  ])('%s are evaluated over period × evaluation periods', async (_what, more, expected) => {
    const { client, alarms } = await start();
    await client.send(put(more as never));
    expect(alarms.evaluationMs(errors.AlarmName)).toBe(expected);
    expect(alarms.evaluationMs('missing')).toBeUndefined();
  });

  it('come in pages', async () => {
    const { client } = await start();
    for (const AlarmName of ['c', 'a', 'b']) await client.send(put({ AlarmName }));
    const first = await client.send(new cw.DescribeAlarmsCommand({ MaxRecords: 2 }));
    const { NextToken } = first;
    const second = await client.send(new cw.DescribeAlarmsCommand({ MaxRecords: 2, NextToken }));
    const names = [first, second].map(({ MetricAlarms }) => MetricAlarms?.map(({ AlarmName }) => AlarmName));
    expect(names).toEqual([['a', 'b'], ['c']]);
    expect(second.NextToken).toBeUndefined();
    const wrong = client.send(new cw.DescribeAlarmsCommand({ NextToken: 'mine' }));
    await expect(wrong).rejects.toThrow(cw.InvalidNextToken);
  });

  it('switch their actions', async () => {
    const { client } = await start();
    await client.send(put());
    const AlarmNames = [errors.AlarmName];
    const enabled = async (): Promise<boolean | undefined> =>
      (await client.send(new cw.DescribeAlarmsCommand({}))).MetricAlarms?.[0]?.ActionsEnabled;
    await client.send(new cw.DisableAlarmActionsCommand({ AlarmNames }));
    expect(await enabled()).toBe(false);
    await client.send(new cw.EnableAlarmActionsCommand({ AlarmNames }));
    expect(await enabled()).toBe(true);
  });
});
