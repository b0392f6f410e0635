/** What an event means, over GitHub's own shapes. */
import { describe, expect, it } from '@jest/globals';
import { parseServeConfiguration, type ServeConfiguration } from '../../src/server/configuration.ts';
import { decide } from '../../src/server/decide.ts';
import type { Decision } from '../../src/server/decision.ts';
import { AFTER, type Json, payload, REPOSITORY } from './payloads.ts';

const configured = (...rules: readonly Json[]): ServeConfiguration =>
  parseServeConfiguration(
    JSON.stringify({
      deployments: rules.map((rule) => ({
        repository: REPOSITORY,
        ref: 'refs/heads/main',
        app: 'hello',
        environment: 'production',
        ...rule,
      })),
    }),
    'serve.yaml',
  );

const ON_PUSH = configured({});
const ON_RUN = configured({ on: 'workflow_run' });
const ON_DEPLOYMENT = configured({ on: 'deployment' });

const startOf = (startedBy: string, atMs: number, place: Json = {}): Decision => ({
  kind: 'start',
  releases: [
    {
      app: 'hello',
      environment: 'production',
      sha: AFTER,
      partOf: 'refs/heads/main',
      startedBy,
      ...place,
    },
  ],
  atMs,
});
const because = (reason: string) => ({ kind: 'ignored', reason: expect.stringContaining(reason) });

describe('a push', () => {
  it('to the branch starts its last commit, which that branch has to lead to', () => {
    expect(decide('push', payload('push'), ON_PUSH)).toEqual(
      startOf('octocat (GitHub push)', 1_795_187_240_000),
    );
  });

  it('starts one release for each environment that is configured', () => {
    const decision = decide(
      'push',
      payload('push'),
      configured({ environment: 'staging' }, { app: 'other', environment: 'staging' }, { on: 'deployment' }),
    );
    expect(decision).toMatchObject({
      kind: 'start',
      releases: [
        { app: 'hello', environment: 'staging' },
        { app: 'other', environment: 'staging' },
      ],
    });
  });

  it.each<[string, Json, string]>([
    ['a branch with a longer name', { ref: 'refs/heads/main2' }, 'another branch'],
    ['a branch below it', { ref: 'refs/heads/main/x' }, 'another branch'],
    ['a branch of another case', { ref: 'refs/heads/Main' }, 'another branch'],
    ['a tag of the same name', { ref: 'refs/tags/main' }, 'another branch'],
    ['the short name', { ref: 'main' }, 'another branch'],
    ['a branch that ends like it', { ref: 'refs/heads/refs/heads/main' }, 'another branch'],
    ['an unknown repository of the same name', { repository: { id: 1 } }, 'not configured'],
    ['a commit that says so', { head_commit: { message: 'wip\n\n[Skip Deploy]' } }, '[skip deploy]'],
    ['a deletion', { deleted: true }, 'deleted'],
    ['no commit', { after: '0'.repeat(40) }, 'deleted'],
  ])('of %s starts nothing', (_what, changes, reason) => {
    expect(decide('push', payload('push', changes), ON_PUSH)).toEqual(because(reason));
  });

  it('that deletes the branch starts nothing, as GitHub sends it', () => {
    expect(decide('push', payload('push-deleted'), ON_PUSH)).toEqual(because('deleted'));
  });

  it('starts nothing where CI comes first', () => {
    expect(decide('push', payload('push'), ON_RUN)).toEqual(because('on push'));
  });

  it.each<[string, unknown]>([
    ['no object', []],
    ['null', null],
    ['a short SHA', payload('push', { after: 'abc' })],
    ['an option as SHA', payload('push', { after: '--upload-pack=x' })],
    ['a number as text', payload('push', { repository: { id: '186853002' } })],
    ['no time', payload('push', { repository: { pushed_at: 'yesterday' } })],
    ['null for a time', payload('push', { repository: { pushed_at: null } })],
    ['a number for a branch', payload('push', { ref: 7 })],
  ])('with %s is malformed', (_what, given) => {
    expect(decide('push', given, ON_PUSH)).toMatchObject({ kind: 'malformed' });
  });

  it('by a strange name is by somebody', () => {
    const strange = payload('push', { sender: { login: '\u001b[2Jroot: forged' } });
    expect(decide('push', strange, ON_PUSH)).toMatchObject({
      releases: [{ startedBy: 'somebody (GitHub push)' }],
    });
    const bot = payload('push', { sender: { login: 'renovate[bot]' } });
    expect(decide('push', bot, ON_PUSH)).toMatchObject({
      releases: [{ startedBy: 'renovate[bot] (GitHub push)' }],
    });
  });
});

describe('a workflow run', () => {
  const run = (changes: Json = {}): Json => payload('workflow-run', { workflow_run: changes });

  it('that has succeeded starts its commit', () => {
    expect(decide('workflow_run', run(), ON_RUN)).toEqual(
      startOf('octocat (GitHub workflow_run)', Date.parse('2026-11-20T16:34:10Z')),
    );
  });

  it.each<[string, Json, string]>([
    ['a fork', run({ head_repository: { id: 999 } }), 'fork'],
    ['a fork that was deleted', run({ head_repository: null }), 'fork'],
    ['a pull request', run({ event: 'pull_request' }), 'did not run for a push'],
    ['a pull request from outside', run({ event: 'pull_request_target' }), 'did not run for a push'],
    ['a person’s click', run({ event: 'workflow_dispatch' }), 'did not run for a push'],
    ['another branch', run({ head_branch: 'main2' }), 'another branch'],
    ['no branch', run({ head_branch: null }), 'another branch'],
    ['a failure', run({ conclusion: 'failure' }), 'not succeeded'],
    ['a cancellation', run({ conclusion: 'cancelled' }), 'not succeeded'],
    ['nothing yet', run({ conclusion: null }), 'not succeeded'],
    ['a commit that says so', run({ head_commit: { message: '[skip deploy]' } }), '[skip deploy]'],
    ['a start', payload('workflow-run', { action: 'requested' }), 'not completed'],
    ['another repository', payload('workflow-run', { repository: { id: 5 } }), 'not configured'],
  ])('of %s starts nothing', (_what, given, reason) => {
    expect(decide('workflow_run', given, ON_RUN)).toEqual(because(reason));
  });

  it('counts only of the workflow that is named, by its file', () => {
    const rules = configured({ on: 'workflow_run', workflow: 'ci.yml' });
    expect(decide('workflow_run', run(), rules)).toMatchObject({ kind: 'start' });
    for (const path of ['.github/workflows/lint.yml', '.github/workflows/ci.yml2', 'ci.yml']) {
      const other = payload('workflow-run', { workflow: { path } });
      expect(decide('workflow_run', other, rules)).toEqual(because('another workflow'));
    }
    expect(decide('workflow_run', payload('workflow-run', { workflow: null }), rules)).toEqual(
      because('another workflow'),
    );
  });

  it('starts one release where two workflows are named for it', () => {
    const rules = configured({ on: 'workflow_run', workflow: 'ci.yml' }, { on: 'workflow_run' });
    const decision = decide('workflow_run', run(), rules);
    expect(decision.kind === 'start' && decision.releases).toHaveLength(1);
  });
});

describe('a deployment', () => {
  const made = (changes: Json = {}): Json => payload('deployment', { deployment: changes });

  it.each(['main', 'refs/heads/main', AFTER])('of %s starts its commit', (ref) => {
    expect(decide('deployment', made({ ref }), ON_DEPLOYMENT)).toEqual(
      startOf('octocat (GitHub deployment)', Date.parse('2026-11-20T16:40:53Z')),
    );
  });

  it('is for the environment that has its name at GitHub', () => {
    const rules = configured({ on: 'deployment', githubEnvironment: 'Production EU' });
    expect(decide('deployment', made({ environment: 'Production EU' }), rules).kind).toBe('start');
    expect(decide('deployment', made(), rules)).toEqual(because('another environment'));
  });

  it.each<[string, Json, string]>([
    ['our own, by its payload', made({ payload: { slipway: true } }), 'itself'],
    ['our own, by its payload as a text', made({ payload: '{"slipway":true}' }), 'itself'],
    ['our own, by its task', made({ task: 'slipway' }), 'itself'],
    ['another task', made({ task: 'deploy:migrations' }), 'another task'],
    ['another environment', made({ environment: 'staging' }), 'another environment'],
    ['a branch of another case', made({ ref: 'Main' }), 'another branch'],
    ['a tag', made({ ref: 'refs/tags/main' }), 'another branch'],
    ['another SHA', made({ ref: 'f'.repeat(40) }), 'another branch'],
  ])('that is %s starts nothing', (_what, given, reason) => {
    expect(decide('deployment', given, ON_DEPLOYMENT)).toEqual(because(reason));
  });

  it('that a job of Actions makes starts nothing: GitHub makes it before anybody has approved the job', () => {
    for (const workflow_run of [{ id: 289782451, status: 'waiting' }, 7]) {
      const ofJob = payload('deployment', { workflow_run });
      expect(decide('deployment', ofJob, ON_DEPLOYMENT)).toEqual(because('a job of Actions'));
    }
  });

  it.each([['not json'], ['"slipway"'], [null], [7]])('with the payload %j is read all the same', (given) => {
    expect(decide('deployment', made({ payload: given }), ON_DEPLOYMENT).kind).toBe('start');
  });
});

it.each(['pull_request_target', 'release', 'check_suite', 'constructor', '__proto__', ''])(
  'the event %j starts nothing, whatever it holds',
  (event) => {
    expect(decide(event, payload('push'), ON_PUSH)).toEqual(because('events other than'));
  },
);
