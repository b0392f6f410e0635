/** In what a task definition differs from another, apart: what it is about, and how it differs. */

export interface Change {
  /** `cpu`, `container app`, `container app: variable DEBUG`. */
  readonly what: string;
  /** `256 → 512`, `is new`, `has another value`. */
  readonly how: string;
}

export const changeText = ({ what, how }: Change): string => `${what} ${how}`;

/** What somebody else has changed, and what a release would do about it. */
export interface DriftChange {
  readonly text: string;
  readonly fate: 'overwritten' | 'kept';
}

/**
 * @param drift from what a release has left to what there is
 * @param next from what there is to what the next release brings
 */
export const fatesOf = (drift: readonly Change[], next: readonly Change[]): readonly DriftChange[] =>
  drift.map((change) => ({
    text: changeText(change),
    fate: next.some((other) => touches(other, change)) ? 'overwritten' : 'kept',
  }));

/** A container that goes takes all with it that was changed in it; one that came is touched by whatever changes in it. */
const touches = (next: Change, { what, how }: Change): boolean =>
  next.what === what ||
  what.startsWith(`${next.what}: `) ||
  (how === 'is new' && next.what.startsWith(`${what}: `));
