/**
 * Which activity is at work for which step. Those that say their step in their heartbeat are known by it; of the others
 * the kind tells, where just one step of that kind runs.
 */
import type { PendingActivity } from '../../../client/watch-release.ts';
import type { StepKind, StepStatus } from '../../../release/verdict.ts';

const KINDS: Readonly<Record<string, readonly StepKind[]>> = {
  readSource: ['plan'],
  recallRelease: ['plan'],
  inspect: ['plan'],
  runCheck: ['check'],
  buildImage: ['build'],
  pushImage: ['push'],
  copyImage: ['copy'],
  prepareRollout: ['register'],
  openRelease: ['mark'],
  runMigration: ['migrate'],
  updateServices: ['update', 'restore', 'repair'],
  waitUntilStable: ['stable', 'restore', 'repair'],
  checkHealth: ['health', 'verify', 'restore', 'repair'],
  watchBake: ['bake'],
  moveLatest: ['promote', 'restore'],
};

export interface StepActivities {
  readonly byStep: ReadonlyMap<string, PendingActivity>;
  /** Those of which nobody can say what they are for. */
  readonly others: readonly PendingActivity[];
}

export const stepActivities = (
  steps: readonly StepStatus[],
  pending: readonly PendingActivity[],
): StepActivities => {
  const running = steps.filter(({ state }) => state === 'running');
  const byStep = new Map<string, PendingActivity>();
  const unsaid: PendingActivity[] = [];
  for (const activity of pending) {
    const id = saidStep(activity);
    if (running.some((step) => step.id === id) && id !== undefined) byStep.set(id, activity);
    else unsaid.push(activity);
  }
  const others = unsaid.filter((activity) => {
    const kinds = Object.hasOwn(KINDS, activity.type) ? (KINDS[activity.type] ?? []) : [];
    const [step, ...more] = running.filter(({ id, kind }) => kinds.includes(kind) && !byStep.has(id));
    if (!step || more.length > 0) return true;
    byStep.set(step.id, activity);
    return false;
  });
  return { byStep, others };
};

const saidStep = ({ heartbeat }: PendingActivity): string | undefined =>
  typeof heartbeat === 'object' &&
  heartbeat !== null &&
  'step' in heartbeat &&
  typeof heartbeat.step === 'string'
    ? heartbeat.step
    : undefined;
