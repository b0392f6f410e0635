/**
 * The environment hears of the release as soon as it is known what it brings, and says whether it may come: before
 * tests and builds have cost anything.
 */
import type { RecalledRelease, SourceReading } from '../activities/contracts/control.ts';
import type { Served } from '../release/environment/queue.ts';
import type { Entrant } from '../release/environment/state.ts';
import type { Commit, ReleaseRequest } from '../release/plan.ts';
import type { RollbackRequest } from '../release/rollback-request.ts';
import { control } from './pools/control.ts';
import { OLDER_COMMIT, ReleaseFailure } from './release-failure.ts';
import type { TurnDesk } from './turn-desk.ts';

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

/**
 * Returns what serves, as far as the environment knows. Throws a ReleaseFailure where the environment refuses the
 * release, or where a newer commit serves.
 */
export const joinEnvironment = async (joining: JoiningCommit, turns: TurnDesk): Promise<Served | null> => {
  const { releaseId, startedAtMs, request, reading } = joining;
  const { app, environment, commit } = reading.spec;
  const { sha, subject } = commit;
  const entrant: Entrant = {
    releaseId,
    startedAtMs,
    commit: { sha, subject, ancestors: reading.ancestors },
    rollbackTo: null,
    startedBy: request.startedBy ?? null,
    allowOlder: request.allowOlder ?? false,
    overrideFreeze: request.overrideFreeze ?? null,
  };
  const serving = await turns.join({ app, environment }, { entrant, rules: reading.rules });
  if (serving && !entrant.allowOlder) await refuseOlder(app, commit, serving);
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
): Promise<void> => {
  const order = await control.compareCommits({ app, sha, serving: serving.sha });
  if (order !== 'older') return;
  throw new ReleaseFailure(
    OLDER_COMMIT,
    'plan',
    `${sha} is older than ${serving.sha}, which serves since release ${serving.number}`,
    ['what to do: deploy a commit that contains it, or say that an older one is meant (--allow-older)'],
  );
};
