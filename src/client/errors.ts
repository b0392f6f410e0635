/**
 * What can go wrong between a starter and Temporal, told apart by `type`.
 */
import { SlipwayError, type SlipwayErrorOptions } from '../errors.ts';
import type { Aftermath } from '../release/broken-off.ts';

/** How a run ended that has no verdict. */
export interface BrokenEnd {
  readonly endedAtMs: number;
  /** Null: no later release is known to have looked back at it. */
  readonly aftermath: Aftermath | null;
}

/** Temporal does not answer, or does not let us in. */
export class UnreachableError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('Unreachable', true, message, options);
  }
}

/** There is no release of that name. */
export class ReleaseNotFoundError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('ReleaseNotFound', false, message, options);
  }
}

/** Several releases run, and what is said may be meant for one of them only. */
export class AmbiguousReleaseError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('AmbiguousRelease', false, message, options);
  }
}

/** The run ended without a verdict: terminated, timed out, or failed by something that is not a verdict. */
export class NoVerdictError extends SlipwayError {
  readonly end: BrokenEnd;

  constructor(message: string, end: BrokenEnd, options?: SlipwayErrorOptions) {
    super('NoVerdict', false, message, options);
    this.end = end;
  }
}

/** The release has said no: what was asked means nothing at this moment. */
export class RefusedByReleaseError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('NotNow', false, message, options);
  }
}

/** A clearing could not be done; what it had deregistered by then stays so. */
export class GcFailedError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('GcFailed', false, message, options);
  }
}

/** Control is there, but nobody who could look at the cluster. */
export class NoDeployWorkerError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('NoDeployWorker', true, message, options);
  }
}

/** Temporal is there, but nobody who could answer for the release. */
export class NoControlWorkerError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('NoControlWorker', true, message, options);
  }
}
