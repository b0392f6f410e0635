// A deployment by hand with awscli, unchanged: register, update, look, stop, run a task, read its log, delete.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { findings } from './answers.ts';
import { type Boto, startBoto } from './boto.ts';
import { ecsArn, type LocalAws, startLocalAws } from './local-aws.ts';
import { cluster, isStable, register, runService, runTask, serviceUntil } from './scene.ts';

let aws: LocalAws;
let boto: Boto;

beforeAll(async () => {
  aws = await startLocalAws();
  boto = await startBoto(aws.env);
  await boto.call('ecs', 'CreateCluster', { clusterName: cluster });
  await register(boto, 'job', 'short');
  await runService(boto, 'web');
});

afterAll(async () => {
  await boto?.close();
  await aws?.stop();
});

it('register, update, list and describe what came of it, and stop it', async () => {
  const container = {
    name: 'app',
    image: 'busybox:stable',
    command: ['sleep', '600'],
    memory: 32,
    stopTimeout: 2,
    // Never healthy, so that the deployment is under way until it is stopped.
    healthCheck: { command: ['CMD', 'false'], startPeriod: 60 },
  };
  expect(
    await aws.told(
      'ecs register-task-definition --query taskDefinition.taskDefinitionArn --cli-input-json',
      JSON.stringify({ family: 'web', containerDefinitions: [container] }),
    ),
  ).toBe(ecsArn('task-definition/web:2'));
  const inCluster = `--cluster ${cluster} --service web`;
  expect(
    await aws.told(
      `ecs update-service ${inCluster} --task-definition web:2 --query service.deployments[*].status`,
    ),
  ).toEqual(['PRIMARY', 'ACTIVE']);

  const { serviceDeployments } = (await aws.told(`ecs list-service-deployments ${inCluster}`)) as {
    serviceDeployments: { serviceDeploymentArn: string; targetServiceRevisionArn: string }[];
  };
  expect(serviceDeployments).toMatchObject([{ status: 'IN_PROGRESS' }, { status: 'SUCCESSFUL' }]);
  const [newest] = serviceDeployments;
  const revision = newest?.targetServiceRevisionArn ?? '';
  expect(
    await aws.told(
      `ecs describe-service-revisions --service-revision-arns ${revision} --query serviceRevisions[0].taskDefinition`,
    ),
  ).toBe(ecsArn('task-definition/web:2'));

  const deployment = newest?.serviceDeploymentArn ?? '';
  const stop = `ecs stop-service-deployment --service-deployment-arn ${deployment} --stop-type ROLLBACK`;
  expect(await aws.told(stop)).toEqual({ serviceDeploymentArn: deployment });
  await serviceUntil(boto, 'web', (state) => isStable(state) && state.taskDefinition.endsWith('web:1'));
  expect(
    await aws.told(
      `ecs describe-service-deployments --service-deployment-arns ${deployment} --query serviceDeployments[0].status`,
    ),
  ).toBe('ROLLBACK_SUCCESSFUL');
  expect(await aws.aws(...stop.split(' '))).toMatchObject({
    exitCode: 255,
    stderr: expect.stringContaining('(ConflictException)'),
  });
});

it('update-service --force-new-deployment replaces the tasks by the same revision', async () => {
  const tasks = () => aws.told(`ecs list-tasks --cluster ${cluster} --service-name web --query taskArns`);
  const before = await tasks();
  expect(
    await aws.told(
      `ecs update-service --cluster ${cluster} --service web --force-new-deployment --query service.deployments[*].taskDefinition`,
    ),
  ).toEqual([ecsArn('task-definition/web:1'), ecsArn('task-definition/web:1')]);
  await serviceUntil(boto, 'web', isStable);
  const after = await tasks();
  expect(after).toEqual([expect.any(String)]);
  expect(after).not.toEqual(before);
});

it('run-task, describe-tasks, and its log', async () => {
  const command = ['sh', '-c', 'echo one; echo two words; exit 4'];
  const ran = (await aws.told(
    `ecs run-task --cluster ${cluster} --task-definition job --started-by tester --overrides`,
    JSON.stringify({ containerOverrides: [{ name: 'app', command }] }),
  )) as { tasks: { taskArn: string }[]; failures: unknown[] };
  expect(ran).toMatchObject({ tasks: [{ lastStatus: 'PROVISIONING' }], failures: [] });
  const task = ran.tasks[0]?.taskArn ?? '';
  await boto.wait('ecs', 'TasksStopped', { cluster, tasks: [task] }, { delay: 1, attempts: 20 });
  expect(
    await aws.told(
      `ecs describe-tasks --cluster ${cluster} --tasks ${task} --query tasks[0].[lastStatus,stopCode,startedBy,containers[0].exitCode]`,
    ),
  ).toEqual(['STOPPED', 'EssentialContainerExited', 'tester', 4]);
  expect(
    await aws.told(`ecs list-tasks --cluster ${cluster} --started-by tester --desired-status STOPPED`),
  ).toEqual({ taskArns: [task] });

  const group = '--log-group-name /conformance/job';
  const stream = `ecs/app/${task.split('/').at(-1)}`;
  expect(
    await aws.told(
      `logs get-log-events ${group} --log-stream-name ${stream} --start-from-head --query events[*].message`,
    ),
  ).toEqual(['one', 'two words']);
  expect(
    await aws.told(
      `logs filter-log-events ${group} --query events[*].[logStreamName,message] --filter-pattern`,
      '"two words"',
    ),
  ).toEqual([[stream, 'two words']]);
  expect(await aws.told(`logs describe-log-streams ${group} --query logStreams[*].logStreamName`)).toEqual([
    stream,
  ]);
  // What awscli 2 does for `logs tail /conformance/job --since 10m`.
  const pages = await boto.pages<{ events: { message: string }[] }>(
    'logs',
    'FilterLogEvents',
    { logGroupName: '/conformance/job', startTime: Date.now() - 600_000, interleaved: true },
    1,
  );
  expect(pages.flatMap(({ events }) => events.map(({ message }) => message))).toEqual(['one', 'two words']);
});

it('stop-task says why', async () => {
  const task = await runTask(boto, 'web:1', 'RUNNING');
  expect(
    await aws.told(
      `ecs stop-task --cluster ${cluster} --task ${task} --reason enough --query task.[desiredStatus,stopCode,stoppedReason]`,
    ),
  ).toEqual(['STOPPED', 'UserInitiated', 'enough']);
});

it('create-cluster, create-service, delete-service --force, delete-cluster', async () => {
  await aws.told('ecs create-cluster --cluster-name second --tags key=team,value=blue');
  expect(
    await aws.told(
      'ecs create-service --cluster second --service-name idle --task-definition job --desired-count 0 --query service.[status,desiredCount]',
    ),
  ).toEqual(['ACTIVE', 0]);
  expect(
    await aws.told('ecs delete-service --cluster second --service idle --force --query service.status'),
  ).toBe('DRAINING');
  const pace = { delay: 1, attempts: 20 };
  await boto.wait('ecs', 'ServicesInactive', { cluster: 'second', services: ['idle'] }, pace);
  expect(await aws.told('ecs delete-cluster --cluster second --query cluster.status')).toBe('INACTIVE');
});

it('every answer given here fits botocore’s model', async () => {
  expect(await findings(aws.exchanges)).toEqual([]);
});
