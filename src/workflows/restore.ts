/**
 * One try to bring services, or `latest`, back: what still fails afterwards and why, by name. Each service has an
 * answer of its own, so that one that is stuck does not keep the others from their baseline.
 */
import { isCancellation } from '@temporalio/workflow';
import type { LatestTag, RolloutTarget, StabilityResult } from '../activities/contract.ts';
import type { Plan } from '../release/plan.ts';
import { healthTargets } from './health-targets.ts';
import { restoresOf } from './proxies.ts';
import { causeOf } from './release-failure.ts';

/** Name → why it is not restored. */
export type Failing = ReadonlyMap<string, string>;

export interface RestoreResult {
  readonly failing: Failing;
  /** Changed by somebody else: theirs. */
  readonly foreign: readonly { readonly name: string; readonly summary: string }[];
}

interface Restoring {
  readonly plan: Plan;
  readonly cluster: string;
}

export const restoreServices = async (
  { plan, cluster }: Restoring,
  { targets }: { readonly targets: readonly RolloutTarget[] },
): Promise<RestoreResult> => {
  const names = targets.map((target) => target.name);
  const failing = new Map<string, string>();
  const foreign: { name: string; summary: string }[] = [];
  const note = ({ name, kind, summary }: { name: string; kind: string; summary: string }): void => {
    if (kind === 'foreign-change') foreign.push({ name, summary });
    else failing.set(name, summary);
  };
  const restores = restoresOf(plan.timing);
  const failed = await orFailing(names, async () => {
    const { rollouts, problems } = await restores.updateServices({
      cluster,
      updates: targets.flatMap(toUpdate),
      allOrNothing: false,
    });
    problems.forEach(note);
    if (rollouts.length === 0) return;
    const stable: StabilityResult = await restores.waitUntilStable({
      cluster,
      timing: plan.timing,
      rollouts: rollouts.map((rollout) => ({ ...rollout, baseline: null })),
      decideAll: true,
    });
    stable.failures.forEach(note);
    const undecided = new Set([...failing.keys(), ...foreign.map(({ name }) => name)]);
    const asked = healthTargets(
      plan,
      targets.filter((target) => !undecided.has(target.name)),
      null,
    );
    if (asked.length === 0) return;
    const health = await restores.checkHealth({ targets: asked, decideAll: true });
    for (const failure of health.failures) note({ ...failure, kind: 'unhealthy' });
  });
  // What had its answer before the call that could not be made keeps it.
  const left = new Set(foreign.map(({ name }) => name));
  for (const [name, why] of failed) if (!left.has(name) && !failing.has(name)) failing.set(name, why);
  return { failing, foreign };
};

export const restoreLatest = async ({ plan }: Restoring, latest: readonly LatestTag[]): Promise<Failing> => {
  const images = latest.flatMap(({ image, repositoryUri, digest }) => {
    return digest === null ? [] : [{ image, repositoryUri, digest }];
  });
  return orFailing(['latest'], () => restoresOf(plan.timing).moveLatest({ images }));
};

/** Could not look or could not act at all: then all of them fail, for that reason. */
const orFailing = async (names: readonly string[], work: () => Promise<void>): Promise<Failing> => {
  try {
    await work();
    return new Map();
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { summary } = causeOf(error, 'restore');
    return new Map(names.map((name) => [name, summary]));
  }
};

/** From ours or from any state that the release found it in; anything else is somebody else's. */
const toUpdate = ({ name, service, baseline, taskDefinition, found }: RolloutTarget) =>
  baseline.restoreTo === null || baseline.taskDefinition === null
    ? []
    : [
        {
          name,
          service,
          taskDefinition: baseline.restoreTo,
          acceptable: [baseline.taskDefinition],
          from: [taskDefinition, found],
        },
      ];
