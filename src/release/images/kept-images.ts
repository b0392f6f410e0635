/**
 * Whether the images that a rollback needs are there, and stay there once the images of this release have been pushed:
 * warnings of the plan, in words.
 */
import {
  type LifecycleRule,
  readLifecyclePolicy,
  type Sentence,
  type StoredImage,
  sentence,
} from './lifecycle-rules.ts';

/** An image that must not go, and for what. */
export interface NeededImage {
  readonly digest: string;
  readonly of:
    | { readonly kind: 'release'; readonly number: number; readonly serves: boolean }
    /** What the service runs, whoever brought it. */
    | { readonly kind: 'service'; readonly name: string };
}

export interface KeptImages {
  /** Name of the image in `slipway.yaml`. */
  readonly image: string;
  /** Null: the repository has no lifecycle policy. */
  readonly policy: string | null;
  readonly stored: readonly StoredImage[];
  readonly needed: readonly NeededImage[];
}

/** What the release adds to the repository; `sha` null: nothing, as it goes back to an earlier one. */
export interface Push {
  readonly sha: string | null;
  readonly movesLatest: boolean;
}

export const keptImageWarnings = (
  { image, policy, stored, needed }: KeptImages,
  push: Push,
  nowMs: number,
): readonly string[] => {
  const byDigest = new Map(stored.map((each) => [each.digest, each]));
  const gone = needed.filter(({ digest, of }) => of.kind === 'release' && !byDigest.has(digest));
  const archived = needed.filter(({ digest }) => byDigest.get(digest)?.isArchived === true);
  const lines = [
    ...naming(gone).map(
      ({ name, are }) => `${name} ${are} gone from the registry, and cannot be brought back`,
    ),
    ...naming(archived).map(
      ({ name, are }) => `${name} ${are} in the archive, and cannot be pulled from there`,
    ),
    ...(policy === null ? [] : ruleLines(policy, afterPush(stored, push, nowMs), needed, nowMs)),
  ];
  return lines.map((line) => `${image}: ${line}`);
};

const ruleLines = (
  policy: string,
  stored: readonly StoredImage[],
  needed: readonly NeededImage[],
  nowMs: number,
): readonly string[] => {
  const rules = readLifecyclePolicy(policy);
  if (rules === null) return ['its lifecycle policy cannot be read, nor told what it will delete'];
  const sentences = sentence(rules, stored, nowMs);
  return rules.flatMap((rule) => {
    const taken = needed.filter(({ digest }) => sentences.get(digest)?.rule === rule);
    const [first] = taken;
    const does = first && sentences.get(first.digest)?.does;
    return does ? naming(taken).map((group) => ruleLine({ does, rule }, group)) : [];
  });
};

const ruleLine = ({ does, rule }: Sentence, { name, why }: Named): string => {
  const what = `${name}${why}`;
  if (does === 'delete') return `${ruleName(rule)} will delete ${what}`;
  if (does === 'archive') return `${ruleName(rule)} will archive ${what}: it cannot be pulled from there`;
  return `whether ${ruleName(rule)} will delete ${what}, cannot be told: it is of a kind that is not known`;
};

const LONGEST_DESCRIPTION = 60;

const ruleName = ({ priority, description }: LifecycleRule): string => {
  const text = description.slice(0, LONGEST_DESCRIPTION);
  return `lifecycle rule ${priority}${text === '' ? '' : ` ("${text}")`}`;
};

/** Some of the images, as a line tells of them. */
interface Named {
  /** `the images of releases 6, 7` */
  readonly name: string;
  readonly are: 'is' | 'are';
  /** `, to which a rollback may go`; empty where the name says it. */
  readonly why: string;
}

/** What serves, what can be gone back to, and what else runs: each is told apart. */
const naming = (needed: readonly NeededImage[]): readonly Named[] => {
  const releases = (isServing: boolean): readonly string[] =>
    needed.flatMap(({ of }) => (of.kind === 'release' && of.serves === isServing ? [`${of.number}`] : []));
  const services = needed.flatMap(({ of }) => (of.kind === 'service' ? [of.name] : []));
  const imagesOf = (what: string, list: readonly string[], why: string): readonly Named[] => {
    const names = [...new Set(list)];
    if (names.length === 0) return [];
    const s = names.length === 1 ? '' : 's';
    const name = `the image${s} of ${what}${s} ${names.join(', ')}`;
    return [{ name, are: s === '' ? 'is' : 'are', why }];
  };
  return [
    ...imagesOf('release', releases(true), ', which serves'),
    ...imagesOf('release', releases(false), ', to which a rollback may go'),
    ...imagesOf('service', services, ' that runs now'),
  ];
};

/** The images as they are when the release has succeeded: its own is the newest, and has `latest`. */
const afterPush = (
  stored: readonly StoredImage[],
  { sha, movesLatest }: Push,
  nowMs: number,
): readonly StoredImage[] => {
  if (sha === null) return stored;
  const labels = movesLatest ? ['latest'] : [];
  const others = stored.map((each) =>
    movesLatest ? { ...each, tags: each.tags.filter((tag) => tag !== 'latest') } : each,
  );
  if (others.some(({ tags }) => tags.includes(sha))) {
    return others.map((each) =>
      each.tags.includes(sha) ? { ...each, tags: [...each.tags, ...labels] } : each,
    );
  }
  const own: StoredImage = {
    digest: `of commit ${sha}`,
    tags: [sha, ...labels],
    pushedAtMs: nowMs,
    pulledAtMs: null,
    archivedAtMs: null,
    activatedAtMs: null,
    isArchived: false,
  };
  return [...others, own];
};
