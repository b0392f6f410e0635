// The migration and the bake time against the local AWS: real containers, real logs, real alarms.
// Needs an engine; everything it makes carries one label and is removed by it.
import { setTimeout as delay } from 'node:timers/promises';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sleep } from '@temporalio/activity';
import type { BakeResult, MigrationResult } from '../../src/activities/contracts/rollout.ts';
import { createRunMigration } from '../../src/activities/run-migration.ts';
import { createWatchBake } from '../../src/activities/watch-bake.ts';
import { createAlarms } from '../../src/aws/alarms.ts';
import { createContainerLogs } from '../../src/aws/container-logs.ts';
import { createEcs } from '../../src/aws/ecs.ts';
import { createLogSearch } from '../../src/aws/log-search.ts';
import { createOneOffTasks } from '../../src/aws/one-off-task.ts';
import type { BakePlan } from '../../src/release/plan.ts';
import { attempt } from '../activities/world.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';

const cluster = 'production';
let aws: LocalAws;
let client: ECSClient;
let cloudwatch: CloudWatchClient;
let ports: Parameters<typeof createRunMigration>[0] & Parameters<typeof createWatchBake>[0];
let taskDefinition: string;
let deploymentId: string;

/** A line each half second, every second one an error. */
const noisy = 'trap "exit 0" TERM; while :; do echo fine; sleep 0.5; echo ERROR boom; sleep 0.5; done';

beforeAll(async () => {
  aws = await startLocalAws({ timing: { healthyGraceMs: 500 } });
  const { settings } = aws;
  client = new ECSClient(settings);
  cloudwatch = new CloudWatchClient(settings);
  const logsIn = () => new CloudWatchLogsClient(settings);
  const ecs = createEcs(client);
  ports = {
    ecs,
    oneOffTasks: createOneOffTasks(client),
    alarms: createAlarms(cloudwatch),
    logSearch: createLogSearch({ logsIn }),
    logs: createContainerLogs({ ecs, logsIn, sleep }),
    now: Date.now,
    sleep,
    sleepOn: (durationMs) => delay(durationMs),
  };
  await client.send(new CreateClusterCommand({ clusterName: cluster }));
  const registered = await client.send(
    new RegisterTaskDefinitionCommand({
      family: 'api',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
      containerDefinitions: [
        {
          name: 'app',
          image: 'busybox:stable',
          command: ['sh', '-c', noisy],
          stopTimeout: 2,
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': '/api',
              'awslogs-create-group': 'true',
              'awslogs-region': 'us-east-1',
              'awslogs-stream-prefix': 'ecs',
            },
          },
        },
      ],
    }),
  );
  taskDefinition = registered.taskDefinition?.taskDefinitionArn ?? '';
  const { service } = await client.send(
    new CreateServiceCommand({
      cluster,
      serviceName: 'api',
      taskDefinition,
      desiredCount: 1,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    }),
  );
  deploymentId = service?.deployments?.[0]?.id ?? '';
  for (let done = false; !done; await delay(100)) {
    const { services } = await client.send(new DescribeServicesCommand({ cluster, services: ['api'] }));
    done = services?.[0]?.deployments?.[0]?.rolloutState === 'COMPLETED';
  }
}, 120_000);

afterAll(async () => {
  client.destroy();
  cloudwatch.destroy();
  await aws.close();
});

const migrate = (
  releaseId: string,
  script: string[],
  timeoutMs = 60_000,
  number = 1,
): Promise<MigrationResult> => {
  const [program = '', ...rest] = script;
  const migration = {
    service: 'api',
    container: 'app',
    command: [program, ...rest] as const,
    reversible: true,
    timeoutMs,
  };
  // Of now, so that a second attempt may still trust the token.
  return attempt(number, number === 1 ? undefined : recent()).run(createRunMigration(ports), {
    releaseId,
    cluster,
    migration,
    service: 'api',
    taskDefinition,
    pollIntervalMs: 200,
    mayStart: true,
  });
};

/** The heartbeat of an attempt that died before RunTask answered. */
const recent = () => ({
  services: {},
  memory: { askedAtMs: Date.now(), placement: 1, noRoomSinceMs: null, taskArn: null, toldAtMs: null },
});

describe('a migration', () => {
  it('that ends well has its exit code, and a second attempt finds the same task', async () => {
    const first = await migrate('deploy/one', ['sh', '-c', 'echo migrated']);
    expect(first).toEqual({
      taskArn: expect.stringMatching(/:task\/production\//),
      exitCode: 0,
      ran: true,
      failure: null,
    });
    expect(await migrate('deploy/one', ['sh', '-c', 'echo migrated'], 60_000, 2)).toEqual(first);
  });

  it('finds the same task by its token, too, where ECS does not list it', async () => {
    const first = await migrate('deploy/token', ['true']);
    const { find } = ports.oneOffTasks;
    ports.oneOffTasks.find = async () => [];
    expect(await migrate('deploy/token', ['true'], 60_000, 2)).toEqual(first);
    ports.oneOffTasks.find = find;
  });

  it('finds the same task where the service was changed between two tries', async () => {
    const request = {
      cluster,
      service: 'api',
      taskDefinition,
      container: 'app',
      clientToken: 'twice',
      startedBy: 'slipway-migrate/twice',
    };
    const first = await ports.oneOffTasks.start({ ...request, command: ['true'] });
    expect(await ports.oneOffTasks.start({ ...request, command: ['false'] })).toEqual(first);
  });

  it('that fails tells why, with its log', async () => {
    expect(await migrate('deploy/two', ['sh', '-c', 'echo no such column; exit 3'])).toMatchObject({
      exitCode: 3,
      ran: true,
      failure: {
        summary: 'container app exited with code 3',
        evidence: [expect.stringContaining('app: exit code 3'), expect.stringContaining('no such column')],
      },
    });
  });

  it('whose program is not there has not run', async () => {
    expect(await migrate('deploy/three', ['/no/such/thing'])).toMatchObject({
      exitCode: null,
      ran: false,
      failure: { summary: expect.stringContaining('container app did not run: CannotStartContainerError') },
    });
  });

  it('is stopped at its time limit, and has ended when that is told', async () => {
    const result = await migrate('deploy/four', ['sleep', '60'], 3_000);
    expect(result).toMatchObject({
      exitCode: 137,
      failure: { summary: 'it ran longer than 3 s and was stopped, exit code 137' },
    });
    const task = await ports.oneOffTasks.look(cluster, result.taskArn ?? '');
    expect(task?.lastStatus).toBe('STOPPED');
  });
});

describe('a bake time', () => {
  const watch = (bake: Partial<BakePlan>): Promise<BakeResult> =>
    attempt().run(createWatchBake(ports), {
      cluster,
      bake: { durationMs: 4_000, alarms: [], logs: [], ...bake },
      pollIntervalMs: 500,
      services: [{ name: 'api', service: 'api', taskDefinition, deploymentId }],
    });
  const alarm = (AlarmName: string) =>
    cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        MetricName: 'errors',
        Namespace: 'shop',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    );
  const setAlarm = (AlarmName: string, StateValue: 'OK' | 'ALARM') =>
    cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: `set to ${StateValue}` }));
  const logs = (pattern: string, maximumPerMinute: number) => [{ service: 'api', pattern, maximumPerMinute }];

  it('passes where all is well, and says what was watched', async () => {
    await alarm('calm');
    await setAlarm('calm', 'OK');
    const { breaches, watched } = await watch({ alarms: ['calm'], logs: logs('FATAL', 0) });
    expect(breaches).toEqual([]);
    expect(watched).toEqual([
      expect.stringMatching(/^alarm calm: OK in \d+ looks, 0 could not be measured$/),
      expect.stringMatching(/^log "FATAL" of api: at most 0 a minute \(limit 0\) in \d+ looks, 0 could/),
      expect.stringMatching(/^tasks of api: \d+ looks, 0 could not be measured$/),
    ]);
  });

  it('ends where too many lines match, and shows them', async () => {
    const { breaches } = await watch({ durationMs: 60_000, logs: logs('ERROR', 2) });
    expect(breaches).toEqual([
      {
        summary: 'log "ERROR" of api: at least 3 matches within a minute (limit 2)',
        evidence: ['api: ERROR boom', 'api: ERROR boom', 'api: ERROR boom'],
      },
    ]);
  });

  it('ends where an alarm goes off', async () => {
    await alarm('loud');
    await setAlarm('loud', 'OK');
    const watching = watch({ durationMs: 60_000, alarms: ['loud'] });
    await delay(1_200);
    await setAlarm('loud', 'ALARM');
    expect(await watching).toMatchObject({
      breaches: [{ summary: 'alarm loud went into ALARM', evidence: ['loud: set to ALARM'] }],
    });
  });
});
