/**
 * A release that cannot go on, as a value: which step, why, and whether it was a failure or a cancellation.
 * Errors that crossed an activity boundary are told apart by `type`, never by instanceof (they are rebuilt).
 */
import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { NOT_ALLOWED, NOT_VERIFIED, OLDER_COMMIT, type Refusal } from '../release/refusals.ts';
import type { Cause, OperatorRecord, Verdict } from '../release/verdict.ts';

export class ReleaseFailure extends Error {
  readonly kind: string;
  readonly step: string;
  readonly evidence: readonly string[];

  constructor(kind: string, step: string, summary: string, evidence: readonly string[] = []) {
    super(summary);
    this.name = 'ReleaseFailure';
    this.kind = kind;
    this.step = step;
    this.evidence = evidence;
  }
}

/** One that is not let begin, in the step in which that turned out. */
export const refusedBy = ({ kind, summary, evidence }: Refusal, step: string): ReleaseFailure =>
  new ReleaseFailure(kind, step, summary, evidence);

/** Details that the activity interceptor attaches to each failure (src/workers/activity-errors.ts). */
interface FailureDetails {
  readonly evidence?: readonly string[];
  readonly advice?: string;
}

/** Another release may change the environment by now, and this one may not: not even put back what it has changed. */
export const TURN_LOST = 'turn-lost';

const CAUSE_KIND: Readonly<Record<string, string>> = {
  ConfigurationError: 'configuration',
  CheckFailed: 'check-failed',
  BuildFailed: 'build-failed',
  RefusedByService: 'refused-by-service',
  MissingTool: 'missing-tool',
  NotInStore: 'store',
  StoreDamaged: 'store',
  UnsafePlan: 'unsafe-plan',
  Transient: 'gave-up-retrying',
  StaleTurn: TURN_LOST,
};

export const causeOf = (error: unknown, step: string): Cause => {
  if (error instanceof ReleaseFailure) {
    return { kind: error.kind, step: error.step, summary: error.message, evidence: error.evidence };
  }
  if (isCancellation(error))
    return { kind: 'cancelled', step, summary: 'the release was cancelled', evidence: [] };
  const root = error instanceof ActivityFailure ? error.cause : error;
  if (root instanceof ApplicationFailure) {
    const details = (root.details?.[0] ?? {}) as FailureDetails;
    const advice = details.advice ? [`what to do: ${details.advice}`] : [];
    return {
      kind: CAUSE_KIND[root.type ?? ''] ?? 'internal-error',
      step,
      summary: root.message,
      evidence: [...(details.evidence ?? []), ...advice],
    };
  }
  if (root instanceof TimeoutFailure) {
    return { kind: 'timed-out', step, summary: `${step} took too long (${root.message})`, evidence: [] };
  }
  return {
    kind: 'internal-error',
    step,
    summary: root instanceof Error ? root.message : String(root),
    evidence: [],
  };
};

/** An operator's rollback, abort or denial. */
export const causeOfStop = ({ action, who, reason }: OperatorRecord, step: string): Cause => {
  const done = { rollback: 'rolled back', abort: 'aborted', deny: 'denied' }[action as 'abort'];
  const summary = `${done} by ${who}${reason === '' ? '' : `: ${reason}`}`;
  return { kind: `operator-${action}`, step, summary, evidence: [] };
};

/** Of a release that ends before it has changed anything. */
export const verdictUntouched = (error: unknown, { kind }: Cause): Verdict => {
  if (kind === 'superseded') return 'superseded';
  if (NOT_TO_BEGIN.has(kind)) return 'refused';
  return isCancellation(error) || kind === 'approval-expired' ? 'aborted' : 'failed';
};

/** Kinds of causes for which a release was not let begin. */
const NOT_TO_BEGIN: ReadonlySet<string> = new Set(['unsafe-plan', NOT_ALLOWED, NOT_VERIFIED, OLDER_COMMIT]);

/** The end of a run that has not reached what it was started for: `type` is the verdict, the first detail its report. */
export const failureWith = (report: {
  readonly verdict: string;
  readonly cause: Cause | null;
}): ApplicationFailure =>
  ApplicationFailure.create({
    type: report.verdict,
    message: `${report.verdict}: ${report.cause?.summary ?? 'no cause recorded'}`,
    nonRetryable: true,
    details: [report],
  });
