/**
 * Brings the services to their new task definitions, wave by wave: update, wait until stable, health check.
 * What a wave is about to touch is handed to the compensation *before* the first call of that wave.
 */
import type { RolloutTarget } from '../activities/contract.ts';
import type { Plan } from '../release/plan.ts';
import type { Compensation } from './compensation.ts';
import { deploys } from './proxies.ts';
import { ReleaseFailure } from './release-failure.ts';
import type { StepBoard } from './step-board.ts';

export interface Wave {
  /** `1`, `2`, … as people see it in step ids. */
  readonly number: number;
  readonly targets: readonly RolloutTarget[];
}

export const wavesOf = (plan: Plan, targets: readonly RolloutTarget[]): readonly Wave[] =>
  plan.waves.map((names, index) => ({
    number: index + 1,
    targets: targets.filter((target) => names.includes(target.name)),
  }));

export const announceWaves = (plan: Plan, board: StepBoard): void => {
  for (const [index] of plan.waves.entries()) {
    for (const kind of ['update', 'stable', 'health'] as const) board.announce(kind, String(index + 1));
  }
};

export const rollOutWave = async (
  plan: Plan,
  wave: Wave,
  board: StepBoard,
  compensation: Compensation,
): Promise<void> => {
  const names = wave.targets.map((target) => target.name).join(', ');
  compensation.willTouch(wave);
  const rollouts = await board.run(
    `update:${wave.number}`,
    () =>
      deploys.updateServices({
        cluster: plan.cluster,
        updates: wave.targets.map(({ name, service, taskDefinition }) => ({
          name,
          service,
          taskDefinition,
          acceptable: [],
        })),
      }),
    () => ({ detail: names }),
  );
  const baselineOf = (name: string): string | null =>
    wave.targets.find((target) => target.name === name)?.baseline.taskDefinition ?? null;
  await board.run(
    `stable:${wave.number}`,
    async () => {
      const { failures } = await deploys.waitUntilStable({
        cluster: plan.cluster,
        timing: plan.timing,
        rollouts: rollouts.map((rollout) => ({ ...rollout, baseline: baselineOf(rollout.name) })),
      });
      compensation.leaveAlone(failures.filter((failure) => failure.kind === 'foreign-change'));
      throwFirst(`stable:${wave.number}`, failures);
    },
    () => ({ detail: names }),
  );
  await board.run(
    `health:${wave.number}`,
    () => checkWaveHealth(plan, wave, plan.commit.sha),
    (detail) => ({ detail }),
  );
};

/** Returns a line about what was asked; services without a health check, or scaled to zero, are named as such. */
export const checkWaveHealth = async (plan: Plan, wave: Wave, commit: string | null): Promise<string> => {
  const targets = wave.targets.flatMap((target) => {
    const health = plan.services.find((service) => service.name === target.name)?.health;
    return health && target.desired > 0 ? [{ name: target.name, health, commit }] : [];
  });
  if (targets.length === 0) return 'no service of this wave has a health check of its own';
  const { failures } = await deploys.checkHealth({ targets });
  throwFirst(
    `health:${wave.number}`,
    failures.map((failure) => ({ ...failure, kind: 'unhealthy' })),
  );
  return targets.map((target) => target.name).join(', ');
};

const throwFirst = (
  step: string,
  failures: readonly { name: string; kind: string; summary: string; evidence: readonly string[] }[],
): void => {
  const [first, ...others] = failures;
  if (!first) return;
  const also =
    others.length > 0
      ? ` (also: ${others.map((other) => `${other.name}: ${other.summary}`).join('; ')})`
      : '';
  throw new ReleaseFailure(first.kind, step, `${first.name}: ${first.summary}${also}`, first.evidence);
};
