/** Ctrl+C, or a runner's SIGTERM: whoever watches lets go, and what is watched goes on. */
import { EXIT } from '../exit-codes.ts';

export interface Interrupts {
  readonly signal: AbortSignal;
  dispose(): void;
}

/**
 * The first Ctrl+C (or a runner's SIGTERM) lets go of the release; with no listener left, a second one ends us at once.
 * Not `once`: what gives the cursor back (signal-exit) ends the process where it finds itself alone with the signal.
 */
export function onInterrupt(): Interrupts {
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort(EXIT.detached);
    setImmediate(dispose);
  };
  const dispose = (): void => {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  };
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  return { signal: stop.signal, dispose };
}
