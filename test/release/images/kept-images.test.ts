/** What the plan says of images that a rollback needs. */
import { describe, expect, it } from '@jest/globals';
import { keptImageWarnings, type NeededImage, type Push } from '../../../src/release/images/kept-images.ts';
import type { StoredImage } from '../../../src/release/images/lifecycle-rules.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = 1_000 * 24 * HOUR_MS;
const SHA = 'c'.repeat(40);

const image = (release: number, more: Partial<StoredImage> = {}): StoredImage => ({
  digest: `sha256:${release}`,
  tags: [`commit-${release}`],
  pushedAtMs: NOW_MS - (100 - release) * HOUR_MS,
  pulledAtMs: null,
  archivedAtMs: null,
  activatedAtMs: null,
  isArchived: false,
  ...more,
});

const release = (number: number, serves = false): NeededImage => ({
  digest: `sha256:${number}`,
  of: { kind: 'release', number, serves },
});

/** The plain one of most teams. */
const keepThree = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: 'keep 3',
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 3 },
      action: { type: 'expire' },
    },
  ],
});

const warn = (
  stored: readonly StoredImage[],
  needed: readonly NeededImage[],
  policy: string | null = keepThree,
  push: Push = { sha: SHA, movesLatest: true },
): readonly string[] => keptImageWarnings({ image: 'api', policy, stored, needed }, push, NOW_MS);

const stored = [6, 7, 8, 9].map((number) => image(number));

describe('a lifecycle rule', () => {
  it('is held against what is there once this release has pushed its own image', () => {
    expect(warn(stored.slice(1), [release(9, true), release(8), release(7)])).toEqual([
      'api: lifecycle rule 1 ("keep 3") will delete the image of release 7, to which a rollback may go',
    ]);
  });

  it('with room for one image more has nothing to be warned of', () => {
    expect(warn(stored.slice(2), [release(9, true), release(8)])).toEqual([]);
  });

  it('that takes several is told once, with all of them; what serves is told apart', () => {
    const policy = keepThree.replace('"countNumber":3', '"countNumber":1');
    expect(warn(stored, [release(9, true), release(8), release(7)], policy)).toEqual([
      'api: lifecycle rule 1 ("keep 3") will delete the image of release 9, which serves',
      'api: lifecycle rule 1 ("keep 3") will delete the images of releases 8, 7, to which a rollback may go',
    ]);
  });

  it('that takes what a service runs, though no release is known to have brought it', () => {
    const needed: NeededImage = { digest: 'sha256:6', of: { kind: 'service', name: 'shop-api' } };
    expect(warn(stored, [needed])).toEqual([
      'api: lifecycle rule 1 ("keep 3") will delete the image of service shop-api that runs now',
    ]);
  });

  it('sees the commit that is in the registry already as it is: nothing is pushed then', () => {
    const again = [...stored.slice(1, 3), image(9, { tags: [SHA] })];
    expect(warn(again, [release(8, true), release(7)])).toEqual([]);
  });

  it('sees no new image where the release goes back to an earlier one', () => {
    expect(
      warn(stored.slice(1), [release(9, true), release(7)], keepThree, { sha: null, movesLatest: true }),
    ).toEqual([]);
  });

  it.each<[boolean, readonly string[]]>([
    [true, []],
    [false, ['api: lifecycle rule 1 will delete the image of release 9, which serves']],
  ])('sees where `latest` will be (it moves: %s)', (movesLatest, expected) => {
    const policy = JSON.stringify({
      rules: [
        {
          rulePriority: 1,
          selection: {
            tagStatus: 'tagged',
            tagPatternList: ['latest'],
            countType: 'imageCountMoreThan',
            countNumber: 1,
          },
          action: { type: 'expire' },
        },
      ],
    });
    const serving = image(9, { tags: ['commit-9', 'latest'] });
    // Where it does not move, somebody else has put it on a newer image as well.
    const all = movesLatest ? [serving] : [serving, image(99, { tags: ['latest'] })];
    expect(warn(all, [release(9, true)], policy, { sha: SHA, movesLatest })).toEqual(expected);
  });

  it('that archives is told, as nothing can be pulled from there', () => {
    const policy = keepThree.replace('"expire"', '"transition"');
    expect(warn(stored.slice(1), [release(7)], policy)).toEqual([
      'api: lifecycle rule 1 ("keep 3") will archive the image of release 7, to which a rollback may go: it cannot be pulled from there',
    ]);
  });

  it('of a kind that is not known is told as such', () => {
    const policy = keepThree.replace('imageCountMoreThan', 'sinceImageScanned');
    expect(warn(stored.slice(1), [release(7)], policy)).toEqual([
      'api: whether lifecycle rule 1 ("keep 3") will delete the image of release 7, to which a rollback may go, cannot be told: it is of a kind that is not known',
    ]);
  });

  it('in a policy that is none is told as such', () => {
    expect(warn(stored, [release(7)], 'nonsense')).toEqual([
      'api: its lifecycle policy cannot be read, nor told what it will delete',
    ]);
  });

  it('with a description of any length has its beginning quoted', () => {
    const [line = ''] = warn(stored.slice(1), [release(7)], keepThree.replace('keep 3', 'x'.repeat(500)));
    expect(line.length).toBeLessThan(160);
  });
});

describe('an image that', () => {
  it('is gone already is told, whatever the rules say', () => {
    expect(warn([image(9)], [release(9, true), release(3), release(2)], null)).toEqual([
      'api: the images of releases 3, 2 are gone from the registry, and cannot be brought back',
    ]);
  });

  it('is archived is told', () => {
    expect(warn([image(3, { isArchived: true })], [release(3)], null)).toEqual([
      'api: the image of release 3 is in the archive, and cannot be pulled from there',
    ]);
  });

  it('two releases share is there for both', () => {
    const again: NeededImage = { digest: 'sha256:9', of: { kind: 'release', number: 4, serves: false } };
    expect(warn([image(9)], [release(9, true), again], null)).toEqual([]);
  });
});
