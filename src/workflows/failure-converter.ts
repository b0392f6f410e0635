/**
 * What goes out of a workflow as a failure – its verdict, a refused update, the answer to a query – may quote anybody:
 * commits, `slipway.yaml`, reasons of operators. Half a character in it would end the control worker at every try
 * (src/release/well-formed.ts), and with it all releases.
 */
import {
  DefaultFailureConverter,
  type FailureConverter,
  type PayloadConverter,
  type ProtoFailure,
} from '@temporalio/common';
import { wellFormed } from '../release/well-formed.ts';

type Context = Parameters<FailureConverter['errorToFailure']>[2];

class WellFormedFailures extends DefaultFailureConverter {
  /** It comes here for each cause as well. */
  override errorToFailure(
    error: unknown,
    payloadConverter: PayloadConverter,
    context?: Context,
  ): ProtoFailure {
    const failure = super.errorToFailure(error, payloadConverter, context);
    const { message, stackTrace, applicationFailureInfo: info } = failure;
    return {
      ...failure,
      ...(message && { message: wellFormed(message) }),
      ...(stackTrace && { stackTrace: wellFormed(stackTrace) }),
      ...(info?.type && { applicationFailureInfo: { ...info, type: wellFormed(info.type) } }),
    };
  }
}

/** The bundle takes it by this name. */
export const failureConverter: FailureConverter = new WellFormedFailures();
