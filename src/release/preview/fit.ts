/**
 * A preview is carried through Temporal, however much there is to say: below 64 KiB, whatever names and texts are like.
 * What is too long is cut, of long lists the beginning stays and the rest is counted; services and images go last.
 */
import type { ServiceSight, Sight } from './sight.ts';

export interface Limits {
  /** UTF-16 units of one text. */
  readonly text: number;
  /** Lines of changes of one service. */
  readonly changes: number;
  /** Lines of what else is said of one service. */
  readonly notes: number;
  readonly warnings: number;
  /** Services and images. */
  readonly rows: number;
}

const LEVELS: readonly Limits[] = [
  { text: 1_000, changes: 12, notes: 6, warnings: 60, rows: 300 },
  { text: 240, changes: 5, notes: 3, warnings: 40, rows: 200 },
  { text: 200, changes: 2, notes: 2, warnings: 20, rows: 200 },
  { text: 160, changes: 1, notes: 1, warnings: 10, rows: 100 },
  { text: 100, changes: 1, notes: 0, warnings: 5, rows: 100 },
  { text: 60, changes: 0, notes: 0, warnings: 3, rows: 50 },
  { text: 40, changes: 0, notes: 0, warnings: 1, rows: 10 },
];

/** Longest text of all, as it may name a hundred services. */
const MOST_OBSTACLE = 4_000;

/** The most that is said within so many bytes. */
export const fitSight = (sight: Sight, mostBytes = 44 * 1024): Sight =>
  firstThatFits((limits) => within(sight, limits), mostBytes);

export const firstThatFits = <T>(make: (limits: Limits) => T, mostBytes: number): T => {
  let made: T | undefined;
  for (const limits of LEVELS) {
    made = make(limits);
    if (bytesOf(made) <= mostBytes) break;
  }
  return made as T;
};

const within = (sight: Sight, { rows, ...limits }: Limits): Sight => {
  const cut = (text: string): string => clip(text, limits.text);
  return {
    ...sight,
    obstacle: sight.obstacle && { ...sight.obstacle, text: clip(sight.obstacle.text, MOST_OBSTACLE) },
    images: sight.images.slice(0, rows).map((image) => ({
      ...image,
      name: cut(image.name),
      repositoryUri: cut(image.repositoryUri),
      digest: image.digest && clip(image.digest, 'sha256:'.length + 64),
    })),
    services: sight.services.slice(0, rows).map((service) => serviceWithin(service, limits, cut)),
    moreServices: sight.moreServices + Math.max(0, sight.services.length - rows),
    moreImages: sight.moreImages + Math.max(0, sight.images.length - rows),
    warnings: head(sight.warnings.map(cut), limits.warnings),
  };
};

const serviceWithin = (
  service: ServiceSight,
  { changes, notes }: Pick<Limits, 'changes' | 'notes'>,
  cut: (text: string) => string,
): ServiceSight => {
  const { rollback, drift } = service;
  const lines = (all: readonly string[]): readonly string[] => head(all.map(cut), notes);
  return {
    ...service,
    name: cut(service.name),
    service: cut(service.service),
    live: service.live && cut(service.live),
    note: service.note && cut(service.note),
    health: service.health && cut(service.health),
    changes: service.changes && head(service.changes.map(cut), changes),
    rollback: rollback && {
      taskDefinition: rollback.taskDefinition && cut(rollback.taskDefinition),
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

/** The beginning of a list, and how much more there is. */
export const head = (lines: readonly string[], most: number): readonly string[] => {
  const more = lines.length - most;
  if (more <= 0) return lines;
  return most === 0 ? [`${more} lines`] : [...lines.slice(0, most), `and ${more} more`];
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
