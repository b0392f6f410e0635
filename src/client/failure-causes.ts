/** Why a workflow has failed, out of the failures that lie within each other. */
import { ApplicationFailure } from '@temporalio/client';
import type { SlipwayErrorOptions } from '../errors.ts';

/** Itself first, the deepest last. */
export const causesOf = (error: Error): readonly Error[] =>
  error.cause instanceof Error ? [error, ...causesOf(error.cause)] : [error];

/** The deepest that says its type: the workflow's own failure, or that of its activity. */
export const rootFailure = (error: Error): ApplicationFailure | undefined =>
  causesOf(error).findLast((cause) => cause instanceof ApplicationFailure);

/** What our errors say beside their message, which Temporal hands on as the first detail. */
export const toldBeside = (
  failure: ApplicationFailure | undefined,
): Pick<SlipwayErrorOptions, 'advice' | 'evidence'> => {
  const { advice, evidence } = (failure?.details?.[0] ?? {}) as SlipwayErrorOptions;
  return { ...(advice === undefined ? {} : { advice }), ...(evidence === undefined ? {} : { evidence }) };
};
