/** What the cluster and the registry say, as the plan is joined from it, and what may be wrong with that. */
import type { Standing } from '../environment/drift.ts';
import type { Architecture } from '../plan.ts';
import type { RollbackTarget } from './rollback-target.ts';

export interface LiveContainer {
  readonly name: string;
  readonly essential: boolean;
  /** It logs to CloudWatch Logs, to a stream whose name can be told. */
  readonly findsItsLogs: boolean;
}

export interface LiveService {
  readonly service: string;
  readonly arn: string;
  readonly status: string;
  /** `ECS`, `CODE_DEPLOY`, `EXTERNAL`. */
  readonly controller: string;
  /** `ROLLING`, `BLUE_GREEN`, `LINEAR`, `CANARY`. */
  readonly strategy: string;
  readonly desired: number;
  readonly minimumHealthyPercent: number | null;
  readonly maximumPercent: number | null;
  readonly circuitBreaker: boolean;
  readonly containers: readonly LiveContainer[];
  /** Null where the task definition does not say. */
  readonly architecture: Architecture | null;
  /** Of the load balancer's listener that forwards to the service; null without one. */
  readonly baseUrl: string | null;
  /** Of the next task definition: what its tasks need and would not get, one line each. */
  readonly missingSecrets: readonly string[];
  /** Of one that an earlier release has registered: images that are gone, one line each. */
  readonly missingImages: readonly string[];
  /** Secrets of the next task definition or the one before that could not be looked up. */
  readonly unknownSecrets: readonly string[];
  readonly rollback: RollbackTarget;
}

export interface LiveRepository {
  readonly repository: string;
  readonly uri: string;
  readonly movesLatest: boolean;
  readonly movesKeepTags: boolean;
  /** What is to be promoted was in this very repository, and is not any more. */
  readonly promotedIsGone?: true;
}

export interface LiveFacts {
  readonly services: readonly LiveService[];
  readonly repositories: readonly LiveRepository[];
  /** Those of the named CloudWatch alarms that exist. */
  readonly alarms: readonly string[];
  /** Beside what the ledger says; null: it knows of nothing. */
  readonly standing: Standing | null;
}

export interface Problem {
  /** `unsafe`: the release is refused; `configuration`: something named does not exist or does not fit. */
  readonly kind: 'unsafe' | 'configuration';
  readonly text: string;
}

/** Returns null, so that whoever finds a problem can return it at once. */
export type Report = (kind: Problem['kind'], text: string) => null;
