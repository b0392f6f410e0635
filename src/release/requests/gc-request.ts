/** What starters hand to the `gc` workflow, read with the same care as a ReleaseRequest; and what it answers. */
import { readTexts } from './read-texts.ts';

export interface GcRequest {
  readonly environment: string;
  readonly app?: string;
  /** Good releases before the one that serves, whose task definitions stay; absent: as `keep.releases` says. */
  readonly keep?: number;
  /** What was registered later than so long ago stays; absent: a day. */
  readonly minimumAgeMs?: number;
  /** True: tells what it would do, and does nothing. */
  readonly dryRun?: boolean;
}

export interface GcReport {
  readonly app: string;
  readonly environment: string;
  readonly dryRun: boolean;
  readonly keep: number;
  /** `family:revision`. */
  readonly deregistered: readonly string[];
  readonly kept: readonly { readonly why: string; readonly revisions: readonly string[] }[];
  readonly stopped: GcStop | null;
  /**
   * What makes ARNs of the names, once for all of them: a clearing may name thousands. Absent where there was none, and
   * from older workers.
   */
  readonly arnPrefix?: string;
}

/** The report for programs: all task definitions by their ARNs. */
export const withArns = ({ arnPrefix = '', ...report }: GcReport): Omit<GcReport, 'arnPrefix'> => {
  const arns = (names: readonly string[]): readonly string[] => names.map((name) => `${arnPrefix}${name}`);
  return {
    ...report,
    deregistered: arns(report.deregistered),
    kept: report.kept.map(({ why, revisions }) => ({ why, revisions: arns(revisions) })),
  };
};

/** Why it ended before it had come to all; null: it has. */
export interface GcStop {
  /** `turn-taken`: a release began. `limit`: there is more than one run takes. */
  readonly kind: 'turn-taken' | 'limit';
  readonly text: string;
}

export type GcReading =
  | { readonly request: GcRequest; readonly problem: null }
  | { readonly request: null; readonly problem: string };

export const MINIMUM_AGE_MS = 24 * 3_600_000;

/** All that the ledger is asked for at once. */
export const MOST_KEPT = 1_000;

const EXAMPLE = '{"environment":"production"}';
const TEXTS = ['environment', 'app'] as const;
const NUMBERS = { keep: MOST_KEPT, minimumAgeMs: Number.MAX_SAFE_INTEGER } as const;

export const readGcRequest = (input: unknown): GcReading => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return bad('expected an object');
  const given = input as Readonly<Record<string, unknown>>;
  const { texts, problem } = readTexts(given, TEXTS, ['environment']);
  if (problem !== null) return bad(problem);
  const { environment = '', ...rest } = texts;
  const numbers: Partial<Record<keyof typeof NUMBERS, number>> = {};
  for (const field of ['keep', 'minimumAgeMs'] as const) {
    const value = given[field] ?? undefined;
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > NUMBERS[field])
      return bad(`"${field}" must be a whole number from 0 to ${NUMBERS[field]}`);
    numbers[field] = value;
  }
  const dryRun = given.dryRun ?? false;
  if (typeof dryRun !== 'boolean') return bad('"dryRun" must be true or false');
  return { request: { environment, ...rest, ...numbers, dryRun }, problem: null };
};

const bad = (what: string): GcReading => ({
  request: null,
  problem: `the input of gc: ${what}; expected at least ${EXAMPLE}`,
});
