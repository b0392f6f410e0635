/**
 * How gently logs are followed. Every page is a workflow and an activity (two or three of Temporal's actions), so a page
 * waits for its first line, and then for more of them: a quiet log costs three pages a minute, a busy one six to twelve.
 */

/** A quiet log is asked for again after this. */
export const MOST_WAITED_MS = 20_000;

/** After its first new line, a page waits for more: at first people want to see something at once. */
const FIRST_SETTLE_MS = 2_000;
const LATER_SETTLE_MS = 5_000;
const FIRST_PAGES = 5;

/** @param page counts from 1, those that had lines */
export const settleMs = (page: number): number => (page <= FIRST_PAGES ? FIRST_SETTLE_MS : LATER_SETTLE_MS);

/** A question may come from anywhere: nobody keeps a slot of a worker for longer. */
export const boundedWaitMs = (waitMs: number): number =>
  Number.isFinite(waitMs) ? Math.max(0, Math.min(waitMs, MOST_WAITED_MS)) : 0;
