// Through every operation that the endpoint has, with boto3 – and botocore's model has nothing to say against an answer.
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answered, findings } from './answers.ts';
import { type Boto, startBoto } from './boto.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';
import { tourBalancer, tourBalancerEnd } from './tour/balancer.ts';
import { tourEcr } from './tour/ecr.ts';
import { tourEcs } from './tour/ecs.ts';
import { tourAlarms, tourLogs, tourRest, tourSecrets } from './tour/others.ts';

/** botocore's name → the signing name, by which exchanges are recorded. */
const services = {
  ecs: 'ecs',
  ecr: 'ecr',
  elbv2: 'elasticloadbalancing',
  logs: 'logs',
  cloudwatch: 'monitoring',
  secretsmanager: 'secretsmanager',
  ssm: 'ssm',
  sts: 'sts',
  'application-autoscaling': 'application-autoscaling',
} as const;

let aws: LocalAws;
let boto: Boto;

beforeAll(async () => {
  aws = await startLocalAws();
  boto = await startBoto(aws.env);
});

afterAll(async () => {
  await boto?.close();
  await aws?.stop();
});

describe('the tour', () => {
  it('through the load balancer and ECS', async () => {
    const targetGroup = await tourBalancer(boto);
    await tourEcs(boto, targetGroup);
    await tourBalancerEnd(boto);
  });

  it('through ECR', () => tourEcr(boto));
  it('through CloudWatch Logs', () => tourLogs(boto));
  it('through CloudWatch', () => tourAlarms(boto));
  it('through Secrets Manager and Parameter Store', () => tourSecrets(boto, aws.folder));
  it('through STS and Application Auto Scaling', () => tourRest(boto));

  it('through CloudWatch in CBOR, which newer clients speak', async () => {
    const client = new CloudWatchClient({ ...aws.sdk, protocol: AwsSmithyRpcV2CborProtocol });
    await client.send(
      new PutMetricAlarmCommand({
        AlarmName: 'cbor',
        MetricName: 'Errors',
        Namespace: 'Tour',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 0.5,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    );
    await client.send(new DescribeAlarmsCommand({}));
    await expect(client.send(new DescribeAlarmsCommand({ StateValue: 'WRONG' as 'OK' }))).rejects.toThrow();
    expect(
      aws.exchanges.filter(({ responseBody }) => /^[A-Za-z0-9+/]+=*$/.test(responseBody)).length,
    ).toBeGreaterThan(1);
  });

  it.each(Object.entries(services))('left no operation of %s out', async (service, signingName) => {
    const seen = aws.exchanges.filter((each) => each.service === signingName && each.status === 200);
    const visited = new Set(seen.map(({ operation }) => operation));
    const known = await boto.operations(service);
    expect(known.length).toBeGreaterThan(0);
    expect(known.filter((operation) => !visited.has(operation))).toEqual([]);
  });

  it('met nothing that does not fit botocore’s model, errors included', async () => {
    expect(await findings(aws.exchanges)).toEqual([]);
  });
});

describe('the checker itself finds', () => {
  /** An answer of the tour, which was right as the test above says, changed in one place. */
  const wrong = async (operation: string, from: string | RegExp, to: string): Promise<readonly string[]> => {
    const right = aws.exchanges.find(
      (each) => each.operation === operation && each.status === 200 && each.responseBody.search(from) >= 0,
    );
    if (!right) throw new Error(`no answer to ${operation} has ${from}`);
    return findings([{ ...right, responseBody: right.responseBody.replace(from, to) }]);
  };

  it.each([
    [
      'a count as a string',
      'DescribeServices',
      /"desiredCount":(\d+)/,
      '"desiredCount":"$1"',
      /desiredCount is no integer/,
    ],
    [
      'a member that AWS does not have',
      'DescribeServices',
      '"serviceName"',
      '"name":"x","serviceName"',
      /\.name is unknown/,
    ],
    [
      'a state that AWS does not have',
      'DescribeServices',
      /"rolloutState":"\w+"/,
      '"rolloutState":"DONE"',
      /rolloutState is 'DONE', none of/,
    ],
    [
      'a timestamp as text',
      'DescribeTasks',
      /"createdAt":[\d.]+/,
      '"createdAt":"2026-01-01"',
      /createdAt is no number/,
    ],
    ['a null', 'DescribeTasks', /"lastStatus":"\w+"/, '"lastStatus":null', /lastStatus is null/],
    [
      'an object for a list',
      'DescribeTasks',
      /"failures":\[/,
      '"failures":{"x":[',
      /unreadable|failures is no list/,
    ],
    [
      'an unknown element',
      'DescribeTargetHealth',
      '<Target>',
      '<Target><Host>x</Host>',
      /Target\.Host is unknown/,
    ],
    [
      'a list without <member>',
      'DescribeTargetHealth',
      /<(\/?)member>/g,
      '<$1item>',
      /is <item>, not <member>/,
    ],
    ['a number that is none', 'DescribeTargetHealth', /<Port>\d+/, '<Port>http', /Port is no integer/],
    ['a body that breaks off', 'DescribeClusters', /.{20}$/s, '', /unreadable/],
  ])('%s', async (_what, operation, from, to, finding) => {
    expect(await wrong(operation, from, to)).toEqual(
      expect.arrayContaining([expect.stringMatching(finding)]),
    );
  });

  const error = (status: number, code: string, message?: string): Answered => ({
    service: 'ecs',
    operation: 'DescribeServices',
    status,
    responseBody: JSON.stringify({ __type: code, ...(message && { message }) }),
  });

  it.each([
    [
      'an error that the operation does not declare',
      error(400, 'ServiceNotFoundException', 'x'),
      /ServiceNotFoundException is not declared/,
    ],
    ['an error without a message', error(400, 'ClusterNotFoundException'), /has no message/],
    ['a failure of ours', error(500, 'ServerException', 'Internal failure'), /HTTP 500 ServerException/],
    [
      'an answer that is another one',
      { service: 'elasticloadbalancing', operation: 'AddTags', status: 200, responseBody: '<Wrong/>' },
      /the root is <Wrong>/,
    ],
  ])('%s', async (_what, exchange, finding) => {
    expect(await findings([exchange])).toEqual(expect.arrayContaining([expect.stringMatching(finding)]));
  });
});
