/** The one-off task before the services: run once, with the new task definition of one of them. */
import { CancellationScope } from '@temporalio/workflow';
import type { RolloutTarget } from '../activities/contract.ts';
import type { MigrationPlan, Plan } from '../release/plan.ts';
import { deploysOf } from './proxies.ts';
import { ReleaseFailure } from './release-failure.ts';
import type { StepBoard } from './step-board.ts';

export const migrate = async (
  { cluster, timing }: Plan,
  migration: MigrationPlan,
  targets: readonly RolloutTarget[],
  releaseId: string,
  board: StepBoard,
): Promise<void> => {
  const target = targets.find(({ name }) => name === migration.service);
  if (!target) throw new ReleaseFailure('configuration', 'migrate', `no service ${migration.service}`);
  const { service, taskDefinition } = target;
  const { pollIntervalMs } = timing;
  await board.run(
    'migrate',
    async () => {
      // Told to cancel, Temporal would not retry it any more: a worker that dies then would lose sight of a migration
      // that goes on. So a stop waits for its end, or its time limit.
      const result = await CancellationScope.nonCancellable(() =>
        deploysOf(timing, migration.timeoutMs).runMigration({
          releaseId,
          cluster,
          migration,
          service,
          taskDefinition,
          pollIntervalMs,
        }),
      );
      const { failure } = result;
      if (failure) {
        const kind = result.ran ? 'migration-failed' : 'migration-not-started';
        throw new ReleaseFailure(kind, 'migrate', failure.summary, failure.evidence);
      }
      return result;
    },
    ({ exitCode }) => ({ detail: `exit code ${exitCode}` }),
  );
};
