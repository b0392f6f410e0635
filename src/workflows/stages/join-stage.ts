/**
 * The environment hears of the release as soon as it is known what it brings, and says whether it may come: before
 * tests and builds have cost anything.
 */
import type { RecalledRelease, SourceReading } from '../../activities/contracts/control.ts';
import type { Served } from '../../release/environment/queue.ts';
import type { Entrant } from '../../release/environment/state.ts';
import type { Commit, ReleaseRequest } from '../../release/plan.ts';
import { olderCommit } from '../../release/refusals.ts';
import type { RollbackRequest } from '../../release/requests/rollback-request.ts';
import type { TurnDesk } from '../desks/turn-desk.ts';
import { control } from '../pools/control.ts';
import { refusedBy } from '../release-failure.ts';

export interface Joining {
  readonly releaseId: string;
  readonly startedAtMs: number;
}

export interface JoiningCommit extends Joining {
  readonly request: ReleaseRequest;
  readonly reading: SourceReading;
}

export interface JoiningRollback extends Joining {
  readonly request: RollbackRequest;
  readonly recalled: RecalledRelease;
}

/** What a commit's release says of itself, to be let in; `slipway plan` asks with the same words. */
export const entrantOf = ({ releaseId, startedAtMs, request, reading }: JoiningCommit): Entrant => {
  const { sha, subject } = reading.spec.commit;
  return {
    releaseId,
    startedAtMs,
    commit: { sha, subject, ancestors: reading.ancestors },
    rollbackTo: null,
    startedBy: request.startedBy ?? null,
    allowOlder: request.allowOlder ?? false,
    overrideFreeze: request.overrideFreeze ?? null,
  };
};

/**
 * Returns what serves, as far as the environment knows. Throws a ReleaseFailure where the environment refuses the
 * release, or where a newer commit serves.
 */
export const joinEnvironment = async (joining: JoiningCommit, turns: TurnDesk): Promise<Served | null> => {
  const { reading } = joining;
  const { app, environment, commit } = reading.spec;
  const entrant = entrantOf(joining);
  const serving = await turns.join({ app, environment }, { entrant, rules: reading.rules });
  if (serving && !entrant.allowOlder) await refuseOlder(app, commit, serving, 'plan');
  return serving;
};

/** Returns the same. Throws a ReleaseFailure where another one goes back to the same release already. */
export const joinToGoBack = (joining: JoiningRollback, turns: TurnDesk): Promise<Served | null> => {
  const { releaseId, startedAtMs, request, recalled } = joining;
  const { app, environment, commit } = recalled.spec;
  const { sha, subject } = commit;
  const entrant: Entrant = {
    releaseId,
    startedAtMs,
    commit: { sha, subject, ancestors: [] },
    rollbackTo: recalled.number,
    startedBy: request.startedBy ?? null,
    allowOlder: true,
    overrideFreeze: null,
  };
  return turns.join({ app, environment }, { entrant, rules: null });
};

/** Throws a ReleaseFailure where the commit that serves contains this one: git is asked, however far back that is. */
export const refuseOlder = async (
  app: string,
  { sha }: Pick<Commit, 'sha'>,
  serving: Served,
  step: 'plan' | 'turn',
): Promise<void> => {
  const order = await control.compareCommits({ app, sha, serving: serving.sha });
  if (order !== 'older') return;
  throw refusedBy(olderCommit(sha, serving), step);
};
