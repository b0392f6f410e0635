/**
 * The last steps before the first change: what an earlier release left broken is put right, baselines are recorded,
 * and the mark of what is about to change is kept. From then on this release is the only one that changes anything.
 */
import type { PreparedRollout, RunMigrationInput } from '../activities/contract.ts';
import type { ReleaseMark } from '../activities/control-contract.ts';
import type { Plan } from '../release/plan.ts';
import type { ImageReport } from '../release/verdict.ts';
import { toDigests } from './build-stage.ts';
import { migrationOf } from './migration-stage.ts';
import type { OperatorDesk } from './operator-desk.ts';
import { deploysOf, marks } from './proxies.ts';
import { ReleaseFailure } from './release-failure.ts';
import { repairInterrupted } from './repair.ts';
import { type Wave, wavesOf } from './rollout-stage.ts';
import type { StepBoard } from './step-board.ts';

export interface ClaimParts {
  readonly plan: Plan;
  readonly images: readonly ImageReport[];
  readonly release: Pick<ReleaseMark, 'releaseId' | 'startedAtMs'>;
  readonly board: StepBoard;
  readonly desk: OperatorDesk;
  readonly onRepaired: (releaseId: string, warnings: readonly string[]) => void;
  readonly onPrepared: (prepared: PreparedRollout) => void;
}

export interface Claimed {
  readonly waves: readonly Wave[];
  readonly migration: RunMigrationInput | null;
}

/** Throws a ReleaseFailure where a release that was started later has succeeded in the meantime. */
export const claimEnvironment = async (parts: ClaimParts): Promise<Claimed> => {
  const { plan, release, board, desk } = parts;
  const { app, environment, cluster } = plan;
  const { releaseId } = release;
  const repaired: string[] = [];
  for (;;) {
    await desk.beforeChange();
    await repairInterrupted(plan, { releaseId, repaired }, board, desk, (other, warnings) => {
      repaired.push(other);
      parts.onRepaired(other, warnings);
    });
    const prepared = await board.run('register', () =>
      deploysOf(plan.timing).prepareRollout({ releaseId, plan, images: toDigests(parts.images) }),
    );
    parts.onPrepared(prepared);
    const { targets, latest } = prepared;
    const waves = wavesOf(plan, targets);
    const migration = migrationOf(plan, targets, releaseId);
    await desk.beforeChange();
    const claim = await board.run('mark', () =>
      marks.openRelease({
        mark: { ...release, app, environment, cluster, waves, latest, migration },
        repaired,
      }),
    );
    if (claim.kind === 'claimed') return { waves, migration };
    if (claim.kind === 'overtaken') {
      const why = `${claim.by}, which was started later, has succeeded in the meantime`;
      throw new ReleaseFailure('superseded', 'mark', why);
    }
    // Another one has begun since the last look: it is waited for, and what it leaves is the new baseline.
  }
};
