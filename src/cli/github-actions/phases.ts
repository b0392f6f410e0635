/** The steps of a release in the groups that the log of a job folds: in the order in which they begin. */
import type { StepKind, StepStatus } from '../../release/verdict.ts';

export const PHASES = [
  'Plan',
  'Test and build',
  'Push',
  'Take the turn',
  'Deploy',
  'Promote',
  'Restore',
] as const;
export type Phase = (typeof PHASES)[number];

const PHASE: Readonly<Record<StepKind, Phase>> = {
  plan: 'Plan',
  verify: 'Deploy',
  check: 'Test and build',
  build: 'Test and build',
  push: 'Push',
  copy: 'Push',
  turn: 'Take the turn',
  repair: 'Take the turn',
  approve: 'Take the turn',
  register: 'Deploy',
  mark: 'Deploy',
  migrate: 'Deploy',
  update: 'Deploy',
  stable: 'Deploy',
  health: 'Deploy',
  bake: 'Deploy',
  promote: 'Promote',
  restore: 'Restore',
};

/** A newer control may know steps that this program does not: they belong to what is going on. */
export const phaseOf = ({ kind }: StepStatus): Phase => PHASE[kind] ?? 'Deploy';

export const orderOf = (phase: Phase): number => PHASES.indexOf(phase);

export const hasBegun = ({ state }: StepStatus): boolean => state !== 'waiting' && state !== 'skipped';
