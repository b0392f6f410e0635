import { humanDuration } from '../../release/human-duration.ts';

export { humanDuration };

/** Of what still runs: `12s`, `2m 03s`; it changes once a second. */
export const humanSeconds = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60 ? `${seconds}s` : humanDuration(seconds * 1000);
};
