/**
 * Tags that keep the images of the last good releases from ECR's lifecycle rules: a ring of them in each repository,
 * moved and never removed. To take a tag away, ECR would have to be asked to delete an image – and it does, where that
 * was the last tag.
 */
import { MOST_KEPT_RELEASES } from '../environment/good-releases.ts';

export const KEEP_TAG_PREFIX = 'slipway-keep-';

export const keepTag = (environment: string, slot: number): string =>
  `${KEEP_TAG_PREFIX}${environment}-${slot}`;

/** All that may be there, also from a time when more were kept. */
export const allKeepTags = (environment: string): readonly string[] =>
  Array.from({ length: slotsFor(MOST_KEPT_RELEASES) }, (_, slot) => keepTag(environment, slot));

/** One for the release itself, and one for each that it could be rolled back to. */
export const slotsFor = (releases: number): number => releases + 1;

export interface TagMove {
  readonly tag: string;
  readonly digest: string;
}

/**
 * Which tags to move so that each of the images has one: a tag that names one of them stays, one that names another
 * image, nothing, or an image that has a tag already is free. Tags beyond the ring, from when more were kept, are moved
 * to the first image: there they hold nothing back.
 *
 * @param wanted the release's own image first
 * @param found tag → digest
 */
export const keepTagMoves = (
  environment: string,
  slots: number,
  wanted: readonly string[],
  found: ReadonlyMap<string, string>,
): readonly TagMove[] => {
  const ring = Array.from({ length: slots }, (_, slot) => keepTag(environment, slot));
  const images = [...new Set(wanted)].slice(0, slots);
  const holders = new Map<string, string>();
  for (const tag of ring) {
    const digest = found.get(tag);
    if (digest !== undefined && images.includes(digest) && !holders.has(digest)) holders.set(digest, tag);
  }
  const taken = new Set(holders.values());
  // Those that name nothing first, so that nothing loses its tag before it must.
  const free = ring
    .filter((tag) => !taken.has(tag))
    .sort((one, other) => Number(found.has(one)) - Number(found.has(other)));
  const moves = images
    .filter((digest) => !holders.has(digest))
    .flatMap((digest, index) => {
      const tag = free[index];
      return tag === undefined ? [] : [{ tag, digest }];
    });
  const [own] = images;
  const beyond = allKeepTags(environment)
    .slice(slots)
    .filter((tag) => found.has(tag) && found.get(tag) !== own);
  return own === undefined ? moves : [...moves, ...beyond.map((tag) => ({ tag, digest: own }))];
};
