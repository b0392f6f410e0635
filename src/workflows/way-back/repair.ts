/**
 * A release that was terminated in mid-flight leaves its mark and half a rollout. Before the next one records its own
 * baselines, everything that mark names goes back to where it was: newest first, by the same compensation. What a
 * person skips or gives up there is left as it is, and the release goes on: it may be the one that mends it. An abort
 * ends the release after that; where it is stuck, or waits for a decision, at once: then the mark stays for the next one.
 */
import { CancellationScope } from '@temporalio/workflow';
import type { ReleaseMark } from '../../activities/contracts/control.ts';
import { repairOf } from '../../release/broken-off.ts';
import type { Turn } from '../../release/environment/state.ts';
import type { ClaimedPlan } from '../../release/plan.ts';
import type { OperatorRecord, Repair } from '../../release/verdict.ts';
import { whereaboutsOf } from '../../release/whereabouts.ts';
import type { OperatorDesk } from '../desks/operator-desk.ts';
import { takes } from '../pools/control.ts';
import { findMigration } from '../stages/migration-stage.ts';
import type { StepBoard } from '../telling/step-board.ts';
import { Compensation } from './compensation.ts';
import { restoreAll } from './way-back.ts';

/** @param onRepaired gets what was done about each: its mark may go. */
export const repairInterrupted = async (
  plan: ClaimedPlan,
  turn: Turn,
  board: StepBoard,
  desk: OperatorDesk,
  onRepaired: (repair: Repair, warnings: readonly string[]) => void,
): Promise<void> => {
  const { app, environment, timing } = plan;
  const { pollIntervalMs } = timing;
  const found = await board.run(
    'repair',
    () => takes.takeTurn({ app, environment, turn, pollIntervalMs }),
    (marks) => ({ detail: marks.length === 0 ? 'nothing to repair' : `broken off: ${marks.length}` }),
  );
  for (const [index, mark] of found.toReversed().entries()) {
    const { done, warnings } = await CancellationScope.nonCancellable(() =>
      desk.repairing(() => repair(plan, mark, `${index + 1}`, board, desk)),
    );
    onRepaired(done, warnings);
  }
};

/** The environment may have moved since: what was left is put right where it was left, by those who may. */
const whereItWas = ({ deployQueue: _, ...plan }: ClaimedPlan, mark: ReleaseMark): ClaimedPlan => ({
  ...plan,
  ...whereaboutsOf(mark),
});

const repair = async (
  claimed: ClaimedPlan,
  mark: ReleaseMark,
  label: string,
  board: StepBoard,
  desk: OperatorDesk,
): Promise<{ readonly done: Repair; readonly warnings: readonly string[] }> => {
  const plan = whereItWas(claimed, mark);
  const compensation = new Compensation();
  // A first deployment has nothing to go back to; the next one that completes will be its baseline.
  const targetsOf = (wave: ReleaseMark['waves'][number]) =>
    wave.targets.filter(({ baseline }) => baseline.restoreTo !== null);
  for (const wave of mark.waves) {
    const targets = targetsOf(wave);
    if (targets.length > 0) compensation.willTouch({ ...wave, targets });
  }
  compensation.willMoveLatest(mark.latest);
  const announce = (name: string): string => board.announce('repair', `${label}.${name}`);
  const decision = await decideOnMigration(plan, mark, announce, board, desk);
  if (decision?.action === 'give-up') compensation.leaveAsItIs(decision);
  const warnings =
    decision?.action === 'give-up' ? [] : await restoreAll({ compensation, plan, board, desk, announce });
  const reports = compensation.reports(mark.waves.flatMap(targetsOf), false);
  return { done: repairOf(mark.releaseId, reports), warnings };
};

/** Its migration may still run, or have made a schema that the old version does not fit. Null: nobody had to decide. */
const decideOnMigration = async (
  plan: ClaimedPlan,
  { migration, releaseId }: ReleaseMark,
  announce: (name: string) => string,
  board: StepBoard,
  desk: OperatorDesk,
): Promise<OperatorRecord | null> => {
  if (!migration) return null;
  const { ran } = await board.run(
    announce('migration'),
    () => findMigration(plan, migration),
    (result) => ({ detail: result.ran ? 'it has run' : 'it is not known to have run' }),
  );
  if (migration.migration.reversible) return null;
  const what = ran ? 'has run a migration' : 'may have run a migration';
  return desk.decision(
    `release ${releaseId} was broken off and ${what} that cannot be undone: roll its services back over it (rollback), or leave them as they are and go on (give-up)?`,
  );
};
