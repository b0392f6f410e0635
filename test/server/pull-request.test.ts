/** What a pull request means, over GitHub's own shape. */
import { describe, expect, it } from '@jest/globals';
import { parseServeConfiguration, type ServeConfiguration } from '../../src/server/configuration.ts';
import { decide } from '../../src/server/decide.ts';
import type { Decision } from '../../src/server/decision.ts';
import { AFTER, type Json, payload, REPOSITORY } from './payloads.ts';

const configured = (more: object): ServeConfiguration =>
  parseServeConfiguration(JSON.stringify(more), 'serve.yaml');
const CHECKED = configured({ pullRequests: [{ repository: REPOSITORY, app: 'hello' }] });
const DEPLOYED = configured({
  deployments: [{ repository: REPOSITORY, ref: 'refs/heads/main', app: 'hello', environment: 'production' }],
  pullRequests: [{ repository: 5, app: 'other' }],
});

const decided = (changes: Json, configuration = CHECKED): Decision =>
  decide('pull_request', payload('pull-request', changes), configuration);
const pull = (changes: Json): Json => ({ pull_request: changes });
const headIn = (repo: unknown): Json => pull({ head: { repo } });
const UPDATED_MS = Date.parse('2026-11-20T16:46:21Z');

describe('a pull request', () => {
  it.each(['opened', 'synchronize', 'reopened'])(
    'of the repository itself, %s: its checks are started',
    (action) => {
      expect(decided({ action })).toEqual({
        kind: 'check',
        checks: {
          app: 'hello',
          sha: AFTER,
          pullRequest: 7,
          startedBy: 'octocat (GitHub pull_request)',
        },
        atMs: UPDATED_MS,
      });
    },
  );

  it('is a draft: checked like any other', () => {
    expect(decided(pull({ draft: true })).kind).toBe('check');
  });

  it('of another app’s repository is that app’s', () => {
    const both = configured({
      pullRequests: [
        { repository: 5, app: 'other' },
        { repository: REPOSITORY, app: 'hello' },
      ],
    });
    const here = { id: 5 };
    expect(
      decided({ repository: here, pull_request: { head: { repo: here }, base: { repo: here } } }, both),
    ).toMatchObject({ checks: { app: 'other' } });
  });

  it.each<[string, Json, RegExp]>([
    ['a fork, whatever it calls itself', headIn({ id: 999 }), /fork.*slipway checks/],
    ['a fork of the same name', headIn({ id: 999, full_name: 'octo-example/hello', fork: false }), /fork/],
    ['a fork that is gone', headIn(null), /gone/],
    ['a branch in a repository that is not told', headIn(undefined), /gone/],
    [
      'another repository than the one that sends it',
      pull({ base: { repo: { id: 5 } } }),
      /not a pull request/,
    ],
    ['one that is closed', pull({ state: 'closed' }), /not open/],
    ['a label', { action: 'labeled' }, /no new commit/],
    ['a closing', { action: 'closed' }, /no new commit/],
    ['an edit', { action: 'edited' }, /no new commit/],
    ['an action with a longer name', { action: 'reopened_again' }, /no new commit/],
    [
      'a stranger’s repository of the same name',
      { repository: { id: 1 } },
      /repository that is not configured/,
    ],
  ])('of %s: nothing', (_what, changes, reason) => {
    expect(decided(changes)).toEqual({ kind: 'ignored', reason: expect.stringMatching(reason) });
  });

  it('of a repository that is only deployed: nothing; and what is only checked is not deployed', () => {
    expect(decided({}, DEPLOYED)).toEqual({
      kind: 'ignored',
      reason: 'its pull requests are not configured',
    });
    expect(decide('push', payload('push'), CHECKED)).toEqual({
      kind: 'ignored',
      reason: 'nothing is configured to be deployed on push',
    });
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['no pull request', payload('pull-request', { pull_request: [] })],
    ['no number', payload('pull-request', { number: '7' })],
    ['a number below one', payload('pull-request', { number: 0 })],
    ['a repository without a number', payload('pull-request', { repository: { id: '186853002' } })],
    ['a head without a number', payload('pull-request', headIn({ id: '186853002' }))],
    ['an option in place of a commit', payload('pull-request', pull({ head: { sha: '--upload-pack=x' } }))],
    ['upper case in place of a commit', payload('pull-request', pull({ head: { sha: 'C'.repeat(40) } }))],
    ['no time', payload('pull-request', pull({ updated_at: null }))],
  ])('with %s is malformed', (_what, given) => {
    expect(decide('pull_request', given, CHECKED)).toMatchObject({ kind: 'malformed' });
  });

  it('happened when it was updated, or when its repository was pushed to, whichever is later', () => {
    expect(decided({ repository: { pushed_at: '2026-11-21T08:00:00Z' } })).toMatchObject({
      atMs: Date.parse('2026-11-21T08:00:00Z'),
    });
    for (const pushed_at of ['2026-11-19T08:00:00Z', null, 'yesterday', undefined])
      expect(decided({ repository: { pushed_at } })).toMatchObject({ atMs: UPDATED_MS });
  });

  it('names who has sent it only where that is a name', () => {
    const by = (login: unknown): unknown => {
      const decision = decided({ sender: { login } });
      return decision.kind === 'check' && decision.checks.startedBy;
    };
    expect(['dependabot[bot]', '\u001b[31mred', undefined].map(by)).toEqual([
      'dependabot[bot] (GitHub pull_request)',
      'somebody (GitHub pull_request)',
      'somebody (GitHub pull_request)',
    ]);
  });
});
