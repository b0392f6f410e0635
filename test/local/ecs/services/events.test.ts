// What ECS says, word by word, and how often it says it. The sentences on the right are AWS's, from its documents
// ("Service event messages", "Stopped tasks error codes") or from events of real services that people published.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ServiceRecord } from '../../../../src/local/ecs/model.ts';
import { addEvent } from '../../../../src/local/ecs/services/service-events.ts';
import * as texts from '../../../../src/local/ecs/texts.ts';
import { behindBalancer, events, type Harness, startHarness } from '../harness.ts';

const id = 'ecs-svc/5437561342765432190';
const group = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef';

describe('the text of an event', () => {
  it.each([
    [texts.steady('web'), '(service web) has reached a steady state.'],
    [texts.started('web', ['a', 'b']), '(service web) has started 2 tasks: (task a) (task b).'],
    [
      texts.started('web', ['a'], 1),
      '(service web) has started 1 tasks: (task a). Amazon ECS replaced 1 tasks due to an unhealthy status.',
    ],
    [texts.stopped('web', ['a']), '(service web) has stopped 1 running tasks: (task a).'],
    [texts.stoppedPending('web', 2), '(service web) stopped 2 pending tasks.'],
    [
      texts.draining('web', id, 2),
      '(service web, taskSet ecs-svc/5437561342765432190) has begun draining connections on 2 tasks.',
    ],
    [texts.registered('web', 1, group), `(service web) registered 1 targets in (target-group ${group})`],
    [texts.deregistered('web', 1, group), `(service web) deregistered 1 targets in (target-group ${group})`],
    [
      texts.deploymentCompleted('web', id),
      '(service web) (deployment ecs-svc/5437561342765432190) deployment completed.',
    ],
    [
      texts.deploymentFailed('web', id, 'circuit-breaker'),
      '(service web) (deployment ecs-svc/5437561342765432190) deployment failed: tasks failed to start.',
    ],
    [
      texts.deploymentFailed('web', id, 'alarms'),
      '(service web) (deployment ecs-svc/5437561342765432190) deployment failed: alarm detected.',
    ],
    [texts.rollingBack('web', id), '(service web) rolling back to deployment ecs-svc/5437561342765432190.'],
    [
      texts.startsThrottled('web'),
      '(service web) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
    ],
    [
      texts.stuckWindow('web'),
      '(service web) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.',
    ],
    [
      texts.unableToPlace('web', 'Reason: No Container Instances were found in your cluster.'),
      '(service web) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
    ],
    [
      texts.unableToPlace(
        'web',
        'The closest matching (container-instance 0123) has insufficient memory available.',
      ),
      '(service web) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance 0123) has insufficient memory available. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
    ],
    [
      texts.failedTargetChecks(
        'web',
        'instance i-0123456789abcdef0',
        32875,
        group,
        'Health checks failed with these codes: [400]',
      ),
      `(service web) (instance i-0123456789abcdef0) (port 32875) is unhealthy in (target-group ${group}) due to (reason Health checks failed with these codes: [400]).`,
    ],
    [
      texts.failedTargetChecks('web', 'task a', 8080, group, 'Request timed out'),
      `(service web) (task a) (port 8080) is unhealthy in (target-group ${group}) due to (reason Request timed out).`,
    ],
    [texts.failedContainerChecks('web', 'a'), '(service web) (task a) failed container health checks.'],
  ])('%s', (ours, theirs) => {
    expect(ours).toBe(theirs);
  });
});

describe('the reason', () => {
  it.each([
    ['stoppedReason', texts.reasons.scaling(id), `Scaling activity initiated by (deployment ${id})`],
    ['stoppedReason', texts.reasons.essentialExited, 'Essential container in task exited'],
    ['stoppedReason', texts.reasons.containerHealth, 'Task failed container health checks'],
    [
      'stoppedReason',
      texts.reasons.targetHealth(group),
      `Task failed ELB health checks in (target-group ${group})`,
    ],
    ['stoppedReason', texts.reasons.byUser, 'Task stopped by user'],
    ['rolloutStateReason', texts.rollout.inProgress(id), `ECS deployment ${id} in progress.`],
    ['rolloutStateReason', texts.rollout.completed(id), `ECS deployment ${id} completed.`],
    [
      'rolloutStateReason',
      texts.rollout.failed['circuit-breaker'],
      'ECS deployment circuit breaker: tasks failed to start.',
    ],
    [
      'rolloutStateReason',
      texts.rollout.rollingBack(id, 'circuit-breaker'),
      `ECS deployment circuit breaker: rolling back to deploymentId ${id}.`,
    ],
    [
      'statusReason',
      texts.serviceDeployment.rolledBack('circuit-breaker'),
      'Service deployment rolled back because the circuit breaker threshold was exceeded.',
    ],
    [
      'statusReason',
      texts.serviceDeployment.rolledBack('alarms'),
      'Service deployment rolled back because of one or more active alarms.',
    ],
    ['statusReason', texts.serviceDeployment.rolledBack('user'), 'Service deployment rolled back by user.'],
    [
      'statusReason',
      texts.serviceDeployment.noCandidate('user'),
      'No rollback candidate was found to run the rollback.',
    ],
  ])('%s: %s', (_where, ours, theirs) => {
    expect(ours).toBe(theirs);
  });
});

describe('events', () => {
  const stuck = texts.stuckWindow('web');
  const hour = 60 * 60 * 1000;
  let service: ServiceRecord;
  const messages = (): string[] => service.events.map(({ message }) => message).reverse();
  beforeEach(() => {
    service = { name: 'web', events: [], deployments: [] } as unknown as ServiceRecord;
  });

  it('do not repeat the newest within six hours', () => {
    addEvent(service, 'a', 1);
    addEvent(service, 'a', 6 * hour);
    expect(messages()).toEqual(['a']);
    addEvent(service, 'a', 6 * hour + 1);
    addEvent(service, 'b', 6 * hour + 1);
    addEvent(service, 'a', 6 * hour + 1);
    expect(messages()).toEqual(['a', 'a', 'b', 'a']);
  });

  it('do not repeat what lasts, whatever else is said meanwhile', () => {
    addEvent(service, stuck, 0);
    addEvent(service, 'a', 1);
    addEvent(service, stuck, 2);
    expect(messages()).toEqual([stuck, 'a']);
  });

  it.each([
    ['a steady state', () => addEvent(service, texts.steady('web'), 2)],
    [
      'a new deployment',
      () => {
        service.deployments = [{ status: 'PRIMARY', rolloutState: 'IN_PROGRESS', createdAtMs: 2 } as never];
      },
    ],
  ])('repeat what lasts after %s', (_what, happens) => {
    addEvent(service, stuck, 1);
    happens();
    addEvent(service, stuck, 3);
    expect(messages().filter((message) => message === stuck)).toHaveLength(2);
  });
});

describe('a service', () => {
  let ecs: Harness;
  beforeEach(async () => {
    ecs = await startHarness();
    await ecs.register();
  });
  afterEach(() => ecs.close());

  it('tells running tasks that it stops from those that were still pending', async () => {
    await ecs.createService({ desiredCount: 2, ...behindBalancer });
    await ecs.stable();
    ecs.runtime.pull = () => new Promise(() => undefined);
    await ecs.call('UpdateService', { service: 'web', desiredCount: 4 });
    await ecs.until('two are pending', async () => (await ecs.service()).pendingCount === 2);
    await ecs.call('UpdateService', { service: 'web', desiredCount: 0 });
    await ecs.until('none is left', async () => (await ecs.tasks()).length === 0);
    const said = events(await ecs.service());
    expect(said).toContainEqual(
      expect.stringMatching(/ has stopped 2 running tasks: \(task \w+\) \(task \w+\)\.$/),
    );
    expect(said).toContain('(service web) stopped 2 pending tasks.');
    const [deployment] = (await ecs.service()).deployments ?? [];
    expect(said).toContain(texts.draining('web', deployment?.id ?? '', 2));
  });

  it('says so once when it cannot place a task, and does not go on about it', async () => {
    await ecs.close();
    ecs = await startHarness(undefined, {
      containerInstances: [{ cpuArchitecture: 'X86_64', cpu: 4096, memoryMiB: 150 }],
      timing: { healthyGraceMs: 5, placementRetryMs: 5 },
    });
    await ecs.register();
    await ecs.createService({ desiredCount: 3 });
    await ecs.until('two run', async () => (await ecs.service()).runningCount === 2);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const unable = events(await ecs.service()).filter((text) => text.includes('unable to place'));
    expect(unable).toHaveLength(1);
  });

  it.each([1, 3])(
    'that may be at 0 %% and no more than 100 %% stops %i tasks before it starts as many',
    async (count) => {
      await ecs.close();
      ecs = await startHarness(
        // Who waits for that waits for longer than the test.
        { healthyGraceMs: 5, placementRetryMs: 60_000 },
        { containerInstances: Array(count).fill({ cpuArchitecture: 'X86_64', cpu: 1024, memoryMiB: 1024 }) },
      );
      const fixedPort = {
        containerDefinitions: [
          {
            name: 'web',
            image: 'web:1',
            memory: 64,
            portMappings: [{ containerPort: 8080, hostPort: 8080 }],
          },
        ],
      };
      await ecs.register(fixedPort);
      const deploymentConfiguration = { minimumHealthyPercent: 0, maximumPercent: 100 };
      await ecs.createService({ desiredCount: count, launchType: 'EC2', deploymentConfiguration });
      const before = events(await ecs.stable()).length;
      await ecs.call('UpdateService', { service: 'web', taskDefinition: await ecs.register(fixedPort) });
      const said = events(await ecs.stable())
        .reverse()
        .slice(before);
      const moves = said.flatMap((text) => / has (stopped|started) \d|unable/.exec(text)?.[0] ?? []);
      expect(moves[0]).toBe(` has stopped ${count}`);
      expect(new Set(moves.slice(1).map((move) => move.replace(/\d$/, '')))).toEqual(
        new Set([' has started ']),
      );
      expect(said.filter((text) => text.includes('unable'))).toEqual([]);
    },
  );
});
