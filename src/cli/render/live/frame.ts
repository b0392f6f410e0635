/**
 * One frame of the live view: a pure function of what is known, the size of the terminal and the time. No line is as
 * wide as the terminal, and all of it is lower than it, so that nothing ever wraps or scrolls.
 */
import { headerBlock } from './header.ts';
import { layOut } from './layout.ts';
import { holdBlock, noticesBlock, troubleBlock } from './notices.ts';
import { servicesBlock } from './services.ts';
import type { FrameSize, LiveState } from './state.ts';
import { stepActivities } from './step-activities.ts';
import { stepsBlock } from './steps.ts';

export const renderFrame = (state: LiveState, terminal: FrameSize): readonly string[] => {
  // Many terminals wrap as soon as the last column is written.
  const size = { ...terminal, columns: Math.max(1, terminal.columns - 1) };
  const { status, pending } = state;
  const height = Math.max(1, size.rows - 1);
  if (status === null) return layOut([headerBlock(state, size), troubleBlock(state, size)], height);
  const { byStep, others } = stepActivities(status.steps, pending);
  return layOut(
    [
      headerBlock(state, size),
      stepsBlock(status.steps, byStep, size),
      servicesBlock(status, pending, size),
      noticesBlock(status, others, size),
      holdBlock(state, size),
      troubleBlock(state, size),
    ],
    height,
  );
};
