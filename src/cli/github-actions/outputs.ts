/** What later steps of a job can use of a release. */
import type { FoundRelease } from '../../client/index.ts';
import type { ReleaseReport } from '../../release/verdict.ts';
import { jsonText } from '../render/sanitize.ts';
import type { Outputs } from './runner-files.ts';

/** GitHub takes 1 MiB for all outputs of a job. */
const LONGEST_REPORT = 512 * 1024;

export const releaseOutputs = ({ workflowId, runId }: FoundRelease, url: string | undefined): Outputs => ({
  'workflow-id': workflowId,
  'run-id': runId,
  'temporal-url': url ?? '',
});

/** @param service the one whose task definition is asked for: its name in ECS or in slipway.yaml */
export const reportOutputs = (report: ReleaseReport, service: string | undefined): Outputs => ({
  verdict: report.verdict,
  number: report.number === null ? '' : String(report.number),
  report: bounded(report),
  'task-definition-arn': taskDefinitionOf(report, service),
});

/** One that is too long loses its evidence first, then is left out: half a JSON would be of no use. */
function bounded(report: ReleaseReport): string {
  const whole = jsonText(report);
  if (Buffer.byteLength(whole) <= LONGEST_REPORT) return whole;
  const short = jsonText({ ...report, cause: report.cause && { ...report.cause, evidence: [] } });
  return Buffer.byteLength(short) <= LONGEST_REPORT ? short : '';
}

/** As the official action: that of the service which was deployed; of several that are not told apart, none. */
function taskDefinitionOf({ services }: ReleaseReport, wanted: string | undefined): string {
  const found = services.filter(
    ({ name, service }) => wanted === undefined || wanted === service || wanted === name,
  );
  const [only] = found;
  return found.length === 1 ? (only?.taskDefinition ?? '') : '';
}
