/**
 * What the demo has seen, and whether that is what it promises.
 */
import type { ReleaseReport, Verdict } from '../../release/verdict.ts';
import type { ProbeReport } from './prober-stats.ts';

/** Which commit a service says it was built from, asked through the load balancer. */
export interface Serving {
  readonly service: string;
  readonly commit: string;
}

export interface DemoOutcome {
  readonly commits: readonly string[];
  readonly releases: readonly ReleaseReport[];
  readonly probes: ProbeReport;
  readonly serving: readonly Serving[];
}

export const EXPECTED_VERDICTS: readonly Verdict[] = ['succeeded', 'succeeded', 'rolled-back'];
export const SERVICES = ['api', 'web', 'runner', 'runnerd'] as const;

/** What is not as promised, one sentence each; none when all is well. */
export function broken({ commits, releases, probes, serving }: DemoOutcome): string[] {
  const problems: string[] = [];
  for (const [index, expected] of EXPECTED_VERDICTS.entries()) {
    const verdict = releases[index]?.verdict ?? 'missing';
    if (verdict !== expected) problems.push(`release ${index + 1} is ${verdict}, not ${expected}`);
  }
  const sent = probes.phases.reduce((sum, phase) => sum + phase.sent, 0);
  const failed = probes.phases.reduce((sum, phase) => sum + phase.failed, 0);
  if (sent === 0) problems.push('no request was sent');
  if (failed > 0) problems.push(`${failed} of ${sent} requests failed`);
  for (const service of SERVICES) {
    const commit = serving.find((one) => one.service === service)?.commit ?? 'nothing';
    if (commit !== commits[1]) problems.push(`${service} serves ${commit}, not the second commit`);
  }
  return problems;
}
