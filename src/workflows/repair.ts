/**
 * A release that was terminated in mid-flight leaves its mark and half a rollout. Before the next one records its own
 * baselines, everything that mark names goes back to where it was: newest first, by the same compensation.
 */
import { CancellationScope } from '@temporalio/workflow';
import type { ReleaseMark } from '../activities/contract.ts';
import type { Plan } from '../release/plan.ts';
import { Compensation } from './compensation.ts';
import type { OperatorDesk } from './operator-desk.ts';
import { looksBack } from './proxies.ts';
import { ReleaseFailure } from './release-failure.ts';
import type { StepBoard } from './step-board.ts';

export interface Repair {
  /** Release ids whose marks may go. */
  readonly repaired: readonly string[];
  readonly warnings: readonly string[];
}

export const repairInterrupted = async (
  plan: Plan,
  releaseId: string,
  board: StepBoard,
  desk: OperatorDesk,
): Promise<Repair> => {
  const { app, environment, timing } = plan;
  const { pollIntervalMs } = timing;
  const found = await looksBack.findInterrupted({ app, environment, releaseId, pollIntervalMs });
  const warnings: string[] = [];
  for (const mark of found.toReversed()) {
    const line = await CancellationScope.nonCancellable(() => repair(plan, mark, board, desk));
    warnings.push(line);
  }
  return { repaired: found.map((mark) => mark.releaseId), warnings };
};

const repair = async (
  plan: Plan,
  mark: ReleaseMark,
  board: StepBoard,
  desk: OperatorDesk,
): Promise<string> => {
  const compensation = new Compensation();
  // A first deployment has nothing to go back to; the next one that completes will be its baseline.
  const waves = mark.waves.map((wave) => ({
    ...wave,
    targets: wave.targets.filter(({ baseline }) => baseline.restoreTo !== null),
  }));
  for (const wave of waves) if (wave.targets.length > 0) compensation.willTouch(wave);
  compensation.willMoveLatest(mark.latest);
  const whole = await compensation.restore({ plan, cluster: mark.cluster, board, desk, kind: 'repair' });
  const reports = compensation.reports(
    waves.flatMap((wave) => wave.targets),
    false,
  );
  const services = reports.map(({ name, state }) => `${name} ${state}`).join(', ');
  const line = `release ${mark.releaseId} was broken off in mid-flight; put right first: ${services}`;
  if (!whole) {
    throw new ReleaseFailure(
      'repair-failed',
      'repair',
      `release ${mark.releaseId} was broken off in mid-flight, and not all of it could be put right: ${services}`,
      reports.flatMap(({ name, detail }) => (detail === undefined ? [] : [`${name}: ${detail}`])),
    );
  }
  return line;
};
