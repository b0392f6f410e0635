/** What the deploy pool's activities need of the world; real ones in `src/aws`, others in tests. */
import type { Alarms } from '../aws/alarms.ts';
import type { ContainerLogs } from '../aws/container-logs.ts';
import type { Ecs } from '../aws/ecs.ts';
import type { ImageCopies } from '../aws/image-copies.ts';
import type { ImageRegistry } from '../aws/image-registry.ts';
import type { LoadBalancers } from '../aws/load-balancers.ts';
import type { LogSearch } from '../aws/log-search.ts';
import type { OneOffTasks } from '../aws/one-off-task.ts';
import type { Revisions } from '../aws/revisions.ts';
import type { SecretReferences } from '../aws/secrets.ts';
import type { TurnToken } from '../release/environment/state.ts';
import type { ReleaseRecords } from './release-records.ts';

/** Texts by hash: task definitions that the repository brought along. */
export interface TextSource {
  readText(hash: string): Promise<string>;
}

/** Who may change an environment at this moment. */
export interface Turns {
  /** Errors: StaleTurnError; TransientError where nobody can say. */
  check(turn: TurnToken): Promise<void>;
}

export interface DeployPorts {
  readonly ecs: Ecs;
  readonly revisions: Revisions;
  readonly registry: ImageRegistry;
  readonly copies: ImageCopies;
  readonly loadBalancers: LoadBalancers;
  readonly logs: ContainerLogs;
  readonly oneOffTasks: OneOffTasks;
  readonly alarms: Alarms;
  readonly logSearch: LogSearch;
  readonly secrets: SecretReferences;
  readonly texts: TextSource;
  readonly turns: Turns;
  readonly records: ReleaseRecords;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after the time, rejects when the activity is cancelled. */
  readonly sleep: (durationMs: number) => Promise<void>;
  /** As `sleep`, but goes on when the activity is cancelled. */
  readonly sleepOn: (durationMs: number) => Promise<void>;
}
