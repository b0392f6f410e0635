/** Inside an activity, a cancelled release ends the call; elsewhere (CLI, tests) there is nothing to end it. */
import { CancelledFailure, cancellationSignal } from '@temporalio/activity';

/** Options of `client.send`. With a limit, the call is aborted after it, too: `isCancelled` tells the two apart. */
export const abortable = (limitMs?: number): { abortSignal?: AbortSignal } => {
  const signals = [ofActivity(), limitMs === undefined ? undefined : AbortSignal.timeout(limitMs)].filter(
    (signal) => signal !== undefined,
  );
  const [only] = signals;
  if (!only) return {};
  return { abortSignal: signals.length === 1 ? only : AbortSignal.any(signals) };
};

/** True for what a cancelled activity throws, be it in a call or in a sleep. */
export const isCancelled = (error: unknown): boolean =>
  error instanceof CancelledFailure || ofActivity()?.aborted === true;

const ofActivity = (): AbortSignal | undefined => {
  try {
    return cancellationSignal();
  } catch {
    return undefined;
  }
};
