/**
 * The report of a run that has ended, out of what Temporal keeps of it: the result of one that succeeded, else the
 * failure that carries it. Nothing else is a report, whoever made the run end.
 */
import { isFields } from './fields.ts';
import { type ReleaseReport, VERDICTS } from './verdict.ts';

/** @param result of a run that completed */
export const reportFromResult = (result: unknown): ReleaseReport | undefined =>
  isFields(result) && VERDICTS.some((verdict) => verdict === result.verdict)
    ? (result as unknown as ReleaseReport)
    : undefined;

/** @param failure cause of a run's failure: an ApplicationFailure with a verdict as its type */
export const reportFromFailure = (failure: unknown): ReleaseReport | undefined => {
  if (!isFields(failure) || !Array.isArray(failure.details)) return undefined;
  const report = reportFromResult(failure.details[0]);
  return report !== undefined && report.verdict === failure.type ? report : undefined;
};
