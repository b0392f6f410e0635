/** The checks of a commit, each as soon as those that it needs have passed: of a release, and of a pull request. */
import type { CheckPlan, SourceArchive } from '../../release/plan.ts';
import { checks } from '../pools/work.ts';
import type { StepBoard } from '../telling/step-board.ts';

export interface CheckedSource {
  /** Checks of the same name share what they have set up. */
  readonly app: string;
  readonly source: SourceArchive;
  readonly checks: readonly CheckPlan[];
}

export type Track = <T>(promise: Promise<T>) => Promise<T>;

/** One promise a check, in their order; one whose needs have failed fails with them, and never begins. */
export const startChecks = (checked: CheckedSource, board: StepBoard, track: Track): Promise<void>[] => {
  const running = new Map<string, Promise<void>>();
  const start = (check: CheckPlan): Promise<void> => {
    const known = running.get(check.name);
    if (known) return known;
    const run = async (): Promise<void> => {
      await Promise.all(checked.checks.filter((other) => check.needs.includes(other.name)).map(start));
      await board.run(
        `check:${check.name}`,
        () => checks(check.timeoutMs).runCheck({ app: checked.app, source: checked.source, check }),
        (result) => ({ logKey: result.logKey, ...(result.setupCached ? {} : { detail: 'set up afresh' }) }),
      );
    };
    const promise = track(run());
    running.set(check.name, promise);
    return promise;
  };
  return checked.checks.map(start);
};
