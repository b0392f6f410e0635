/**
 * One try to bring services, or `latest`, back: what still fails afterwards and why, by name. Each service has an
 * answer of its own, so that one that is stuck does not keep the others from their baseline.
 */
import { isCancellation } from '@temporalio/workflow';
import type { LatestTag, Rollout, RolloutTarget } from '../../activities/contracts/rollout.ts';
import type { ClaimedPlan } from '../../release/plan.ts';
import { restoresOf } from '../pools/deploy.ts';
import { causeOf, TURN_LOST } from '../release-failure.ts';
import { healthTargets } from './health-targets.ts';
import type { Looks } from './looks.ts';

/** Name → why it is not restored. */
export type Failing = ReadonlyMap<string, string>;

export interface RestoreResult {
  readonly failing: Failing;
  /** What brought services back, for a later look. */
  readonly rollouts: readonly Rollout[];
  /** Changed by somebody else: theirs. */
  readonly foreign: readonly { readonly name: string; readonly summary: string }[];
}

interface Restoring {
  readonly compensation: { readonly looks: Looks };
  readonly plan: ClaimedPlan;
}

type Note = (answer: { name: string; kind: string; summary: string }) => void;

export const restoreServices = (
  restoring: Restoring,
  targets: readonly RolloutTarget[],
): Promise<RestoreResult> =>
  answersOf(targets, async (note, isOpen) => {
    const rollouts = await goBack(restoring, targets, note);
    await checkHealth(restoring, targets.filter(isOpen), note);
    return rollouts;
  });

/** A last look at all that went back: what an early wave restored may have changed while others were waited for. */
export const lookAgain = (
  restoring: Restoring,
  targets: readonly RolloutTarget[],
  rollouts: readonly Rollout[],
): Promise<RestoreResult> =>
  answersOf(targets, async (note) => {
    await waitUntilBack(restoring, targets, rollouts, note);
    return rollouts;
  });

const answersOf = async (
  targets: readonly RolloutTarget[],
  work: (note: Note, isOpen: (target: RolloutTarget) => boolean) => Promise<readonly Rollout[]>,
): Promise<RestoreResult> => {
  const failing = new Map<string, string>();
  const foreign = new Map<string, string>();
  const note: Note = ({ name, kind, summary }) => {
    (kind === 'foreign-change' ? foreign : failing).set(name, summary);
  };
  const isOpen = ({ name }: RolloutTarget): boolean => !failing.has(name) && !foreign.has(name);
  let rollouts: readonly Rollout[] = [];
  try {
    rollouts = await work(note, isOpen);
  } catch (error) {
    if (isCancellation(error) || causeOf(error, '').kind === TURN_LOST) throw error;
    // Could not look or could not act at all; what had its answer before keeps it.
    const { summary } = causeOf(error, 'restore');
    for (const { name } of targets.filter(isOpen)) failing.set(name, summary);
  }
  return { failing, rollouts, foreign: [...foreign].map(([name, summary]) => ({ name, summary })) };
};

const goBack = async (
  restoring: Restoring,
  targets: readonly RolloutTarget[],
  note: Note,
): Promise<readonly Rollout[]> => {
  const { rollouts, problems } = await restoresOf(restoring.plan).updateServices({
    cluster: restoring.plan.cluster,
    updates: targets.flatMap(toUpdate),
    allOrNothing: false,
  });
  problems.forEach(note);
  await waitUntilBack(restoring, targets, rollouts, note);
  return rollouts;
};

const waitUntilBack = async (
  { compensation, plan }: Restoring,
  targets: readonly RolloutTarget[],
  rollouts: readonly Rollout[],
  note: Note,
): Promise<void> => {
  if (rollouts.length === 0) return;
  const oursOf = (name: string): string | null =>
    targets.find((target) => target.name === name)?.taskDefinition ?? null;
  const result = await restoresOf(plan).waitUntilStable({
    cluster: plan.cluster,
    timing: plan.timing,
    // Taken back from the baseline to ours is a restore that failed, and nobody else's change.
    rollouts: rollouts.map((rollout) => ({ ...rollout, baseline: oursOf(rollout.name) })),
    decideAll: true,
  });
  compensation.looks.noteStable(rollouts, result);
  result.failures.forEach(note);
};

const checkHealth = async (
  { compensation, plan }: Restoring,
  targets: readonly RolloutTarget[],
  note: Note,
): Promise<void> => {
  const asked = healthTargets(plan, targets, compensation.looks, null);
  if (asked.length === 0) return;
  const { failures } = await restoresOf(plan).checkHealth({ targets: asked, decideAll: true });
  for (const failure of failures) note({ ...failure, kind: 'unhealthy' });
};

/** `latest` is a label: what cannot be moved back is a warning. Where somebody else has moved it since, it is theirs. */
export const restoreLatest = async (
  plan: ClaimedPlan,
  latest: readonly LatestTag[],
): Promise<readonly string[]> => {
  const images = latest.flatMap(({ image, repositoryUri, digest, next }) =>
    digest === null ? [] : [{ image, repositoryUri, digest, onlyFrom: next }],
  );
  if (images.length === 0) return [];
  try {
    await restoresOf(plan).moveLatest({ images });
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
