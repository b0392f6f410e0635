/** What runs of a service at one moment, as one line for people who decide what becomes of it. */
import { shortArn } from '../short-arn.ts';
import { type DeploymentView, primaryOf, type ServiceView } from './observation.ts';

/**
 * E.g. `1 task of api:5 serves; ECS still tries api:4 (0 of 1 running)`.
 * @param view undefined: ECS knows no such service
 */
export const describeServing = (view: ServiceView | undefined): string => {
  if (!view) return 'the service is gone';
  if (view.status !== 'ACTIVE') return `the service is ${view.status}`;
  if (view.desired === 0 && view.running === 0) {
    return `nothing runs (desired 0); it is set to ${shortArn(view.taskDefinition)}`;
  }
  const primary = primaryOf(view);
  const attempt = primary && isAttempt(primary) ? primary : undefined;
  const settled = view.deployments.filter((one) => one !== attempt && one.running > 0);
  const tasks = settled.length > 0 ? describeTasks(settled) : countOf(view.running);
  return attempt ? `${tasks}; ${describeAttempt(attempt)}` : tasks;
};

/** Not (or, where its tasks are lost, not any more) what the service stands on. */
const isAttempt = ({ rolloutState, running, desired }: DeploymentView): boolean => {
  if (rolloutState === 'COMPLETED') return running === 0 && desired > 0;
  // Behind a Classic Load Balancer ECS gives no rollout state: counts are all there is.
  return rolloutState !== null || running < desired;
};

/** Several deployments may be of one task definition, as after a rollback. */
const describeTasks = (deployments: readonly DeploymentView[]): string => {
  const counts = new Map<string, number>();
  for (const { taskDefinition, running } of deployments) {
    counts.set(taskDefinition, (counts.get(taskDefinition) ?? 0) + running);
  }
  const texts = [...counts].map(([version, count]) => `${tasksOf(count)} of ${shortArn(version)}`);
  // That tasks of a deployment which never completed serve is more than ECS has said.
  const verb = deployments.some(isUnproven) ? 'run' : 'serve';
  const isOne = [...counts.values()].join() === '1';
  return `${texts.join(' and ')} ${verb}${isOne ? 's' : ''}`;
};

const isUnproven = ({ rolloutState }: DeploymentView): boolean =>
  rolloutState === 'IN_PROGRESS' || rolloutState === 'FAILED';

const describeAttempt = ({ rolloutState, taskDefinition, running, desired }: DeploymentView): string => {
  const says = rolloutState === 'FAILED' ? 'ECS has given up' : 'ECS still tries';
  return `${says} ${shortArn(taskDefinition)} (${running} of ${desired} running)`;
};

const countOf = (running: number): string =>
  running === 0 ? 'no task runs' : `${tasksOf(running)} ${running === 1 ? 'runs' : 'run'}`;

const tasksOf = (count: number): string => `${count} ${count === 1 ? 'task' : 'tasks'}`;
