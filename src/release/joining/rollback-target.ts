/** What is known, before anything is built, of the way back of one service: part of the plan, pure data. */

export interface RollbackTarget {
  /** The completed task definition that a rollback would restore; null where there is none (yet). */
  readonly taskDefinition: string | null;
  /** Why a rollback could not restore it. A release is not refused for that: it says so. */
  readonly problems: readonly string[];
  /** What people should know of it that is no problem, e.g. that a copy will be registered. */
  readonly notes: readonly string[];
  /** What could not be looked at, e.g. images in other registries. */
  readonly unchecked: readonly string[];
}
