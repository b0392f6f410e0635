/** Somebody asks what only the deploy workers of an environment can answer, and there are none. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { deployQueue } from '../release/names.ts';
import { shellWord } from '../release/shell-word.ts';
import type { Whereabouts } from '../release/whereabouts.ts';

export const isNobodyThere = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof TimeoutFailure &&
  error.cause.timeoutType === 'SCHEDULE_TO_START';

/** @param so what follows from it, in half a sentence */
export const noDeployWorker = (
  { deployQueue: name }: Pick<Whereabouts, 'deployQueue'>,
  so: string,
): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'NoDeployWorker',
    nonRetryable: true,
    message: `no deploy worker polls ${deployQueue(name)}: ${so}`,
    details: [
      {
        advice: `Start one (slipway worker deploy${name === undefined ? '' : ` --queue ${shellWord(name)}`}) and ask again.`,
      },
    ],
  });
