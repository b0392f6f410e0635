import { describe, expect, it } from '@jest/globals';
import {
  toRunningTask,
  toServiceDeploymentView,
  toServiceView,
  toStoppedTask,
} from '../../src/aws/ecs-views.ts';

describe('toServiceView', () => {
  it('takes over what decisions need', () => {
    expect(
      toServiceView({
        serviceName: 'api',
        serviceArn: 'arn',
        status: 'ACTIVE',
        taskDefinition: 'api:8',
        desiredCount: 3,
        runningCount: 2,
        pendingCount: 1,
        createdAt: new Date(1_000),
        deployments: [
          {
            id: 'ecs-svc/1',
            status: 'PRIMARY',
            taskDefinition: 'api:8',
            desiredCount: 3,
            runningCount: 2,
            pendingCount: 1,
            failedTasks: 4,
            rolloutState: 'IN_PROGRESS',
            rolloutStateReason: 'why',
            createdAt: new Date(2_000),
          },
        ],
        loadBalancers: [{ targetGroupArn: 'tg/api' }, { loadBalancerName: 'classic' }],
        events: [{ id: '1', createdAt: new Date(3_000), message: 'text' }],
      }),
    ).toEqual({
      targetGroups: ['tg/api'],
      name: 'api',
      arn: 'arn',
      status: 'ACTIVE',
      taskDefinition: 'api:8',
      desired: 3,
      running: 2,
      pending: 1,
      createdAtMs: 1_000,
      deployments: [
        {
          id: 'ecs-svc/1',
          status: 'PRIMARY',
          taskDefinition: 'api:8',
          desired: 3,
          running: 2,
          pending: 1,
          failed: 4,
          rolloutState: 'IN_PROGRESS',
          rolloutReason: 'why',
          createdAtMs: 2_000,
        },
      ],
      events: [{ atMs: 3_000, message: 'text' }],
    });
  });

  it('has no undefined where AWS leaves a field out', () => {
    const view = toServiceView({ deployments: [{}], events: [{}] });
    expect(view).toMatchObject({ desired: 0, deployments: [{ rolloutState: null, rolloutReason: null }] });
    expect(JSON.parse(JSON.stringify(view))).toEqual(view);
    expect(toServiceView({})).toMatchObject({ deployments: [], events: [] });
  });
});

describe('toStoppedTask', () => {
  it('takes over why and how each container ended', () => {
    expect(
      toStoppedTask({
        taskArn: 'arn',
        startedBy: 'ecs-svc/1',
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        lastStatus: 'STOPPED',
        createdAt: new Date(1_000),
        stoppingAt: new Date(2_000),
        stoppedAt: new Date(3_000),
        containers: [
          { name: 'app', exitCode: 0, reason: 'why', healthStatus: 'UNHEALTHY' },
          { name: 'proxy' },
        ],
      }),
    ).toEqual({
      arn: 'arn',
      startedBy: 'ecs-svc/1',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      lastStatus: 'STOPPED',
      createdAtMs: 1_000,
      stoppedAtMs: 3_000,
      containers: [
        { name: 'app', exitCode: 0, reason: 'why', healthStatus: 'UNHEALTHY' },
        { name: 'proxy', exitCode: null, reason: null, healthStatus: null },
      ],
    });
  });

  it('dates a task that is still stopping by when that began', () => {
    const task = toStoppedTask({ lastStatus: 'DEACTIVATING', stoppingAt: new Date(2_000) });
    expect(task).toMatchObject({
      lastStatus: 'DEACTIVATING',
      stoppedAtMs: 2_000,
      stopCode: null,
      containers: [],
    });
  });
});

describe('toRunningTask', () => {
  it('knows by what targets its task is found: addresses of its own, or ports of its host', () => {
    expect(
      toRunningTask({
        taskArn: 'arn',
        startedBy: 'ecs-svc/1',
        createdAt: new Date(1_000),
        attachments: [
          {
            details: [
              { name: 'subnetId', value: 'subnet-1' },
              { name: 'privateIPv4Address', value: '10.0.0.8' },
            ],
          },
        ],
        containers: [
          {
            name: 'app',
            healthStatus: 'UNHEALTHY',
            networkInterfaces: [{ privateIpv4Address: '10.0.0.7' }],
            networkBindings: [{ hostPort: 32_768 }],
          },
          { name: 'proxy' },
        ],
      }),
    ).toEqual({
      arn: 'arn',
      startedBy: 'ecs-svc/1',
      createdAtMs: 1_000,
      containers: [
        { name: 'app', healthStatus: 'UNHEALTHY' },
        { name: 'proxy', healthStatus: null },
      ],
      addresses: ['10.0.0.7', '10.0.0.8'],
      hostPorts: [32_768],
    });
  });
});

describe('toServiceDeploymentView', () => {
  it('takes over who took it back, and why', () => {
    expect(
      toServiceDeploymentView({
        serviceDeploymentArn: 'arn',
        status: 'ROLLBACK_IN_PROGRESS',
        statusReason: 'short',
        rollback: { reason: 'long' },
        deploymentCircuitBreaker: { status: 'TRIGGERED', failureCount: 3, threshold: 3 },
        alarms: { status: 'MONITORING', triggeredAlarmNames: ['errors'] },
      }),
    ).toEqual({
      arn: 'arn',
      status: 'ROLLBACK_IN_PROGRESS',
      reason: 'long',
      breaker: { triggered: true, failures: 3, threshold: 3 },
      alarms: { watched: true, triggered: ['errors'] },
    });
  });

  it('does without all of it', () => {
    expect(toServiceDeploymentView({})).toEqual({
      arn: '',
      status: '',
      reason: null,
      breaker: { triggered: false, failures: 0, threshold: 0 },
      alarms: { watched: false, triggered: [] },
    });
  });
});
