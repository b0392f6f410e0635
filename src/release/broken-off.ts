/**
 * A release that was broken off, and the later one that has looked back at it: what that one's report says of it, and
 * how starters, who cannot read the marks, find out.
 */
import type { ReleaseReport, Repair, ServiceReport, StepStatus, Verdict } from './verdict.ts';

export interface BrokenOff {
  /** `<workflow id>/<first run id>`, as in its mark. */
  readonly releaseId: string;
  readonly endedAtMs: number;
}

/** The later release that has looked back at one that was broken off. */
export interface Aftermath {
  readonly workflowId: string;
  readonly runId: string;
  readonly verdict: Verdict;
  /** What it did about it, in one line. */
  readonly did: string;
}

/** @param services how the repair left them */
export const repairOf = (
  releaseId: string,
  services: readonly Pick<ServiceReport, 'name' | 'state' | 'detail'>[],
): Repair => {
  const did = services.some(({ state }) => state === 'not-restored') ? 'tried to put right' : 'put right';
  const each = services.map(({ name, state, detail }) => `${name} ${state}${detail ? ` (${detail})` : ''}`);
  return {
    releaseId,
    did: `release ${releaseId} was broken off in mid-flight; ${did} first: ${each.join(', ')}`,
  };
};

/**
 * What a later release did about it; null where it never got so far. One that went on after it had looked back has
 * found every mark there was: it says so of those that it repaired, and of the others nothing was left to repair.
 */
export const doneAboutIt = (
  { releaseId, endedAtMs }: BrokenOff,
  { repaired, steps }: Pick<ReleaseReport, 'repaired' | 'steps'>,
): string | null => {
  const repair = repaired.find((each) => each.releaseId === releaseId);
  if (repair) return repair.did;
  const lookedBackAtMs = stepOf(steps, 'repair')?.endedAtMs ?? 0;
  const wentOnAtMs = stepOf(steps, 'register')?.startedAtMs ?? 0;
  const hasSeenIt = endedAtMs <= lookedBackAtMs && lookedBackAtMs <= wentOnAtMs;
  return hasSeenIt ? 'it looked for what was left of it, and found nothing to put right' : null;
};

const stepOf = (steps: readonly StepStatus[], id: string): StepStatus | undefined =>
  steps.find((step) => step.id === id);
