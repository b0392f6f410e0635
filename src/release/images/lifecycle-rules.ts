/**
 * What the lifecycle rules of an ECR repository would do to its images, by the rules of AWS
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html). All rules look at all images; then
 * they take them in the order of their priority: an image that fits the tags of a rule is left alone by every later one,
 * whether or not it is taken by this one.
 */

/** An image as ECR lists it; times are epoch milliseconds. */
export interface StoredImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAtMs: number;
  /** Null: never. */
  readonly pulledAtMs: number | null;
  /** When it was moved into the archive, or back out of it; null: never. */
  readonly archivedAtMs: number | null;
  readonly activatedAtMs: number | null;
  /** In the archive: it cannot be pulled. */
  readonly isArchived: boolean;
}

export interface LifecycleRule {
  readonly priority: number;
  readonly description: string;
  /** Null: a way to select images that is not known here. */
  readonly selects: Selection | null;
  /** Null: a way to count that is not known here. */
  readonly limit: Limit | null;
  /** Null: an action that is not known here. */
  readonly action: 'delete' | 'archive' | null;
}

interface Selection {
  readonly tagStatus: 'tagged' | 'untagged' | 'any';
  /** Each of them has to fit one of the image's tags; `*` stands for any text. */
  readonly patterns: readonly string[];
  readonly fromArchive: boolean;
}

type Limit =
  | { readonly kind: 'count'; readonly images: number }
  | { readonly kind: 'age'; readonly since: 'push' | 'pull' | 'archiving'; readonly ms: number };

/** What becomes of an image, and by which rule. `unknown`: by one whose words are not known here. */
export interface Sentence {
  readonly does: 'delete' | 'archive' | 'unknown';
  readonly rule: LifecycleRule;
}

const DAY_MS = 24 * 3_600_000;

const AGES = {
  sinceImagePushed: 'push',
  sinceImagePulled: 'pull',
  sinceImageTransitioned: 'archiving',
} as const;

const ACTIONS = { expire: 'delete', transition: 'archive' } as const;

/** Null where the text is no lifecycle policy. */
export const readLifecyclePolicy = (text: string): readonly LifecycleRule[] | null => {
  const rules = fieldsOf(parse(text)).rules;
  if (!Array.isArray(rules)) return null;
  return rules.map(readRule).sort((one, other) => one.priority - other.priority);
};

/** By digest; an image that is not in it stays as it is. */
export const sentence = (
  rules: readonly LifecycleRule[],
  images: readonly StoredImage[],
  nowMs: number,
): ReadonlyMap<string, Sentence> => {
  const sentences = new Map<string, Sentence>();
  const claimed = new Set<string>();
  for (const rule of rules) {
    const { selects, limit, action } = rule;
    // Of a selection that is not known, each image may be one.
    const chosen = selects === null ? images : images.filter((image) => isSelected(selects, image));
    const isKnown = selects !== null && limit !== null && action !== null;
    const taken = limit === null ? chosen : beyond(limit, chosen, nowMs);
    for (const { digest } of taken) {
      if (!claimed.has(digest)) sentences.set(digest, { does: isKnown ? action : 'unknown', rule });
    }
    for (const { digest } of chosen) claimed.add(digest);
  }
  return sentences;
};

const isSelected = ({ tagStatus, patterns, fromArchive }: Selection, image: StoredImage): boolean => {
  if (image.isArchived !== fromArchive) return false;
  if (tagStatus === 'any') return true;
  if (tagStatus === 'untagged') return image.tags.length === 0;
  return patterns.every((pattern) => image.tags.some((tag) => matchesWildcard(pattern, tag)));
};

/** Those of the images that are too many or too old. */
const beyond = (limit: Limit, images: readonly StoredImage[], nowMs: number): readonly StoredImage[] => {
  if (limit.kind === 'age') {
    return images.filter((image) => nowMs - countedFrom(limit.since, image) > limit.ms);
  }
  return images.toSorted((one, other) => other.pushedAtMs - one.pushedAtMs).slice(limit.images);
};

/** One that was never pulled, or not since it came out of the archive, counts from there. */
const countedFrom = (since: 'push' | 'pull' | 'archiving', image: StoredImage): number => {
  const { pushedAtMs, pulledAtMs, activatedAtMs, archivedAtMs } = image;
  if (since === 'push') return pushedAtMs;
  if (since === 'archiving') return archivedAtMs ?? Number.POSITIVE_INFINITY;
  return Math.max(pulledAtMs ?? pushedAtMs, activatedAtMs ?? 0);
};

/** `*` stands for any text, everything else for itself; as ECR writes patterns of tags. */
export const matchesWildcard = (pattern: string, tag: string): boolean => {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(tag);
};

type Fields = Readonly<Record<string, unknown>>;

const readRule = (rule: unknown): LifecycleRule => {
  const { rulePriority, description, selection, action } = fieldsOf(rule);
  return {
    priority: typeof rulePriority === 'number' ? rulePriority : Number.POSITIVE_INFINITY,
    description: typeof description === 'string' ? description : '',
    selects: readSelection(fieldsOf(selection)),
    limit: readLimit(fieldsOf(selection)),
    action: lookUp(ACTIONS, fieldsOf(action).type),
  };
};

const readSelection = ({ tagStatus, ...rest }: Fields): Selection | null => {
  const storageClass = rest.storageClass ?? 'standard';
  if (tagStatus !== 'tagged' && tagStatus !== 'untagged' && tagStatus !== 'any') return null;
  if (storageClass !== 'standard' && storageClass !== 'archive') return null;
  const prefixes = textsOf(rest.tagPrefixList);
  const patterns = [...textsOf(rest.tagPatternList), ...prefixes.map((prefix) => `${literal(prefix)}*`)];
  if (tagStatus === 'tagged' && patterns.length === 0) return null;
  return { tagStatus, patterns, fromArchive: storageClass === 'archive' };
};

/** A tag has no `*` in it: what a prefix says of one fits nothing. */
const literal = (prefix: string): string => prefix.replaceAll('*', '\u0000');

const readLimit = ({ countType, countUnit, countNumber }: Fields): Limit | null => {
  if (typeof countNumber !== 'number') return null;
  if (countType === 'imageCountMoreThan') return { kind: 'count', images: countNumber };
  const since = lookUp(AGES, countType);
  return since === null || countUnit !== 'days' ? null : { kind: 'age', since, ms: countNumber * DAY_MS };
};

const lookUp = <T>(table: Readonly<Record<string, T>>, key: unknown): T | null =>
  typeof key === 'string' && Object.hasOwn(table, key) ? (table[key] ?? null) : null;

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
