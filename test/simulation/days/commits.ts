/** The commits of a day, and the images that each of them brings. */
import { createHash } from 'node:crypto';
import type { CommitLine } from '../../../src/release/environment/state.ts';
import { commit } from '../../release/environment/scenes.ts';
import type { Images } from '../cloud/images.ts';
import type { Brought, DayRelease } from './day.ts';

export const commitOf = ({ place, branch }: Brought): CommitLine => commit(place, branch);

export const digestIn = (service: string, sha: string): string =>
  `sha256:${createHash('sha256').update(`${service} ${sha}`).digest('hex')}`;

/** A commit that comes twice is what it was the first time. */
export const provide = (
  images: Images,
  services: readonly string[],
  releases: readonly DayRelease[],
): ReadonlyMap<string, DayRelease> => {
  const bySha = new Map<string, DayRelease>();
  for (const release of releases) {
    if (!release.brings) continue;
    const { sha } = commitOf(release.brings);
    if (bySha.has(sha)) continue;
    bySha.set(sha, release);
    for (const service of services) {
      const { quality } = release;
      images.behaviours.set(digestIn(service, sha), { quality, lastWords: [], commandExitsWith: 0 });
    }
  }
  return bySha;
};
