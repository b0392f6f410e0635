/** In what a task definition differs from another, apart: what it is about, and how it differs. */

export interface Change {
  /** `cpu`, `container app`, `container app: variable DEBUG`. */
  readonly what: string;
  /** `256 → 512`, `is new`, `has another value`. */
  readonly how: string;
}

export const changeText = ({ what, how }: Change): string => `${what} ${how}`;

/**
 * As people read it: twelve digits tell a digest or a commit from others, and a repository that stays the same is named once,
 * without its registry.
 */
export const shortText = (change: Change): string => shortened(changeText(change));

export const shortened = (text: string): string => shortImage(shortDigests(text));

export const shortDigests = (text: string): string =>
  text
    .replaceAll(/(sha256:[0-9a-f]{12})[0-9a-f]{52}\b/g, '$1')
    .replaceAll(/(:[0-9a-f]{12})[0-9a-f]{28}\b/g, '$1');

const shortImage = (text: string): string => {
  const [, before = '', uri, was = '', after = ''] =
    /^(.*\bimage )(\S+?)([@:][^/\s]+) → (\S+)$/.exec(text) ?? [];
  const now = uri !== undefined && after.startsWith(uri) ? after.slice(uri.length) : '';
  return uri !== undefined && /^[@:][^/]+$/.test(now)
    ? `${before}${withoutRegistry(uri)}${was} → ${now}`
    : text;
};

/** A registry is named by its host: with a dot or a port, as Docker tells it from a folder. */
export const withoutRegistry = (uri: string): string => {
  const [host = '', ...path] = uri.split('/');
  return path.length > 0 && /[.:]/.test(host) ? path.join('/') : uri;
};

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
    text: shortText(change),
    fate: next.some((other) => touches(other, change)) ? 'overwritten' : 'kept',
  }));

/** A container that goes takes all with it that was changed in it; one that came is touched by whatever changes in it. */
const touches = (next: Change, { what, how }: Change): boolean =>
  next.what === what ||
  what.startsWith(`${next.what}: `) ||
  (how === 'is new' && next.what.startsWith(`${what}: `));
