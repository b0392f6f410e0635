// boto3 with its default configuration (60 s timeouts, 4 retries): many threads at once, throttling, an endpoint that
// goes away for a moment. Nothing is lost, nothing is done twice, and a retry is what makes it through.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ecsRateLimits } from '../../src/local/ecs/throttle.ts';
import { findings } from './answers.ts';
import { type Boto, BotoError, startBoto } from './boto.ts';
import { ecsArn, type LocalAws, startLocalAws } from './local-aws.ts';
import { cluster, isStable, register, runService, service, serviceUntil } from './scene.ts';

const tooMany = '5 active deployments exist, unable to create new deployment.';

describe('twenty threads', () => {
  let aws: LocalAws;
  let boto: Boto;

  beforeAll(async () => {
    aws = await startLocalAws();
    boto = await startBoto(aws.env);
    await boto.call('ecs', 'CreateCluster', { clusterName: cluster });
    await runService(boto, 'web');
  });

  afterAll(async () => {
    await boto?.close();
    await aws?.stop();
  });

  it('describe and scale one service: every call succeeds, and the service is as one of them left it', async () => {
    const calls = Array.from({ length: 200 }, (_, index): [string, string, object] => {
      if (index % 10 === 0)
        return ['ecs', 'UpdateService', { cluster, service: 'web', desiredCount: 1 + (index % 3) }];
      if (index % 10 === 5) return ['ecs', 'ListTasks', { cluster, serviceName: 'web' }];
      return ['ecs', 'DescribeServices', { cluster, services: ['web'] }];
    });
    const answers = await boto.threads(calls, 20);
    expect(answers.filter(({ error }) => error)).toEqual([]);
    const { desiredCount, deployments } = await serviceUntil(boto, 'web', isStable);
    expect([1, 2, 3]).toContain(desiredCount);
    expect(deployments).toMatchObject([{ runningCount: desiredCount }]);
    const { taskArns } = await boto.call<{ taskArns: string[] }>('ecs', 'ListTasks', {
      cluster,
      serviceName: 'web',
    });
    expect(taskArns).toHaveLength(desiredCount);
  });

  it('register one family and deploy it: each revision once, the last deployment wins, the others are over', async () => {
    const { taskDefinition } = await boto.call<{ taskDefinition: { containerDefinitions: object[] } }>(
      'ecs',
      'DescribeTaskDefinition',
      { taskDefinition: 'web' },
    );
    const { containerDefinitions } = taskDefinition;
    const registered = await boto.threads(
      Array.from({ length: 20 }, () => [
        'ecs',
        'RegisterTaskDefinition',
        { family: 'web', containerDefinitions },
      ]),
      20,
    );
    const revisions = registered.map(
      ({ ok }) => (ok as { taskDefinition: { revision: number } }).taskDefinition.revision,
    );
    expect(revisions.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 2));

    const updates = await boto.threads(
      revisions
        .slice(0, 8)
        .map((revision) => [
          'ecs',
          'UpdateService',
          { cluster, service: 'web', taskDefinition: `web:${revision}` },
        ]),
      20,
    );
    // Only ECS's own limit may refuse one.
    const refused = updates.flatMap(({ error }) => (error ? [error.message] : []));
    expect(new Set([...refused, tooMany])).toEqual(new Set([tooMany]));
    expect(refused.length).toBeLessThan(5);
    const { taskDefinition: serving } = await serviceUntil(boto, 'web', isStable);
    const { serviceDeployments } = await boto.call<{
      serviceDeployments: { status: string; targetServiceRevisionArn: string }[];
    }>('ecs', 'ListServiceDeployments', { cluster, service: 'web' });
    expect(serviceDeployments).toHaveLength(9 - refused.length);
    expect(serviceDeployments.filter(({ status }) => status === 'SUCCESSFUL').length).toBeGreaterThan(1);
    expect(serviceDeployments.filter(({ status }) => !/^(SUCCESSFUL|STOPPED)$/.test(status))).toEqual([]);
    expect(serviceDeployments[0]?.status).toBe('SUCCESSFUL');
    const { serviceRevisions } = await boto.call<{ serviceRevisions: { taskDefinition: string }[] }>(
      'ecs',
      'DescribeServiceRevisions',
      { serviceRevisionArns: [serviceDeployments[0]?.targetServiceRevisionArn] },
    );
    expect(serviceRevisions[0]?.taskDefinition).toBe(serving);
  });

  it('run a task with one client token: one task', async () => {
    await register(boto, 'job', 'short');
    const answers = await boto.threads(
      Array.from({ length: 20 }, () => [
        'ecs',
        'RunTask',
        { cluster, taskDefinition: 'job', clientToken: 'the-same' },
      ]),
      20,
    );
    const arns = answers.map(({ ok }) => (ok as { tasks: { taskArn: string }[] }).tasks[0]?.taskArn);
    expect(new Set(arns).size).toBe(1);
    expect(arns[0]).toMatch(ecsArn(`task/${cluster}/`));
  });

  it('go on through a restart of the endpoint, and the service’s tasks with it', async () => {
    const before = await service(boto, 'web');
    const calls = Array.from({ length: 400 }, (): [string, string, object] => [
      'ecs',
      'DescribeServices',
      { cluster, services: ['web'] },
    ]);
    // boto3's pauses are random, and its four default retries can be over in a tenth of a second.
    const patient = { retries: { total_max_attempts: 12 } };
    const [answers] = await Promise.all([boto.threads(calls, 20, patient), aws.restart(300)]);
    expect(answers.filter(({ error }) => error)).toEqual([]);
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeGreaterThan(300);
    expect(await serviceUntil(boto, 'web', isStable)).toMatchObject({
      runningCount: before.runningCount,
      deployments: [{ id: before.deployments[0]?.id }],
    });
  });

  it('every answer given here fits botocore’s model', async () => {
    expect(await findings(aws.exchanges)).toEqual([]);
  });
});

describe('with ECS’s own rate limits', () => {
  let aws: LocalAws;
  let boto: Boto;

  beforeAll(async () => {
    aws = await startLocalAws({ rateLimits: ecsRateLimits });
    boto = await startBoto(aws.env);
  });

  afterAll(async () => {
    await boto?.close();
    await aws?.stop();
  });

  it('a burst of 20 registrations is taken, the next is throttled, and the default retries carry it through', async () => {
    const containerDefinitions = [{ name: 'app', image: 'busybox:stable', memory: 32 }];
    const one = (config?: object) =>
      boto.call('ecs', 'RegisterTaskDefinition', { family: 'job', containerDefinitions }, config);
    const once = { retries: { total_max_attempts: 1 } };
    const refused: unknown[] = [];
    for (let count = 0; count < 40; count++) await one(once).catch((error) => refused.push(error));
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) {
      expect(error).toBeInstanceOf(BotoError);
      expect(error).toMatchObject({ kind: 'ClientError', code: 'ThrottlingException', status: 400 });
    }
    // One token comes back each second. A new client takes its time to be made, so that the first call may just get
    // it; and botocore's waits are drawn at random, so that now and then its five attempts are over before the second.
    const throttled = (error: unknown): void => {
      if (!(error instanceof BotoError) || error.code !== 'ThrottlingException') throw error;
    };
    const exchangesOfOneTaken = async (): Promise<number> => {
      const before = aws.exchanges.length;
      const answer = await one().catch(throttled);
      if (!answer) return 0;
      expect(answer).toMatchObject({ taskDefinition: { family: 'job' } });
      return aws.exchanges.length - before;
    };
    let taken = 0;
    for (let count = 0; count < 8 && taken <= 1; count++) taken = await exchangesOfOneTaken();
    expect(taken).toBeGreaterThan(1);
    expect(await findings(aws.exchanges)).toEqual([]);
  });
});
