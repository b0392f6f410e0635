/**
 * What the demo has seen, and whether that is what it promises.
 */
import type { EnvironmentStatus } from '../../release/environment/status.ts';
import type { ReleaseReport, Verdict } from '../../release/verdict.ts';
import { VERDICT_EXIT } from '../exit-codes.ts';
import type { ProbeReport } from './prober-stats.ts';

/** Which commit a service says it was built from, asked through the load balancer. */
export interface Serving {
  readonly service: string;
  readonly commit: string;
}

/** A release as its command has reported it. */
export interface Ended {
  readonly report: ReleaseReport;
  readonly exitCode: number;
}

/** In the order in which they are told; the two in the middle are started at once. */
export const ACTS = ['first', 'elder', 'newer', 'broken', 'frozen', 'back'] as const;
export type Act = (typeof ACTS)[number];

export const EXPECTED_VERDICTS: Readonly<Record<Act, Verdict>> = {
  first: 'succeeded',
  elder: 'superseded',
  newer: 'succeeded',
  broken: 'rolled-back',
  frozen: 'refused',
  back: 'succeeded',
};

/** In the repository's history; `back` brings what the first one has brought. */
export const COMMIT_OF: Readonly<Record<Act, number>> = {
  first: 0,
  elder: 1,
  newer: 2,
  broken: 3,
  frozen: 3,
  back: 0,
};

export interface DemoOutcome {
  readonly commits: readonly string[];
  readonly releases: Readonly<Partial<Record<Act, Ended>>>;
  /** The environment when all was over. */
  readonly environment: Pick<EnvironmentStatus, 'freeze' | 'serving' | 'ledger'> | null;
  readonly probes: ProbeReport;
  readonly serving: readonly Serving[];
}

export const FREEZE_REASON = 'we look into it first';
const SERVICES = ['api', 'web', 'runner', 'runnerd'] as const;

/** What is not as promised, one sentence each; none when all is well. */
export const broken = (outcome: DemoOutcome): string[] => [
  ...ACTS.flatMap((act) => wrongEnd(act, outcome.releases[act])),
  ...wrongReasons(outcome),
  ...wrongMemory(outcome),
  ...wrongAnswers(outcome),
];

const wrongEnd = (act: Act, ended: Ended | undefined): string[] => {
  const expected = EXPECTED_VERDICTS[act];
  const verdict = ended?.report.verdict ?? 'missing';
  if (verdict !== expected) return [`${act} is ${verdict}, not ${expected}`];
  const exit = VERDICT_EXIT[expected];
  return ended?.exitCode === exit ? [] : [`${act} ended with exit code ${ended?.exitCode}, not ${exit}`];
};

/** Each is told why it got no turn, and the rollback goes where it was told to go. */
const wrongReasons = ({ releases }: DemoOutcome): string[] => {
  const { first, elder, newer, frozen, back } = releases;
  const problems: string[] = [];
  const whyElder = elder?.report.cause?.summary ?? '';
  if (!whyElder.startsWith(`superseded by release ${newer?.report.number} `))
    problems.push(`elder was not superseded by newer, but: ${whyElder}`);
  const whyFrozen = frozen?.report.cause?.summary ?? '';
  if (!whyFrozen.includes(FREEZE_REASON))
    problems.push(`frozen was not told why the environment is frozen: ${whyFrozen}`);
  if (first?.report.number === null || back?.report.rollbackTo !== first?.report.number)
    problems.push(`back went to release ${back?.report.rollbackTo}, not to the first one`);
  return problems;
};

const wrongMemory = ({ releases, environment }: DemoOutcome): string[] => {
  if (!environment) return ['the environment did not answer'];
  const { freeze, serving, ledger } = environment;
  const problems: string[] = [];
  if (freeze) problems.push(`the environment is still frozen: ${freeze.reason}`);
  const [first, back] = [releases.first?.report.number, releases.back?.report.number];
  if (serving?.number !== back || serving?.origin !== first)
    problems.push(`the ledger says that release ${serving?.number} serves, from release ${serving?.origin}`);
  for (const act of ACTS) {
    const number = releases[act]?.report.number ?? null;
    const kept = ledger.find((entry) => entry.number === number)?.verdict ?? 'nothing';
    if (kept !== EXPECTED_VERDICTS[act]) problems.push(`the ledger knows ${act} as ${kept}`);
  }
  return problems;
};

const wrongAnswers = ({ commits, probes, serving }: DemoOutcome): string[] => {
  const problems: string[] = [];
  const sent = probes.phases.reduce((sum, phase) => sum + phase.sent, 0);
  const failed = probes.phases.reduce((sum, phase) => sum + phase.failed, 0);
  if (sent === 0) problems.push('no request was sent');
  if (failed > 0) problems.push(`${failed} of ${sent} requests failed`);
  for (const service of SERVICES) {
    const commit = serving.find((one) => one.service === service)?.commit ?? 'nothing';
    if (commit !== commits[0]) problems.push(`${service} serves ${commit}, not the first commit`);
  }
  return problems;
};
