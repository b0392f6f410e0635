/** The one-off task before the services: run once, with the new task definition of one of them. */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type {
  MigrationResult,
  RolloutTarget,
  RunMigrationInput,
} from '../../activities/contracts/rollout.ts';
import type { ClaimedPlan } from '../../release/plan.ts';
import { deploysOf } from '../pools/deploy.ts';
import { ReleaseFailure } from '../release-failure.ts';
import type { StepBoard } from '../telling/step-board.ts';

/** What the plan asks for, as the activity takes it (and as the mark keeps it); null where there is none. */
export const migrationOf = (
  { cluster, migration, timing }: ClaimedPlan,
  targets: readonly RolloutTarget[],
  releaseId: string,
): RunMigrationInput | null => {
  if (!migration) return null;
  const target = targets.find(({ name }) => name === migration.service);
  if (!target) throw new ReleaseFailure('configuration', 'migrate', `no service ${migration.service}`);
  const { service, taskDefinition } = target;
  const { pollIntervalMs } = timing;
  return { releaseId, cluster, migration, service, taskDefinition, pollIntervalMs, mayStart: true };
};

/** @param onRan told as soon as it is known that its command was started. */
export const migrate = async (
  plan: ClaimedPlan,
  input: RunMigrationInput,
  board: StepBoard,
  onRan: () => void,
): Promise<void> => {
  await board.run(
    'migrate',
    async () => {
      const { exitCode, ran, failure } = await runOrFind(plan, input, onRan);
      if (ran) onRan();
      if (failure) {
        const kind = ran ? 'migration-failed' : 'migration-not-started';
        throw new ReleaseFailure(kind, 'migrate', failure.summary, failure.evidence);
      }
      return exitCode;
    },
    (exitCode) => ({ detail: `exit code ${exitCode}` }),
  );
};

const runOrFind = async (
  plan: ClaimedPlan,
  input: RunMigrationInput,
  onRan: () => void,
): Promise<MigrationResult> => {
  try {
    return await deploysOf(plan, input.migration.timeoutMs).runMigration(input);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    // The activity waits for one that runs; but Temporal does not try it again once it was told to cancel, and
    // nobody may say "nothing was changed" while a migration goes on.
    const { ran } = await findMigration(plan, input);
    if (ran) onRan();
    throw error;
  }
};

/** Waits for one that was started, by whomever; starts none. */
export const findMigration = (plan: ClaimedPlan, input: RunMigrationInput): Promise<MigrationResult> =>
  CancellationScope.nonCancellable(() =>
    deploysOf(plan, input.migration.timeoutMs).runMigration({ ...input, mayStart: false }),
  );
