/**
 * A preview is carried through Temporal, however much there is to say: below 64 KiB, whatever names and texts are like.
 * What is too long is cut, of long lists the beginning stays and the rest is counted; services and images go last.
 */
import { shortArn } from '../short-arn.ts';
import { shortDigests, withoutRegistry } from './change.ts';
import type { ServiceSight, Sight } from './sight.ts';

export interface Limits {
  /** UTF-16 units of one text. */
  readonly text: number;
  /** Lines of changes of one service. */
  readonly changes: number;
  /** Lines of what else is said of one service. */
  readonly notes: number;
  readonly warnings: number;
  /** True: of digests the first twelve digits, of repositories the name without the registry, of ARNs their last part. */
  readonly brief: boolean;
  /** Of what stands against it: one text may name a hundred services. */
  readonly summary: number;
  /** Who else is on the way. */
  readonly others: number;
  readonly services: number;
  readonly images: number;
}

/** From all that there is to say to the least: of a hundred services each is named in all but the last two. */
const LEVELS: readonly Limits[] = [
  {
    text: 1_000,
    changes: 12,
    notes: 6,
    warnings: 60,
    brief: false,
    summary: 4_000,
    others: 10,
    services: 300,
    images: 300,
  },
  {
    text: 240,
    changes: 5,
    notes: 3,
    warnings: 40,
    brief: false,
    summary: 4_000,
    others: 10,
    services: 200,
    images: 200,
  },
  {
    text: 200,
    changes: 2,
    notes: 2,
    warnings: 20,
    brief: false,
    summary: 4_000,
    others: 10,
    services: 200,
    images: 200,
  },
  {
    text: 160,
    changes: 1,
    notes: 1,
    warnings: 10,
    brief: true,
    summary: 4_000,
    others: 10,
    services: 150,
    images: 150,
  },
  {
    text: 100,
    changes: 0,
    notes: 1,
    warnings: 5,
    brief: true,
    summary: 2_000,
    others: 5,
    services: 120,
    images: 120,
  },
  {
    text: 80,
    changes: 0,
    notes: 0,
    warnings: 3,
    brief: true,
    summary: 1_000,
    others: 3,
    services: 100,
    images: 30,
  },
  {
    text: 60,
    changes: 0,
    notes: 0,
    warnings: 3,
    brief: true,
    summary: 500,
    others: 2,
    services: 50,
    images: 20,
  },
  {
    text: 40,
    changes: 0,
    notes: 0,
    warnings: 1,
    brief: true,
    summary: 200,
    others: 1,
    services: 10,
    images: 5,
  },
];

/** The most that is said within so many bytes. */
export const fitSight = (sight: Sight, mostBytes = 60 * 1024): Sight =>
  firstThatFits((limits) => sightWithin(sight, limits), mostBytes);

export const firstThatFits = <T>(make: (limits: Limits) => T, mostBytes: number): T => {
  let made: T | undefined;
  for (const limits of LEVELS) {
    made = make(limits);
    if (bytesOf(made) <= mostBytes) break;
  }
  return made as T;
};

export const sightWithin = (sight: Sight, limits: Limits): Sight => {
  const cut = (text: string): string => clip(text, limits.text);
  return {
    ...sight,
    obstacle: sight.obstacle && { ...sight.obstacle, text: clip(sight.obstacle.text, limits.summary) },
    images: sight.images.slice(0, limits.images).map((image) => ({
      ...image,
      name: cut(image.name),
      repositoryUri: cut(limits.brief ? withoutRegistry(image.repositoryUri) : image.repositoryUri),
      digest: limits.brief && image.digest ? shortDigests(image.digest) : image.digest,
    })),
    services: sight.services.slice(0, limits.services).map((service) => serviceWithin(service, limits, cut)),
    moreServices: sight.moreServices + Math.max(0, sight.services.length - limits.services),
    moreImages: sight.moreImages + Math.max(0, sight.images.length - limits.images),
    warnings: head(sight.warnings.map(cut), limits.warnings),
  };
};

const serviceWithin = (
  service: ServiceSight,
  { changes, notes, brief }: Pick<Limits, 'changes' | 'notes' | 'brief'>,
  cut: (text: string) => string,
): ServiceSight => {
  const { rollback, drift } = service;
  // Half an ARN names nothing.
  const named = (arn: string | null): string | null => (arn !== null && brief ? cut(shortArn(arn)) : arn);
  const lines = (all: readonly string[]): readonly string[] => head(all.map(cut), notes);
  return {
    ...service,
    name: cut(service.name),
    service: cut(service.service),
    live: named(service.live),
    note: service.note && cut(service.note),
    health: service.health && cut(service.health),
    changes: service.changes && head(service.changes.map(cut), changes),
    rollback: rollback && {
      to: named(rollback.to),
      problems: lines(rollback.problems),
      notes: lines(rollback.notes),
      unchecked: lines(rollback.unchecked),
    },
    drift: drift && {
      ...drift,
      changes: drift.changes.slice(0, changes).map(({ text, fate }) => ({ text: cut(text), fate })),
    },
  };
};

/** The beginning of a list, and how much more there is; of one that was cut before, all that is left out is counted. */
export const head = (lines: readonly string[], most: number): readonly string[] => {
  const [, before] = /^and (\d+) more$/.exec(lines.at(-1) ?? '') ?? [];
  const whole = before === undefined ? lines : lines.slice(0, -1);
  const more = Math.max(0, whole.length - most) + Number(before ?? 0);
  return more === 0 ? whole : [...whole.slice(0, most), `and ${more} more`];
};

export const clip = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

/** Of its JSON in UTF-8. */
export const bytesOf = (value: unknown): number => {
  let bytes = 0;
  for (const character of JSON.stringify(value) ?? '') {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
};
