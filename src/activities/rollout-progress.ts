/**
 * How a service's rollout stands, as heartbeats carry it to those who watch: small, as a wave may have a hundred of
 * them, and whoever reads it may be of another version.
 */
import type { Judgement } from '../release/judging/judge.ts';
import type { DeploymentView, ServiceView } from '../release/judging/observation.ts';
import type { TargetCounts } from './target-watch.ts';

/** Zeros of `pending` and `failed` are left out. */
export interface TaskCounts {
  readonly running: number;
  readonly desired: number;
  readonly pending?: number;
  readonly failed?: number;
}

export interface RolloutProgress {
  readonly phase: string;
  /** One line; holds text of containers and of ECS. */
  readonly detail: string;
  /** Of our deployment, and of all others together; absent where the service could not be seen. */
  readonly tasks?: { readonly old: TaskCounts; readonly new: TaskCounts };
  /** Of its target groups, those of old and new tasks together; absent where it has none or they could not be asked. */
  readonly targets?: TargetCounts;
}

const LONGEST_DETAIL = 300;

export const rolloutProgress = (
  judgement: Judgement,
  view: ServiceView | undefined,
  deploymentId: string,
  targets: TargetCounts | undefined,
): RolloutProgress => {
  const { phase, detail } = shown(judgement);
  return {
    phase,
    detail: detail.length <= LONGEST_DETAIL ? detail : `${detail.slice(0, LONGEST_DETAIL - 1)}…`,
    ...(view ? { tasks: tasksOf(view, deploymentId) } : {}),
    ...(targets ? { targets } : {}),
  };
};

const tasksOf = (
  { deployments }: ServiceView,
  deploymentId: string,
): NonNullable<RolloutProgress['tasks']> => ({
  old: counted(deployments.filter(({ id }) => id !== deploymentId)),
  new: counted(deployments.filter(({ id }) => id === deploymentId)),
});

const counted = (deployments: readonly DeploymentView[]): TaskCounts => {
  const sum = (read: (deployment: DeploymentView) => number): number =>
    deployments.reduce((all, deployment) => all + read(deployment), 0);
  const [pending, failed] = [sum((one) => one.pending), sum((one) => one.failed)];
  return {
    running: sum((one) => one.running),
    desired: sum((one) => one.desired),
    ...(pending > 0 ? { pending } : {}),
    ...(failed > 0 ? { failed } : {}),
  };
};

const shown = (judgement: Judgement): { readonly phase: string; readonly detail: string } => {
  switch (judgement.state) {
    case 'waiting':
      return { phase: judgement.phase, detail: judgement.detail };
    case 'stable':
      return { phase: 'stable', detail: '' };
    case 'empty':
      return { phase: 'stable', detail: 'scaled to zero' };
    case 'failed':
      return { phase: 'failed', detail: judgement.summary };
  }
};
