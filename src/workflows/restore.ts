/**
 * One try to bring services, or `latest`, back: what still fails afterwards and why, by name. Each service has an
 * answer of its own, so that one that is stuck does not keep the others from their baseline.
 */
import { isCancellation } from '@temporalio/workflow';
import type { LatestTag, RolloutTarget } from '../activities/contract.ts';
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
  restoring: Restoring,
  targets: readonly RolloutTarget[],
): Promise<RestoreResult> => {
  const failing = new Map<string, string>();
  const foreign = new Map<string, string>();
  const note = ({ name, kind, summary }: { name: string; kind: string; summary: string }): void => {
    (kind === 'foreign-change' ? foreign : failing).set(name, summary);
  };
  const isOpen = ({ name }: RolloutTarget): boolean => !failing.has(name) && !foreign.has(name);
  try {
    await goBack(restoring, targets, note);
    await checkHealth(restoring, targets.filter(isOpen), note);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // Could not look or could not act at all; what had its answer before keeps it.
    const { summary } = causeOf(error, 'restore');
    for (const { name } of targets.filter(isOpen)) failing.set(name, summary);
  }
  return { failing, foreign: [...foreign].map(([name, summary]) => ({ name, summary })) };
};

type Note = (answer: { name: string; kind: string; summary: string }) => void;

const goBack = async (
  { plan, cluster }: Restoring,
  targets: readonly RolloutTarget[],
  note: Note,
): Promise<void> => {
  const restores = restoresOf(plan.timing);
  const { rollouts, problems } = await restores.updateServices({
    cluster,
    updates: targets.flatMap(toUpdate),
    allOrNothing: false,
  });
  problems.forEach(note);
  if (rollouts.length === 0) return;
  const oursOf = (name: string): string | null =>
    targets.find((target) => target.name === name)?.taskDefinition ?? null;
  const { failures } = await restores.waitUntilStable({
    cluster,
    timing: plan.timing,
    // Taken back from the baseline to ours is a restore that failed, and nobody else's change.
    rollouts: rollouts.map((rollout) => ({ ...rollout, baseline: oursOf(rollout.name) })),
    decideAll: true,
  });
  failures.forEach(note);
};

const checkHealth = async (
  { plan }: Restoring,
  targets: readonly RolloutTarget[],
  note: Note,
): Promise<void> => {
  const asked = healthTargets(plan, targets, null);
  if (asked.length === 0) return;
  const { failures } = await restoresOf(plan.timing).checkHealth({ targets: asked, decideAll: true });
  for (const failure of failures) note({ ...failure, kind: 'unhealthy' });
};

/** `latest` is a label: what cannot be moved back is a warning. Where somebody else has moved it since, it is theirs. */
export const restoreLatest = async (plan: Plan, latest: readonly LatestTag[]): Promise<readonly string[]> => {
  const images = latest.flatMap(({ image, repositoryUri, digest, next }) =>
    digest === null ? [] : [{ image, repositoryUri, digest, onlyFrom: next }],
  );
  if (images.length === 0) return [];
  try {
    await restoresOf(plan.timing).moveLatest({ images });
    return [];
  } catch (error) {
    return [`\`latest\` was not moved back: ${causeOf(error, 'restore').summary}`];
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
