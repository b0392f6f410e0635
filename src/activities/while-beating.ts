/** Heartbeats with details of one's own while something takes its time: a long pause must not look like a dead worker. */

/** Well below the heartbeat timeouts in src/workflows/pools. */
export const BEAT_EVERY_MS = 5_000;

/** Beats at once and then by the clock, until the work ends. */
export const whileBeating = async <T>(
  beat: () => void,
  work: () => Promise<T>,
  everyMs = BEAT_EVERY_MS,
): Promise<T> => {
  beat();
  const timer = setInterval(beat, everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};
