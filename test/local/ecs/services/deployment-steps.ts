// Steps that tests of service deployments share: where a rollout or a rollback is held still, and what is said of it.
import type {
  Service,
  ServiceDeployment,
  ServiceDeploymentBrief,
  ServiceDeploymentStatus,
} from '@aws-sdk/client-ecs';
import { behindBalancer, type Harness, image } from '../harness.ts';

export const breaker = {
  deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
};

export function deploymentSteps(ecs: () => Harness) {
  const update = async (input: Record<string, unknown>): Promise<Service> =>
    (await ecs().call<{ service: Service }>('UpdateService', { service: 'web', ...input })).service;

  async function list(more: Record<string, unknown> = {}): Promise<ServiceDeploymentBrief[]> {
    const { serviceDeployments } = await ecs().call<{ serviceDeployments: ServiceDeploymentBrief[] }>(
      'ListServiceDeployments',
      { service: 'web', ...more },
    );
    return serviceDeployments;
  }

  /** Newest first. */
  const statuses = async (): Promise<(ServiceDeploymentStatus | undefined)[]> =>
    (await list()).map(({ status }) => status);

  async function describeOne(arn: string | undefined): Promise<ServiceDeployment | undefined> {
    const { serviceDeployments } = await ecs().call<{ serviceDeployments: ServiceDeployment[] }>(
      'DescribeServiceDeployments',
      { serviceDeploymentArns: [arn] },
    );
    return serviceDeployments[0];
  }

  const stop = (arn: string | undefined, stopType?: string): Promise<unknown> =>
    ecs().call('StopServiceDeployment', { serviceDeploymentArn: arn, ...(stopType && { stopType }) });

  /** A service at rest, and an update of it whose tasks run but are not in service yet. */
  async function midRollout(more: Record<string, unknown> = {}): Promise<{ good: string; arn: string }> {
    const good = await ecs().register();
    await ecs().createService({ desiredCount: 2, ...behindBalancer, ...more });
    await ecs().stable();
    ecs().balancer.verdict = { state: 'initial' };
    const { currentServiceDeployment } = await update({
      taskDefinition: await ecs().register(image('web:2')),
    });
    await ecs().until('both run beside the old', async () => (await ecs().service()).runningCount === 4);
    return { good, arn: currentServiceDeployment ?? '' };
  }

  /** What was new drains and does not get done, so the rollback cannot end. */
  async function midRollback(): Promise<{ good: string; arn: string }> {
    const started = await midRollout();
    ecs().balancer.holdDraining = true;
    await stop(started.arn);
    await ecs().until('it goes back', async () => (await statuses())[0] === 'ROLLBACK_IN_PROGRESS');
    return started;
  }

  function letGo(): void {
    ecs().balancer.holdDraining = false;
    ecs().balancer.verdict = { state: 'healthy' };
    ecs().balancer.finishDraining();
  }

  /** Every target passes its checks from now on. */
  async function allHealthy(): Promise<void> {
    letGo();
    for (const task of await ecs().tasks()) {
      ecs().balancer.setHealth(task.taskArn?.split('/').at(-1) ?? '', { state: 'healthy' });
    }
  }

  return { update, list, statuses, describeOne, stop, midRollout, midRollback, letGo, allHealthy };
}
