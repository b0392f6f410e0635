import { setMaxListeners } from 'node:events';
import type { ReleaseClient } from './connect.ts';

/**
 * Calls to Temporal that a signal ends. With each request the SDK adds a listener to its signal and never takes it away: so
 * these get one of their own, and what is watched for hours does not pile them up on `signal`.
 */
export async function untilAborted<T>(
  { temporal }: Pick<ReleaseClient, 'temporal'>,
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  // A look at many pending activities makes as many requests.
  setMaxListeners(0, own.signal);
  const abort = (): void => own.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await temporal.withAbortSignal(own.signal, call);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
