// ECS and CloudWatch of one endpoint, through the SDK: SetAlarmState in one ends a deployment in the other.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type Service,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type AwsEndpoint, startAwsEndpoint } from '../../../../src/local/endpoint.ts';
import { FakeRuntime } from '../fake-runtime.ts';
import { image, webDefinition } from '../harness.ts';

let folder: string;
let endpoint: AwsEndpoint;
const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local-secret' };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-alarms-'));
  endpoint = await startAwsEndpoint({
    folder,
    port: 0,
    accountId: '000000000000',
    region: 'us-east-1',
    ...credentials,
    registryUrl: 'http://127.0.0.1:1',
    instance: 'test',
    runtime: new FakeRuntime(),
    timing: { healthyGraceMs: 5 },
    strict: true,
    log: () => undefined,
  });
});
afterEach(async () => {
  await endpoint.close();
  await rm(folder, { recursive: true, force: true });
});

it('an alarm that is set to ALARM during the bake time rolls the deployment back', async () => {
  const config = { endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 };
  const ecs = new ECSClient(config);
  const cloudwatch = new CloudWatchClient(config);
  const service = async (): Promise<Service> => {
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ services: ['web'] }));
    return services[0] ?? {};
  };
  const until = async (condition: (seen: Service) => boolean): Promise<Service> => {
    for (const deadline = Date.now() + 5000; Date.now() < deadline; ) {
      const seen = await service();
      if (condition(seen)) return seen;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`never: ${condition}\n${JSON.stringify(await service(), null, 1)}`);
  };

  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'errors',
      Namespace: 'Web',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 10,
      EvaluationPeriods: 2,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
  await ecs.send(new CreateClusterCommand({}));
  const first = await ecs.send(new RegisterTaskDefinitionCommand(webDefinition));
  // Without alarms, so that the first deployment need not bake.
  await ecs.send(new CreateServiceCommand({ serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }));
  await until(({ deployments }) => deployments?.[0]?.rolloutState === 'COMPLETED');
  const second = await ecs.send(new RegisterTaskDefinitionCommand({ ...webDefinition, ...image('web:2') }));
  const { service: updated } = await ecs.send(
    new UpdateServiceCommand({
      service: 'web',
      taskDefinition: second.taskDefinition?.taskDefinitionArn,
      deploymentConfiguration: { alarms: { alarmNames: ['errors'], enable: true, rollback: true } },
    }),
  );
  await until(
    ({ deployments }) => deployments?.[0]?.runningCount === 1 && deployments[1]?.runningCount === 0,
  );
  await cloudwatch.send(
    new SetAlarmStateCommand({ AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'a test' }),
  );
  const after = await until(
    ({ deployments }) => deployments?.length === 1 && deployments[0]?.rolloutState === 'COMPLETED',
  );
  expect(after.taskDefinition).toBe(first.taskDefinition?.taskDefinitionArn);
  const { serviceDeployments } = await ecs.send(
    new DescribeServiceDeploymentsCommand({
      serviceDeploymentArns: [updated?.currentServiceDeployment ?? ''],
    }),
  );
  expect(serviceDeployments).toMatchObject([
    { status: 'ROLLBACK_SUCCESSFUL', alarms: { status: 'TRIGGERED', triggeredAlarmNames: ['errors'] } },
  ]);
});
