/** A Temporal that says what it is told to say: for how a release is followed, not for whether that fits Temporal. */
import { NoVerdictError, type ReleaseClient } from '../../../src/client/index.ts';
import type { ChecksReport } from '../../../src/release/checks.ts';
import type { ReleaseReport, ReleaseStatus } from '../../../src/release/verdict.ts';

type Said = ReleaseStatus | ReleaseReport | ChecksReport;

export interface FakeRelease {
  /** One for each look, the last one again and again; an error: Temporal does not answer, or it ended like that. */
  readonly looks: readonly (Said | Error | 'silence')[];
  readonly address?: string;
}

const isReport = (look: object): look is ReleaseReport | ChecksReport =>
  'endedAtMs' in look && look.endedAtMs !== null;

export const fakeClient = ({ looks, address = 'localhost:7233' }: FakeRelease): ReleaseClient => {
  let at = -1;
  let signal: AbortSignal | undefined;
  let deadlineMs = Number.POSITIVE_INFINITY;
  const look = () => looks[Math.max(0, Math.min(at, looks.length - 1))] ?? new Error('no look');
  /** As gRPC: never, or until somebody has had enough of it. */
  const silence = (): Promise<never> =>
    new Promise((_resolve, reject) => {
      const own = signal;
      if (own?.aborted) reject(new Error('CANCELLED'));
      own?.addEventListener('abort', () => reject(new Error('CANCELLED')));
      if (deadlineMs !== Number.POSITIVE_INFINITY)
        setTimeout(() => reject(new Error('DEADLINE_EXCEEDED')), deadlineMs - Date.now()).unref();
    });
  const answer = async <T>(make: (said: Said) => T): Promise<T> => {
    const said = look();
    if (said === 'silence') return silence();
    if (said instanceof Error) throw said;
    return make(said);
  };
  const handle = {
    describe: async () => {
      at += 1;
      const ended = { runId: 'run-1', startTime: new Date(0), status: { name: 'TERMINATED' }, raw: {} };
      if (look() instanceof NoVerdictError) return ended;
      return answer((said) => ({
        runId: 'run-1',
        status: { name: isReport(said) ? 'COMPLETED' : 'RUNNING' },
        startTime: new Date(0),
        historyLength: at,
        raw: { pendingActivities: [] },
      }));
    },
    query: () => answer((said) => said),
    result: () => answer((said) => said),
  };
  const temporal = {
    workflow: { getHandle: () => handle },
    withDeadline: <T>(ms: number, call: () => Promise<T>): Promise<T> => {
      const before = deadlineMs;
      deadlineMs = ms;
      const called = call();
      deadlineMs = before;
      return called;
    },
    withAbortSignal: <T>(given: AbortSignal, call: () => Promise<T>): Promise<T> => {
      const before = signal;
      signal = given;
      const called = call();
      signal = before;
      return called;
    },
  };
  return {
    temporal,
    address,
    namespace: 'default',
    close: async () => undefined,
  } as unknown as ReleaseClient;
};
