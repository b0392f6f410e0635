/** Which ended releases of an environment say that it has verified a commit. */
import { describe, expect, it } from '@jest/globals';
import { verificationOf } from '../../src/release/promotion.ts';
import type { ReleaseReport, Verdict } from '../../src/release/verdict.ts';
import { SUCCEEDED, step } from '../cli/render/reports.ts';

const X = 'a'.repeat(40);
const Y = 'b'.repeat(40);
const Z = 'c'.repeat(40);

interface Ended {
  readonly sha?: string;
  readonly verdict?: Verdict;
  readonly rollbackTo?: number;
  /** Without its turn, or with nothing to bring. */
  readonly idle?: true;
}

const ended = (
  number: number,
  { sha = X, verdict = 'succeeded', rollbackTo, idle }: Ended = {},
): ReleaseReport => ({
  ...SUCCEEDED,
  number,
  verdict,
  commit: { sha, subject: 'a change', author: 'Ada' },
  rollbackTo: rollbackTo ?? null,
  steps: [step('plan', '', 'succeeded'), ...(idle ? [] : [step('register', '', 'succeeded')])],
  images: SUCCEEDED.images.map((image) => ({ ...image, digest: `sha256:of ${number}` })),
});

/** @param reports in the order in which they ended */
const find = (...reports: readonly ReleaseReport[]): number | string | undefined => {
  const found = verificationOf(X, 'staging', reports.toReversed());
  return found?.kind === 'verified' ? found.promotion.number : found?.why;
};

describe('a commit is verified', () => {
  it.each<[string, readonly ReleaseReport[], number]>([
    ['by the release that brought it', [ended(1)], 1],
    [
      'also where others came after it',
      [ended(1), ended(2, { sha: Y }), ended(3, { sha: Z, verdict: 'rolled-back' })],
      1,
    ],
    ['by the newest one that brought it', [ended(1), ended(2, { sha: Y }), ended(3)], 3],
    ['by one before, where the last one only found it there', [ended(1), ended(2, { idle: true })], 1],
    [
      'by one before, where a later one did not get as far',
      [ended(1), ended(2, { verdict: 'failed', idle: true })],
      1,
    ],
    ['by one before, where a later one was called off', [ended(1), ended(2, { verdict: 'aborted' })], 1],
    ['at the second try', [ended(1, { verdict: 'rolled-back' }), ended(2)], 2],
    ['by a rollback that brought it back', [ended(1), ended(2, { sha: Y }), ended(3, { rollbackTo: 1 })], 3],
    [
      'where a rollback went from a later one back to it or to one after it',
      [ended(1), ended(2, { sha: Y }), ended(3, { sha: Z }), ended(4, { sha: Y, rollbackTo: 2 })],
      1,
    ],
    [
      'again, after a rollback away from it',
      [ended(1, { sha: Y }), ended(2), ended(3, { sha: Y, rollbackTo: 1 }), ended(4)],
      4,
    ],
    [
      'where it took its turn after a rollback that had come later',
      [ended(1, { sha: Y }), ended(2, { sha: Z }), ended(4, { sha: Y, rollbackTo: 1 }), ended(3)],
      3,
    ],
    [
      'where the rollback away from it came to nothing',
      [ended(1, { sha: Y }), ended(2), ended(3, { sha: Y, rollbackTo: 1, verdict: 'rolled-back' })],
      2,
    ],
  ])('%s', (_what, reports, number) => {
    expect(find(...reports)).toBe(number);
  });
});

describe('a commit is not verified', () => {
  it.each<[string, readonly ReleaseReport[], string]>([
    [
      'that was rolled back',
      [ended(1, { verdict: 'rolled-back' })],
      'release 1 of staging has brought it and ended as rolled-back',
    ],
    [
      'that was rolled back at its second try',
      [ended(1), ended(2, { verdict: 'rolled-back' })],
      'release 2 of staging has brought it and ended as rolled-back',
    ],
    [
      'whose migration failed',
      [ended(1), ended(2, { verdict: 'failed' })],
      'release 2 of staging has brought it and ended as failed',
    ],
    [
      'that somebody has gone back from',
      [ended(1, { sha: Y }), ended(2), ended(3, { sha: Y, rollbackTo: 1 })],
      'release 2 of staging has brought it, and release 3 went back to release 1',
    ],
    [
      'that somebody has gone back past',
      [
        ended(1, { sha: Y }),
        ended(2),
        ended(3, { sha: Z }),
        ended(4, { sha: Y, rollbackTo: 1 }),
        ended(5, { sha: Z }),
      ],
      'release 2 of staging has brought it, and release 4 went back to release 1',
    ],
    [
      'that somebody has gone back past, though another one went less far back since',
      [
        ended(1, { sha: Y }),
        ended(2),
        ended(3, { sha: Y, rollbackTo: 1 }),
        ended(4, { sha: Z }),
        ended(5, { sha: Y }),
        ended(6, { sha: Z, rollbackTo: 4 }),
      ],
      'release 2 of staging has brought it, and release 3 went back to release 1',
    ],
    [
      'by what it was before somebody went back from it',
      [ended(1), ended(2, { sha: Y }), ended(3), ended(4, { sha: Y, rollbackTo: 2 })],
      'release 3 of staging has brought it, and release 4 went back to release 2',
    ],
  ])('%s', (_what, reports, why) => {
    expect(find(...reports)).toBe(why);
  });

  it.each<[string, readonly ReleaseReport[]]>([
    ['nothing was released', []],
    ['only others were', [ended(1, { sha: Y })]],
    ['it was only looked for', [ended(1, { idle: true })]],
    ['the environment never knew of it', [{ ...ended(1), number: null }]],
  ])('as far as one knows, where %s', (_what, reports) => {
    expect(find(...reports)).toBeUndefined();
  });
});

it('what is promoted is what that release brought, by digest', () => {
  const found = verificationOf(X, 'staging', [ended(7)]);
  expect(found).toMatchObject({
    kind: 'verified',
    promotion: {
      environment: 'staging',
      number: 7,
      images: [
        {
          image: 'api',
          architecture: 'arm64',
          repositoryUri: 'localhost:4566/shop/api',
          digest: 'sha256:of 7',
        },
        { image: 'runner', architecture: 'amd64', digest: 'sha256:of 7' },
      ],
    },
  });
});
