// awscli, unchanged, beyond its waiters: reading, paging, queries, error texts and exit codes.
// It is awscli 1, as the package index has it: 255 when a service says no, 2 when the command line is wrong
// (awscli 2 says 254 and 252; `logs tail` is only there).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findings } from './answers.ts';
import { type Boto, startBoto } from './boto.ts';
import { clientPath, runClient } from './clients.ts';
import { ACCOUNT, ecsArn, type LocalAws, startLocalAws } from './local-aws.ts';
import { cluster, register, runService } from './scene.ts';

let aws: LocalAws;
let boto: Boto;
let targetGroup: string;

beforeAll(async () => {
  aws = await startLocalAws();
  boto = await startBoto(aws.env);
  await boto.call('ecs', 'CreateCluster', { clusterName: cluster });
  for (let revision = 1; revision <= 5; revision++) await register(boto, 'job', 'short');
  const { TargetGroups } = await boto.call<{ TargetGroups: { TargetGroupArn: string }[] }>(
    'elbv2',
    'CreateTargetGroup',
    { Name: 'web', Protocol: 'HTTP', Port: 80, VpcId: 'vpc-1', TargetType: 'ip' },
  );
  targetGroup = TargetGroups[0]?.TargetGroupArn ?? '';
  await runService(boto, 'web');
});

afterAll(async () => {
  await boto?.close();
  await aws?.stop();
});

describe('reading', () => {
  const describeWeb = `ecs describe-services --cluster ${cluster} --services web --query services[0]`;
  it.each([
    ['sts get-caller-identity --query Account', ACCOUNT],
    ['sts get-caller-identity --query Arn --output text', `arn:aws:iam::${ACCOUNT}:root`],
    ['ecs list-clusters', { clusterArns: [ecsArn(`cluster/${cluster}`)] }],
    [
      `ecs describe-clusters --clusters ${cluster} none --include STATISTICS SETTINGS TAGS`,
      {
        clusters: [
          expect.objectContaining({ clusterName: cluster, status: 'ACTIVE', activeServicesCount: 1 }),
        ],
        failures: [{ arn: ecsArn('cluster/none'), reason: 'MISSING' }],
      },
    ],
    [`ecs list-services --cluster ${cluster}`, { serviceArns: [ecsArn(`service/${cluster}/web`)] }],
    [`${describeWeb}.[serviceName,status,runningCount,schedulingStrategy]`, ['web', 'ACTIVE', 1, 'REPLICA']],
    [`${describeWeb}.deployments[*].rolloutState --output text`, 'COMPLETED'],
    ['ecs list-task-definition-families --status ACTIVE', { families: ['job', 'web'] }],
    [
      'ecs describe-task-definition --task-definition job --query taskDefinition.[family,revision,status]',
      ['job', 5, 'ACTIVE'],
    ],
    [
      `ecs list-container-instances --cluster ${cluster} --query containerInstanceArns[0] --output text`,
      expect.stringMatching(`container-instance/${cluster}/`),
    ],
    ['application-autoscaling describe-scalable-targets --service-namespace ecs', { ScalableTargets: [] }],
    ['elbv2 describe-target-groups --names web --query TargetGroups[0].[Port,Protocol]', [80, 'HTTP']],
    ['ecr describe-repositories', { repositories: [] }],
  ])('aws %s', async (command, wanted) => {
    expect(await aws.told(command)).toEqual(wanted);
  });

  it('aws elbv2 describe-target-health', async () => {
    await aws.told(`elbv2 register-targets --target-group-arn ${targetGroup} --targets Id=127.0.0.1,Port=1`);
    const query = 'TargetHealthDescriptions[0].[Target.Id,Target.Port,TargetHealth.State]';
    expect(
      await aws.told(
        `elbv2 describe-target-health --target-group-arn ${targetGroup} --output text --query ${query}`,
      ),
    ).toMatch(/^127\.0\.0\.1\t1\t(unused|initial|unhealthy)$/);
  });

  it('aws ecr get-login-password gives the password that docker login takes', async () => {
    const password = await aws.told('ecr get-login-password');
    const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;
    expect((await fetch(`${aws.url}/v2/`, { headers: { authorization } })).status).toBe(200);
    expect((await fetch(`${aws.url}/v2/`)).status).toBe(401);
  });
});

describe('pages', () => {
  const revisions = [1, 2, 3, 4, 5].map((revision) => ecsArn(`task-definition/job:${revision}`));
  const list = 'ecs list-task-definitions --family-prefix job';

  it('--page-size asks for more pages and gives the same', async () => {
    const before = aws.exchanges.length;
    expect(await aws.told(`${list} --page-size 2`)).toEqual({ taskDefinitionArns: revisions });
    expect(aws.exchanges.length - before).toBe(3);
  });

  it('--max-items stops and goes on with --starting-token', async () => {
    const first = (await aws.told(`${list} --max-items 3 --page-size 2`)) as { NextToken: string };
    expect(first).toEqual({ taskDefinitionArns: revisions.slice(0, 3), NextToken: expect.any(String) });
    expect(await aws.told(`${list} --page-size 2 --starting-token`, first.NextToken)).toEqual({
      taskDefinitionArns: revisions.slice(3),
    });
  });

  it('--no-paginate gives the first page with the service’s own token', async () => {
    expect(await aws.told(`${list} --no-paginate --max-results 4 --sort DESC`)).toEqual({
      taskDefinitionArns: [...revisions].reverse().slice(0, 4),
      nextToken: expect.any(String),
    });
  });
});

describe('being refused', () => {
  const said = (code: string, operation: string, message: string): string =>
    `An error occurred (${code}) when calling the ${operation} operation: ${message}`;
  it.each([
    [
      'ecs describe-services --cluster none --services web',
      said('ClusterNotFoundException', 'DescribeServices', 'Cluster not found.'),
    ],
    [
      `ecs update-service --cluster ${cluster} --service nobody --desired-count 1`,
      said('ServiceNotFoundException', 'UpdateService', 'Service not found.'),
    ],
    [
      'ecs describe-task-definition --task-definition nothing',
      said('ClientException', 'DescribeTaskDefinition', 'Unable to describe task definition.'),
    ],
    [
      `ecs delete-service --cluster ${cluster} --service web`,
      said(
        'InvalidParameterException',
        'DeleteService',
        'The service cannot be stopped while it is scaled above 0.',
      ),
    ],
    [
      'ecr describe-images --repository-name nothing',
      said(
        'RepositoryNotFoundException',
        'DescribeImages',
        `The repository with name 'nothing' does not exist in the registry with id '${ACCOUNT}'`,
      ),
    ],
    [
      'logs get-log-events --log-group-name /none --log-stream-name none',
      said('ResourceNotFoundException', 'GetLogEvents', 'The specified log group does not exist.'),
    ],
    [
      'elbv2 describe-target-groups --names none',
      said('TargetGroupNotFound', 'DescribeTargetGroups', 'One or more target groups not found'),
    ],
    [
      'ecs list-services-by-namespace --namespace nothing-here',
      'An error occurred (UnknownOperationException) when calling the ListServicesByNamespace operation: ',
    ],
  ])('aws %s', async (command, text) => {
    expect(await aws.aws(...command.split(' '))).toMatchObject({
      exitCode: 255,
      stdout: '',
      stderr: expect.stringContaining(text),
    });
  });

  it('a wrong command line never gets here', async () => {
    const before = aws.exchanges.length;
    expect(await aws.aws('ecs', 'update-service', '--cluster')).toMatchObject({ exitCode: 2 });
    expect(await aws.aws('ecs', 'update-service', '--cluster', cluster)).toMatchObject({ exitCode: 2 });
    expect(aws.exchanges).toHaveLength(before);
  });

  it.each([
    [
      'a key that is not ours',
      { AWS_ACCESS_KEY_ID: 'AKIANOBODY0000000000' },
      { ecs: 'UnrecognizedClientException', sts: 'InvalidClientTokenId' },
    ],
    [
      'a wrong secret',
      { AWS_SECRET_ACCESS_KEY: 'wrong' },
      { ecs: 'InvalidSignatureException', sts: 'SignatureDoesNotMatch' },
    ],
  ])('with %s, on both protocols', async (_what, wrong, codes) => {
    const path = await clientPath('aws');
    for (const [code, ...args] of [
      [codes.ecs, 'ecs', 'list-clusters'],
      [codes.sts, 'sts', 'get-caller-identity'],
    ] as const)
      expect(await runClient(path, args, { ...aws.env, ...wrong })).toMatchObject({
        exitCode: 255,
        stdout: '',
        stderr: expect.stringContaining(`An error occurred (${code}) when calling`),
      });
  });
});

it('every answer given here fits botocore’s model', async () => {
  expect(await findings(aws.exchanges)).toEqual([]);
});
