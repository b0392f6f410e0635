import { describe, expect, it } from '@jest/globals';
import { decidePullRequest } from '../../src/server/pull-request.ts';

const SHA = 'c'.repeat(40);

/** The parts that matter of the payload of GitHub's documentation. */
const event = (more: object = {}, pull: object = {}): unknown => ({
  action: 'synchronize',
  number: 7,
  repository: { id: 186853002, full_name: 'ada/shop', fork: false },
  sender: { login: 'ada', id: 1, type: 'User' },
  pull_request: {
    number: 7,
    state: 'open',
    draft: false,
    head: { ref: 'feature', sha: SHA, repo: { id: 186853002, full_name: 'ada/shop' } },
    base: { ref: 'main', sha: 'd'.repeat(40), repo: { id: 186853002, full_name: 'ada/shop' } },
    ...pull,
  },
  ...more,
});
const head = (repo: unknown, sha: unknown = SHA): object => ({ head: { ref: 'main', sha, repo } });

describe('a pull request', () => {
  it.each(['opened', 'synchronize', 'reopened'])(
    'of the repository itself, %s: its checks are started',
    (action) => {
      expect(decidePullRequest(event({ action }))).toEqual({
        kind: 'start',
        repositoryId: 186853002,
        pullRequest: 7,
        sha: SHA,
        startedBy: 'github:ada',
      });
    },
  );

  it.each([
    [
      'a fork, whatever it calls itself',
      {},
      head({ id: 999, full_name: 'ada/shop' }),
      /fork.*slipway checks/,
    ],
    ['a fork that is gone', {}, head(null), /gone/],
    ['a fork whose id is no number', {}, head({ id: '186853002' }), /gone/],
    ['a repository without an id', {}, head({}), /gone/],
    ['another repository than the one that sends it', { repository: { id: 5 } }, {}, /not a pull request of/],
    ['no repository at all', { repository: undefined }, { base: {} }, /not a pull request of/],
    ['one that is closed', {}, { state: 'closed' }, /not open/],
    ['a label', { action: 'labeled' }, {}, /no new commit/],
    ['a closing', { action: 'closed' }, {}, /no new commit/],
    ['no number', { number: '7' }, {}, /no number/],
    ['an option in place of a commit', {}, head({ id: 186853002 }, '--upload-pack=x'), /full SHA/],
    ['upper case in place of a commit', {}, head({ id: 186853002 }, 'C'.repeat(40)), /full SHA/],
  ])('of %s: nothing', (_what, more, pull, reason) => {
    expect(decidePullRequest(event(more, pull))).toEqual({
      kind: 'ignore',
      reason: expect.stringMatching(reason),
    });
  });

  it.each([null, 'x', 7, [], {}, { action: 'opened' }, { action: 'opened', pull_request: [] }])(
    'that is none (%j): nothing',
    (payload) => {
      expect(decidePullRequest(payload)).toMatchObject({ kind: 'ignore' });
    },
  );

  it('names who has sent it only where that is a name', () => {
    const by = (login: unknown): unknown =>
      (decidePullRequest(event({ sender: { login } })) as { startedBy?: string }).startedBy;
    expect(['dependabot[bot]', '\u001b[31mred', undefined].map(by)).toEqual([
      'github:dependabot[bot]',
      'github',
      'github',
    ]);
  });
});
