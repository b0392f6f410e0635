/**
 * Brings the services to their new task definitions, wave by wave: update, wait until stable, health check.
 * What a wave is about to touch is handed to the compensation *before* the first call of that wave.
 */
import type { Rollout, RolloutTarget } from '../../activities/contracts/rollout.ts';
import type { ClaimedPlan, Plan } from '../../release/plan.ts';
import type { OperatorDesk } from '../desks/operator-desk.ts';
import { deploysOf } from '../pools/deploy.ts';
import { ReleaseFailure } from '../release-failure.ts';
import type { StepBoard } from '../telling/step-board.ts';
import type { Compensation } from '../way-back/compensation.ts';
import { healthTargets } from '../way-back/health-targets.ts';

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

/** Returns the deployments that bring the new version; throws a ReleaseFailure when they do not. */
export const rollOutWaves = async (
  plan: ClaimedPlan,
  waves: readonly Wave[],
  board: StepBoard,
  desk: OperatorDesk,
  compensation: Compensation,
): Promise<readonly Rollout[]> => {
  const rollouts: Rollout[] = [];
  for (const wave of waves) {
    await desk.beforeChange();
    rollouts.push(...(await rollOutWave(plan, wave, board, compensation)));
  }
  return rollouts;
};

const rollOutWave = async (
  plan: ClaimedPlan,
  wave: Wave,
  board: StepBoard,
  compensation: Compensation,
): Promise<readonly Rollout[]> => {
  compensation.willTouch(wave);
  const rollouts = await board.run(
    `update:${wave.number}`,
    () => updateWave(plan, wave, compensation),
    (done) => ({ detail: done.map(describeRollout).join(', ') }),
  );
  await board.run(
    `stable:${wave.number}`,
    () => waitUntilStable(`stable:${wave.number}`, plan, wave.targets, rollouts, compensation),
    () => ({ detail: describeStable(wave, compensation) }),
  );
  await board.run(
    `health:${wave.number}`,
    () => checkHealth(`health:${wave.number}`, plan, wave.targets, compensation),
    (detail) => ({ detail }),
  );
  return rollouts;
};

/** ECS starts no deployment for the task definition that a service has already. */
const describeRollout = ({ name, started }: Rollout): string =>
  started ? name : `${name} (was there already)`;

const describeStable = ({ targets }: Wave, { looks }: Compensation): string =>
  targets.map(({ name }) => (looks.isEmpty(name) ? `${name} (scaled to zero)` : name)).join(', ');

const updateWave = async (
  plan: ClaimedPlan,
  wave: Wave,
  compensation: Compensation,
): Promise<readonly Rollout[]> => {
  const { rollouts, problems, untouched } = await deploysOf(plan).updateServices({
    cluster: plan.cluster,
    updates: wave.targets.map(({ name, service, taskDefinition, found }) => ({
      name,
      service,
      taskDefinition,
      acceptable: [],
      from: [found],
    })),
    allOrNothing: true,
  });
  compensation.leaveAlone(problems.filter((problem) => problem.kind === 'foreign-change'));
  if (problems.length > 0 && untouched) compensation.didNotTouch(wave);
  throwFirst(`update:${wave.number}`, problems);
  refuseOthers(wave, rollouts);
  return rollouts;
};

/**
 * A last look at all of them: what an earlier wave brought may have been changed while later ones were waited for.
 * One that had no task to ask for its health, and has one now, is asked.
 */
export const verifyAll = (
  plan: ClaimedPlan,
  waves: readonly Wave[],
  rollouts: readonly Rollout[],
  board: StepBoard,
  compensation: Compensation,
): Promise<void> =>
  board.run('verify', async () => {
    const targets = waves.flatMap((wave) => wave.targets);
    await waitUntilStable('verify', plan, targets, rollouts, compensation);
    const unasked = targets.filter(({ name }) => !compensation.looks.isHealthy(name));
    await checkHealth('verify', plan, unasked, compensation);
  });

/** The verdict stands on this: a rollout of anything but our own task definition must never pass for ours. */
const refuseOthers = (wave: Wave, rollouts: readonly Rollout[]): void => {
  for (const { name, taskDefinition } of wave.targets) {
    const rollout = rollouts.find((candidate) => candidate.name === name);
    if (rollout?.taskDefinition === taskDefinition) continue;
    const got = rollout?.taskDefinition ?? 'no deployment';
    throw new ReleaseFailure(
      'internal-error',
      `update:${wave.number}`,
      `${name}: asked for ${taskDefinition}, got ${got}`,
    );
  }
};

const waitUntilStable = async (
  step: string,
  plan: ClaimedPlan,
  targets: readonly RolloutTarget[],
  rollouts: readonly Rollout[],
  compensation: Compensation,
): Promise<void> => {
  const baselineOf = (name: string): string | null =>
    targets.find((target) => target.name === name)?.baseline.taskDefinition ?? null;
  const result = await deploysOf(plan).waitUntilStable({
    cluster: plan.cluster,
    timing: plan.timing,
    rollouts: rollouts.map((rollout) => ({ ...rollout, baseline: baselineOf(rollout.name) })),
    decideAll: false,
  });
  const { failures } = result;
  compensation.looks.noteStable(rollouts, result);
  compensation.leaveAlone(failures.filter((failure) => failure.kind === 'foreign-change'));
  throwFirst(step, failures);
};

/** Returns a line about what was asked. */
const checkHealth = async (
  step: string,
  plan: ClaimedPlan,
  of: readonly RolloutTarget[],
  { looks }: Compensation,
): Promise<string> => {
  const targets = healthTargets(plan, of, looks, plan.commit.sha);
  if (targets.length === 0) return 'nothing to ask: no health check of its own, or scaled to zero';
  const { failures } = await deploysOf(plan).checkHealth({ targets, decideAll: false });
  throwFirst(
    step,
    failures.map((failure) => ({ ...failure, kind: 'unhealthy' })),
  );
  const asked = targets.map(({ name }) => name);
  looks.noteHealthy(asked);
  return asked.join(', ');
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
