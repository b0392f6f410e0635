/** What the `environment` workflow is started with – by a release, by the run before, or by anybody's hand. */
import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { Letter } from '../release/environment/queue.ts';
import type { EnvironmentState } from '../release/environment/state.ts';
import type { Unkept } from './long-memory.ts';

export interface EnvironmentInput {
  readonly app: string;
  readonly environment: string;
  /** What one run hands to the next; absent in the first one. */
  readonly carried?: {
    readonly state: EnvironmentState;
    /** What was to be told when the run before ended. */
    readonly letters: readonly Letter[];
    /** What the store had not taken by then. */
    readonly unkept: Unkept;
  };
  /** Messages and ends of releases in one run; default: as many as Temporal thinks good. */
  readonly runLength?: number;
}

/** Throws an ApplicationFailure, which ends the run. */
export const checkedInput = (input: EnvironmentInput): EnvironmentInput => {
  const { app, environment, carried, runLength }: Partial<EnvironmentInput> = input ?? {};
  // What was released before is in the store: nobody else can say so.
  if (carried !== undefined && !isHandedOver())
    throw refused('"carried" is for the run before to hand over, and there was none');
  if (typeof app !== 'string' || app === '' || typeof environment !== 'string' || environment === '')
    throw refused('expected {"app":"…","environment":"…"}; the first release starts it');
  return {
    app,
    environment,
    ...(carried !== undefined && { carried }),
    ...(isLength(runLength) && { runLength }),
  };
};

const refused = (why: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(`the input of environment: ${why}`, 'ConfigurationError');

/** By the run before: a retry and a cron follow a run, too, but one that has failed, with what its starter has said. */
const isHandedOver = (): boolean => {
  const { continuedFromExecutionRunId, lastFailure } = workflowInfo();
  return continuedFromExecutionRunId !== undefined && lastFailure === undefined;
};

/** Runs of no length would follow each other without end, and none would say anything. */
const isLength = (given: unknown): given is number => typeof given === 'number' && given >= 1;
