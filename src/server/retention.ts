/**
 * How long Temporal remembers runs that have ended: asked for now and then, as it may be changed, and soon again where it
 * was not told – a server that comes back from an outage may be too busy for that one question.
 */

/** Assumed where it does not tell. */
const LEAST_MS = 24 * 3_600_000;
const KNOWN_FOR_MS = 3_600_000;
const UNKNOWN_FOR_MS = 10_000;

/**
 * @param ask milliseconds; 0: it does not say
 * @returns never fails: whoever does not know assumes what was known before, or the least
 */
export function createRetention(ask: () => Promise<number>, now = Date.now): () => Promise<number> {
  let known: number | undefined;
  let answer: Promise<number> = Promise.resolve(LEAST_MS);
  let goodUntilMs = Number.NEGATIVE_INFINITY;

  const askAgain = async (): Promise<number> => {
    try {
      known = (await ask()) || LEAST_MS;
      goodUntilMs = now() + KNOWN_FOR_MS;
    } catch {
      goodUntilMs = now() + UNKNOWN_FOR_MS;
    }
    return known ?? LEAST_MS;
  };

  return () => {
    if (now() >= goodUntilMs) {
      // For whoever asks before there is an answer.
      goodUntilMs = Number.POSITIVE_INFINITY;
      answer = askAgain();
    }
    return answer;
  };
}
