/**
 * What `slipway doctor` looks at: checks that know nothing of each other, each with a bound of its own.
 */
export const STATES = ['ok', 'warning', 'broken', 'not-asked'] as const;
export type State = (typeof STATES)[number];

export const GROUPS = ['machine', 'temporal', 'aws', 'configuration'] as const;
export type Group = (typeof GROUPS)[number];

export interface Finding {
  /** Stable, for `--json`: `temporal.server`. Its first word is its group. */
  readonly id: `${Group}.${string}`;
  readonly what: string;
  readonly state: State;
  readonly says: string;
  /** A command, or what else to do. Only where something is not as it should be. */
  readonly fix: string | undefined;
}

export interface Check {
  readonly id: Finding['id'];
  readonly what: string;
  /** Said where it does not answer in time. */
  readonly fix: string;
  readonly run: (signal: AbortSignal) => Promise<readonly Finding[]>;
}

const BOUND_MS = 10_000;

/** All at once; one that hangs costs its own line. In the order of the checks. */
export async function runChecks(checks: readonly Check[], boundMs = BOUND_MS): Promise<readonly Finding[]> {
  return (await Promise.all(checks.map((check) => runCheck(check, boundMs)))).flat();
}

async function runCheck(check: Check, boundMs: number): Promise<readonly Finding[]> {
  const { id, what, fix } = check;
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => {
      stop.abort();
      resolve([{ id, what, state: 'broken', says: `no answer within ${boundMs / 1_000} s`, fix }]);
    }, boundMs);
  });
  const found = check
    .run(stop.signal)
    .catch((error: unknown): readonly Finding[] => [
      { id, what, state: 'broken', says: error instanceof Error ? error.message : String(error), fix },
    ]);
  try {
    return await Promise.race([found, late]);
  } finally {
    clearTimeout(timer);
  }
}

type About = Pick<Finding, 'id' | 'what'>;

export const ok = ({ id, what }: About, says: string): Finding => ({
  id,
  what,
  state: 'ok',
  says,
  fix: undefined,
});
export const broken = ({ id, what }: About, says: string, fix: string): Finding => ({
  id,
  what,
  state: 'broken',
  says,
  fix,
});
export const warning = ({ id, what }: About, says: string, fix: string): Finding => ({
  id,
  what,
  state: 'warning',
  says,
  fix,
});
export const notAsked = ({ id, what }: About, says: string): Finding => ({
  id,
  what,
  state: 'not-asked',
  says,
  fix: undefined,
});
