/**
 * What Temporal can list releases by. They have to be registered in the namespace first; everything runs without them:
 * a workflow that names one that is not registered stands still until it is, so that none is named unless somebody has just
 * seen that all are there.
 */
export const SEARCH_ATTRIBUTES = {
  app: 'SlipwayApp',
  environment: 'SlipwayEnvironment',
  /** 40 hex digits. */
  commit: 'SlipwayCommit',
  /** Of a release that has ended. */
  verdict: 'SlipwayVerdict',
} as const;

export type SearchAttribute = keyof typeof SEARCH_ATTRIBUTES;

/** All are of the same type, which Temporal calls a Keyword: whole words, found as a whole. */
export const SEARCH_ATTRIBUTE_NAMES = Object.values(SEARCH_ATTRIBUTES);

/** What is known of a release; the rest is left out. */
export type SearchValues = Partial<Record<SearchAttribute, string>>;

/** As Temporal's SDK takes them. */
export const searchPairs = (values: SearchValues) =>
  (Object.keys(SEARCH_ATTRIBUTES) as SearchAttribute[]).flatMap((attribute) => {
    const value = values[attribute];
    return value ? [{ key: searchKey(attribute), value }] : [];
  });

export const searchKey = (attribute: SearchAttribute) =>
  ({ name: SEARCH_ATTRIBUTES[attribute], type: 'KEYWORD' }) as const;

/** What an activity has seen on its way. */
export interface Indexing {
  /** All search attributes were registered when it answered. Absent: they were not, or nobody could say. */
  readonly indexed?: true;
  /** When it has looked. */
  readonly seenAtMs?: number;
}

/**
 * What was seen counts for so long: an attribute that somebody removes right after the look fails the task of the workflow,
 * and the task that comes later than this does without.
 */
export const SEEN_FOR_MS = 30_000;

/** @param answer of an activity; those of an earlier Slipway say nothing, or not when */
export const isIndexed = (answer: unknown, nowMs: number): boolean => {
  const { indexed = false, seenAtMs = nowMs } = (answer ?? {}) as Indexing;
  return indexed && nowMs - seenAtMs < SEEN_FOR_MS;
};
