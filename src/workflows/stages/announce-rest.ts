import type { Plan } from '../../release/plan.ts';
import type { StepBoard } from '../telling/step-board.ts';
import { announceWaves } from './rollout-stage.ts';

/** All steps from the approval on, in their order, so that people see what is to come. */
export const announceRest = (plan: Plan, board: StepBoard): void => {
  if (plan.approval) board.announce('approve', '');
  board.announce('turn', '');
  board.announce('repair', '');
  board.announce('register', '');
  board.announce('mark', '');
  if (plan.migration) board.announce('migrate', '');
  announceWaves(plan, board);
  if (plan.bake) board.announce('bake', '');
  board.announce('verify', '');
  board.announce('promote', '');
};
