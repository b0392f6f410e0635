/** ECR's lifecycle rules as AWS documents them, case by case. */
import { describe, expect, it } from '@jest/globals';
import {
  readLifecyclePolicy,
  type StoredImage,
  sentence,
} from '../../../src/release/images/lifecycle-rules.ts';

const DAY_MS = 24 * 3_600_000;
const NOW_MS = 1_000 * DAY_MS;

/** Pushed so many days ago. */
const image = (
  digest: string,
  days: number,
  tags: readonly string[] = [digest],
  more: Partial<StoredImage> = {},
): StoredImage => ({
  digest,
  tags,
  pushedAtMs: NOW_MS - days * DAY_MS,
  pulledAtMs: null,
  archivedAtMs: null,
  activatedAtMs: null,
  isArchived: false,
  ...more,
});

const daysAgo = (days: number): number => NOW_MS - days * DAY_MS;

interface RuleText {
  readonly [field: string]: unknown;
}

const tagged = (patterns: readonly string[], more: RuleText = {}): RuleText => ({
  tagStatus: 'tagged',
  tagPatternList: patterns,
  ...more,
});
const keep = (countNumber: number): RuleText => ({ countType: 'imageCountMoreThan', countNumber });
const older = (countNumber: number, countType = 'sinceImagePushed'): RuleText => ({
  countType,
  countUnit: 'days',
  countNumber,
});
const ANY = { tagStatus: 'any' };
const UNTAGGED = { tagStatus: 'untagged' };
const EXPIRE = { type: 'expire' };
const ARCHIVE = { type: 'transition', targetStorageClass: 'archive' };

/** Selections, in the order of their priority, with what they do. */
const policy = (...rules: readonly (readonly [RuleText, RuleText?])[]): string =>
  JSON.stringify({
    rules: rules.map(([selection, action = EXPIRE], index) => ({
      rulePriority: index + 1,
      selection,
      action,
    })),
  });

/** What becomes of the images, as `<digest> <does> <rule>`. */
const fates = (text: string, images: readonly StoredImage[]): readonly string[] =>
  [...sentence(readLifecyclePolicy(text) ?? [], images, NOW_MS)]
    .map(([digest, { does, rule }]) => `${digest} ${does} ${rule.priority}`)
    .sort();

const NEWEST_FIRST = [image('a', 1), image('b', 2), image('c', 3), image('d', 4)];

describe('which images a rule takes', () => {
  it.each<[string, string, readonly StoredImage[], readonly string[]]>([
    ['none, where there is no rule', policy(), NEWEST_FIRST, []],
    [
      'all but the newest, by when they were pushed',
      policy([{ ...ANY, ...keep(2) }]),
      NEWEST_FIRST,
      ['c delete 1', 'd delete 1'],
    ],
    ['none, where there are not too many', policy([{ ...ANY, ...keep(4) }]), NEWEST_FIRST, []],
    [
      'the older ones, whatever their order in the list',
      policy([{ ...ANY, ...keep(1) }]),
      [image('old', 9), image('new', 1)],
      ['old delete 1'],
    ],
    [
      'what is older than so many days, and not what is just as old',
      policy([{ ...ANY, ...older(3) }]),
      NEWEST_FIRST,
      ['d delete 1'],
    ],
    [
      'untagged ones',
      policy([{ ...UNTAGGED, ...older(1) }]),
      [image('a', 9), image('b', 9, [])],
      ['b delete 1'],
    ],
    [
      'those with a tag of that beginning',
      policy([{ tagStatus: 'tagged', tagPrefixList: ['v1.'], ...older(1) }]),
      [image('a', 9, ['v1.2']), image('b', 9, ['v10']), image('c', 9, ['old-v1.2'])],
      ['a delete 1'],
    ],
    [
      'a star in a beginning stands for itself, which no tag has',
      policy([{ tagStatus: 'tagged', tagPrefixList: ['v*'], ...older(1) }]),
      [image('a', 9, ['v1.2'])],
      [],
    ],
    [
      'those whose tag fits a pattern as a whole',
      policy([{ ...tagged(['*-sha-*']), ...older(1) }]),
      [image('a', 9, ['web-sha-1']), image('b', 9, ['sha-1']), image('c', 9, ['web-sha'])],
      ['a delete 1'],
    ],
    [
      'a pattern without a star is the tag itself, and a dot is a dot',
      policy([{ ...tagged(['v1.2']), ...older(1) }]),
      [image('a', 9, ['v1.2']), image('b', 9, ['v1.22']), image('c', 9, ['v1x2'])],
      ['a delete 1'],
    ],
    [
      'of several patterns, those that have a tag for each',
      policy([{ ...tagged(['prod*', 'eu*']), ...older(1) }]),
      [image('a', 9, ['prod-1', 'eu-1']), image('b', 9, ['prod-2']), image('c', 9, ['eu-2'])],
      ['a delete 1'],
    ],
    [
      'those that nobody has pulled for long; one that was never pulled counts from its push',
      policy([{ ...ANY, ...older(5, 'sinceImagePulled') }, ARCHIVE]),
      [
        image('never', 9),
        image('lately', 9, ['l'], { pulledAtMs: daysAgo(1) }),
        image('long-ago', 9, ['o'], { pulledAtMs: daysAgo(8) }),
        image('restored', 9, ['r'], { pulledAtMs: daysAgo(8), activatedAtMs: daysAgo(2) }),
      ],
      ['long-ago archive 1', 'never archive 1'],
    ],
    [
      'archived ones by when they were archived; others are not counted as such',
      policy([{ ...ANY, storageClass: 'archive', ...older(90, 'sinceImageTransitioned') }]),
      [
        image('a', 200, ['a'], { isArchived: true, archivedAtMs: daysAgo(100) }),
        image('b', 200, ['b'], { isArchived: true, archivedAtMs: daysAgo(80) }),
        image('c', 200, ['c'], { archivedAtMs: daysAgo(100) }),
      ],
      ['a delete 1'],
    ],
    [
      'and what is in the archive is not counted among the others',
      policy([{ ...ANY, ...keep(1) }]),
      [image('a', 1, ['a'], { isArchived: true }), image('b', 2), image('c', 3)],
      ['c delete 1'],
    ],
  ])('%s', (_what, text, images, expected) => {
    expect(fates(text, images)).toEqual(expected);
  });
});

describe('several rules', () => {
  it('each see all images, and an image that fits the tags of one is none for the later ones', () => {
    // The example of AWS's documentation, with patterns instead of prefixes.
    const text = policy(
      [{ ...tagged(['alpha*']), ...keep(1) }],
      [{ ...tagged(['beta*']), ...keep(1) }],
      [{ ...ANY, ...keep(1) }],
    );
    const images = [
      image('a', 12, ['alpha-1']),
      image('b', 11, ['beta-1']),
      image('c', 10, ['alpha-2', 'beta-2']),
      image('d', 9, ['git-hash']),
    ];
    expect(fates(text, images)).toEqual(['a delete 1', 'b delete 2']);
  });

  it('in the order of their priority, not of the file', () => {
    const rule = (rulePriority: number, selection: RuleText): RuleText => ({
      rulePriority,
      selection,
      action: EXPIRE,
    });
    const text = JSON.stringify({
      rules: [rule(9, { ...ANY, ...keep(1) }), rule(1, { ...tagged(['keep*']), ...keep(100) })],
    });
    expect(fates(text, [image('a', 1), image('b', 2, ['keep-1']), image('c', 3)])).toEqual(['c delete 9']);
  });

  it('protect what a first one keeps in any number: the rule for our own tags', () => {
    const text = policy(
      [{ tagStatus: 'tagged', tagPrefixList: ['slipway-keep-'], ...keep(1_000) }],
      [{ ...ANY, ...keep(1) }],
    );
    const images = [
      image('new', 1),
      image('kept', 50, ['f00', 'slipway-keep-production-2']),
      image('old', 9),
    ];
    expect(fates(text, images)).toEqual(['old delete 2']);
  });

  it('of an image that is already taken, only the first one tells', () => {
    const text = policy([{ ...tagged(['*']), ...older(5) }], [{ ...ANY, ...older(1) }]);
    expect(fates(text, [image('a', 9), image('b', 9, []), image('c', 2)])).toEqual([
      'a delete 1',
      'b delete 2',
    ]);
  });

  it('tell archived from other images: both may be chosen by any tag', () => {
    const text = policy(
      [{ ...ANY, ...older(90, 'sinceImagePulled') }, ARCHIVE],
      [{ ...ANY, storageClass: 'archive', ...older(365, 'sinceImageTransitioned') }],
    );
    const images = [
      image('idle', 100),
      image('archived', 900, ['x'], { isArchived: true, archivedAtMs: daysAgo(400) }),
    ];
    expect(fates(text, images)).toEqual(['archived delete 2', 'idle archive 1']);
  });
});

describe('what is not known here', () => {
  it.each<[string, RuleText, RuleText]>([
    [
      'a way to count',
      { ...tagged(['v*']), countType: 'sinceImageScanned', countUnit: 'days', countNumber: 1 },
      EXPIRE,
    ],
    [
      'a unit',
      { ...tagged(['v*']), countType: 'sinceImagePushed', countUnit: 'hours', countNumber: 1 },
      EXPIRE,
    ],
    ['no number', { ...tagged(['v*']), countType: 'imageCountMoreThan' }, EXPIRE],
    ['an action', { ...tagged(['v*']), ...keep(0) }, { type: 'freeze' }],
  ])(
    '%s: of the images that it fits it cannot be told, and no later rule takes them',
    (_what, selection, action) => {
      const text = policy([selection, action], [{ ...ANY, ...keep(1) }]);
      expect(fates(text, [image('a', 1, ['x']), image('b', 2, ['v1']), image('c', 3, ['y'])])).toEqual([
        'b unknown 1',
        'c delete 2',
      ]);
    },
  );

  it.each<[string, RuleText]>([
    ['a tag status', { tagStatus: 'signed', ...keep(100) }],
    ['a storage class', { ...ANY, storageClass: 'deep', ...keep(100) }],
    ['tags without any', { tagStatus: 'tagged', ...keep(100) }],
  ])('%s: it may mean each image that no earlier rule has', (_what, selection) => {
    const text = policy([{ ...tagged(['k*']), ...keep(9) }], [{ ...selection, countNumber: 0 }]);
    expect(fates(text, [image('a', 1, ['k1']), image('b', 2)])).toEqual(['b unknown 2']);
  });

  it.each([['no JSON'], ['[]'], ['{"rules": 1}'], ['null']])('%s is no policy', (text) => {
    expect(readLifecyclePolicy(text)).toBeNull();
  });

  it('a rule that is no rule at all is one of which nothing is known', () => {
    expect(fates('{"rules": [7]}', [image('a', 1)])).toEqual(['a unknown Infinity']);
  });
});
