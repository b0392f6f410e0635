/**
 * The last steps before the first change: the turn of the environment is taken, what an earlier release left broken is
 * put right, baselines are recorded, and the mark of what is about to change is kept.
 */
import type { PreparedRollout, RunMigrationInput } from '../../activities/contracts/rollout.ts';
import type { Turn } from '../../release/environment/state.ts';
import type { ClaimedPlan, Plan } from '../../release/plan.ts';
import type { ImageReport, Repair } from '../../release/verdict.ts';
import { whereaboutsOf } from '../../release/whereabouts.ts';
import type { OperatorDesk } from '../desks/operator-desk.ts';
import type { TurnDesk } from '../desks/turn-desk.ts';
import { marks } from '../pools/control.ts';
import { deploysOf } from '../pools/deploy.ts';
import type { StepBoard } from '../telling/step-board.ts';
import { repairInterrupted } from '../way-back/repair.ts';
import { toDigests } from './build-stage.ts';
import { refuseOlder } from './join-stage.ts';
import { migrationOf } from './migration-stage.ts';
import { type Wave, wavesOf } from './rollout-stage.ts';
import { refuseUnverified } from './verification-gate.ts';

export interface ClaimParts {
  readonly plan: Plan;
  readonly images: readonly ImageReport[];
  readonly board: StepBoard;
  readonly desk: OperatorDesk;
  readonly turns: TurnDesk;
  readonly onTurn: (plan: ClaimedPlan) => void;
  readonly onRepaired: (repair: Repair, warnings: readonly string[]) => void;
  readonly onPrepared: (prepared: PreparedRollout) => void;
}

export interface Claimed {
  readonly plan: ClaimedPlan;
  readonly waves: readonly Wave[];
  readonly migration: RunMigrationInput | null;
}

/** Throws a ReleaseFailure where the release gets no turn. */
export const claimEnvironment = async (parts: ClaimParts): Promise<Claimed> => {
  const { board, desk } = parts;
  const { app, environment } = parts.plan;
  // Whoever is paused lets others go first.
  await desk.beforeChange();
  const { turn, plan } = await board.run(
    'turn',
    () => takeTurn(parts),
    ({ turn: { number } }) => ({ detail: `release ${number}` }),
  );
  const { releaseId, number } = turn;
  await desk.beforeChange();
  await repairInterrupted(plan, turn, board, desk, parts.onRepaired);
  const prepared = await board.run('register', () =>
    deploysOf(plan).prepareRollout({ releaseId, number, plan, images: toDigests(parts.images) }),
  );
  parts.onPrepared(prepared);
  const { targets, latest } = prepared;
  const waves = wavesOf(plan, targets);
  const migration = migrationOf(plan, targets, releaseId);
  await desk.beforeChange();
  await board.run('mark', () =>
    marks.openRelease({
      releaseId,
      app,
      environment,
      ...whereaboutsOf(plan),
      waves,
      latest,
      migration,
    }),
  );
  return { plan, waves, migration };
};

/** Throws a ReleaseFailure also where it is the release's turn, and by now it may not begin any more. */
const takeTurn = async (parts: ClaimParts): Promise<TakenTurn> => {
  const { app, environment } = parts.plan;
  const { turn, serving } = await parts.turns.take((why) => parts.board.say('turn', why));
  const plan: ClaimedPlan = { ...parts.plan, turn: { app, environment, fence: turn.fence } };
  parts.onTurn(plan);
  // Looked at when it joined; what has succeeded since may be newer.
  if (serving && !turn.allowOlder) await refuseOlder(app, turn.commit, serving, 'turn');
  await refuseUnverified(plan, 'turn');
  return { turn, plan };
};

interface TakenTurn {
  readonly turn: Turn;
  readonly plan: ClaimedPlan;
}
