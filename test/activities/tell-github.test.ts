/** What GitHub shows in the end, whatever it did in between: tried again as Temporal would. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Told } from '../../src/activities/contracts/github.ts';
import { createTellGitHub } from '../../src/activities/tell-github.ts';
import { createGitHubClient } from '../../src/github/client.ts';
import { type GitHubSubject, type Picture, pictureOfPhase } from '../../src/release/github-status.ts';
import { FakeGitHub, type Fault } from '../fakes/github.ts';
import { createMockEnvironment } from './mock-environment.ts';

const SHA = 'a'.repeat(40);
const SUBJECT: GitHubSubject = {
  kind: 'release',
  runId: `deploy/shop/production/${SHA}/run-1`,
  app: 'shop',
  environment: 'production',
  repository: 'ada/shop',
  label: 'production',
  sha: SHA,
};
const WAITING = pictureOfPhase('production', 'waiting');
const DEPLOYING = pictureOfPhase('production', 'deploying');
const ended = (state: 'success' | 'failure', description = 'release 1: deployed'): Picture => ({
  deployment: { state, description },
  statuses: [{ context: 'slipway/production', state, description }],
});

let github: FakeGitHub;
beforeEach(async () => {
  github = await new FakeGitHub().start();
});
afterEach(async () => {
  github.heal();
  await github.stop();
});

const port = (): ReturnType<typeof createTellGitHub> =>
  createTellGitHub({
    github: createGitHubClient({
      apiUrl: github.url,
      credential: { kind: 'token', token: github.token },
      timeoutMs: 200,
    }),
    gitHubRepositories: { shop: 'ada/shop' },
    temporalUi: 'http://ui.example:8233/',
  });

it('says nothing of statuses that are none of ours', async () => {
  const foreign = { context: 'ci/required', state: 'success', description: 'fine' } as const;
  const picture = { ...WAITING, statuses: [...WAITING.statuses, foreign] };
  expect((await tell(picture)).problems).toEqual(['"ci/required" is no status of ours']);
  expect([github.deployments, github.statuses]).toEqual([[], []]);
});

interface More {
  readonly subject?: GitHubSubject;
  readonly deploymentId?: number | null;
}

/** As Temporal does it: again while it is worth another try. */
const tell = async (
  picture: Picture,
  { subject = SUBJECT, deploymentId = null }: More = {},
): Promise<Told> => {
  for (let attempt = 1; ; attempt += 1) {
    const { environment } = createMockEnvironment({ attempt });
    try {
      return await environment.run(port(), { subject, picture, deploymentId });
    } catch (error) {
      if ((error as { type?: string }).type !== 'Transient' || attempt > 20) throw error;
    }
  }
};

/** A whole release; the id is handed on as the workflow does it. */
const story = async (...pictures: readonly Picture[]): Promise<number | null> => {
  let deploymentId: number | null = null;
  for (const picture of pictures) ({ deploymentId } = await tell(picture, { deploymentId }));
  return deploymentId;
};

describe('a release', () => {
  it('is one deployment with its statuses, and a commit status', async () => {
    const id = await story(WAITING, DEPLOYING, ended('success'));
    expect(github.deployments).toMatchObject([
      { id, sha: SHA, environment: 'production', task: 'deploy', production_environment: true },
    ]);
    expect(github.states()).toEqual(['queued', 'in_progress', 'success']);
    expect(github.statuses.map(({ state }) => state)).toEqual(['pending', 'pending', 'success']);
    const link =
      'http://ui.example:8233/namespaces/default/workflows/' +
      `${encodeURIComponent(`deploy/shop/production/${SHA}`)}/run-1/history`;
    expect(github.deployments[0]?.statuses[0]).toMatchObject({ log_url: link });
    expect(github.statuses[0]).toMatchObject({ context: 'slipway/production', target_url: link });
  });

  it('takes eleven requests', async () => {
    await story(WAITING, DEPLOYING, ended('success'));
    expect(github.requests).toHaveLength(11);
  });

  it('again of the same commit is a deployment of its own', async () => {
    await story(WAITING, ended('success'));
    await tell(ended('success'), { subject: { ...SUBJECT, runId: SUBJECT.runId.replace('run-1', 'run-2') } });
    expect(github.deployments.map(({ statuses }) => statuses.length)).toEqual([2, 1]);
  });

  it('of staging makes the one before inactive, as GitHub has it', async () => {
    const at = (run: string): GitHubSubject => ({ ...SUBJECT, label: 'staging', runId: `deploy/x/${run}` });
    await tell(ended('success'), { subject: at('1') });
    await tell(ended('success'), { subject: at('2') });
    expect([github.states(0), github.states(1)]).toEqual([['success', 'inactive'], ['success']]);
  });

  it('finds its deployment among others of the same commit and environment', async () => {
    for (let run = 10; run < 40; run += 1) {
      await tell(WAITING, { subject: { ...SUBJECT, runId: `deploy/other/${run}` } });
    }
    const { deploymentId } = await tell(WAITING);
    expect((await tell(DEPLOYING)).deploymentId).toBe(deploymentId);
    expect(github.deployments).toHaveLength(31);
  });

  it('finds it also where GitHub hands the payload back as text', async () => {
    await tell(WAITING);
    const [made] = github.deployments;
    Object.assign(made ?? {}, { payload: JSON.stringify(made?.payload) });
    await tell(DEPLOYING);
    expect(github.deployments).toHaveLength(1);
  });
});

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['answers 500', { kind: 'status', status: 500 }],
  ['limits the rate', { kind: 'status', status: 429, headers: { 'retry-after': '1' } }],
  [
    'limits the rate for all',
    { kind: 'status', status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' } },
  ],
  [
    'limits the rate by its secondary limits',
    { kind: 'status', status: 403, message: 'You have exceeded a secondary rate limit' },
  ],
  ['cuts the connection', { kind: 'cut' }],
  ['does it, and the answer is lost', { kind: 'lost' }],
  ['does not answer', { kind: 'hang' }],
  ['does it, and does not answer', { kind: 'hang-late' }],
  ['has a proxy that answers', { kind: 'html' }],
];
const REQUESTS: readonly (readonly [string, RegExp])[] = [
  ['the list of deployments', /^GET .*\/deployments\?/],
  ['a new deployment', /^POST .*\/deployments$/],
  ['the list of its statuses', /^GET .*\/deployments\/\d+\/statuses/],
  ['a new deployment status', /^POST .*\/deployments\/\d+\/statuses$/],
  ['a commit status', /^POST .*\/statuses\/a+$/],
  ['every request', /./],
];

describe.each(FAULTS)('where GitHub %s', (_what, fault) => {
  it.each(REQUESTS)(
    'twice, for %s: one deployment, each word once, the last one right',
    async (_name, on) => {
      github.fault(on, fault, 2);
      await story(WAITING, DEPLOYING, ended('success'));
      expect(github.deployments).toHaveLength(1);
      expect(github.states()).toEqual(['queued', 'in_progress', 'success']);
      expect(github.statuses.map(({ state }) => state)).toEqual(['pending', 'pending', 'success']);
    },
  );
});

describe('the order', () => {
  it('nothing that comes late is said after the end', async () => {
    const deploymentId = await story(WAITING, ended('failure'));
    await tell(DEPLOYING, { deploymentId });
    expect(github.states()).toEqual(['queued', 'failure']);
  });

  it('an end is said also where what is in between was never told', async () => {
    await tell(ended('failure'));
    expect(github.states()).toEqual(['failure']);
  });

  it('an end that another one has made inactive in the meantime is not said again', async () => {
    const subject = { ...SUBJECT, label: 'staging' };
    const { deploymentId } = await tell(ended('success'), { subject });
    await tell(ended('success'), { subject: { ...subject, runId: 'deploy/x/2' } });
    await tell(ended('success'), { subject, deploymentId });
    expect(github.states()).toEqual(['success', 'inactive']);
  });
});

describe('what GitHub refuses', () => {
  it('one half is told where the other one may not be, and the reason is handed on', async () => {
    github.permissions = { statuses: 'write' };
    const { problems, deploymentId } = await tell(ended('success'));
    expect({ problems, deploymentId }).toEqual({
      problems: [expect.stringMatching(/403 Resource not accessible.* – the credential may not do this/)],
      deploymentId: null,
    });
    expect(github.contexts()).toEqual({ 'slipway/production': 'success' });

    github.permissions = { deployments: 'write' };
    expect((await tell(ended('success'))).problems).toHaveLength(1);
    expect(github.states()).toEqual(['success']);
  });

  it('a commit that GitHub does not know is no trouble for anybody', async () => {
    github.commits = new Set();
    const { problems } = await tell(WAITING);
    expect(problems).toEqual([
      expect.stringMatching(/422 No ref found/),
      expect.stringMatching(/422 No commit found/),
    ]);
  });

  it('the thousand-and-first status of a commit', async () => {
    for (let n = 0; n < 1000; n += 1) {
      github.statuses.push({ id: n, sha: SHA, context: 'slipway/production', state: 'pending' });
    }
    expect((await tell(ended('success'))).problems).toEqual([
      expect.stringMatching(/maximum number of statuses/),
    ]);
    expect(github.states()).toEqual(['success']);
  });

  it('a description is never too long, nor anything but one line of text', async () => {
    const wild = `\u001b[31mred\u001b[0m\n::error::x\u202e${'🚀'.repeat(10)} ${'long '.repeat(100)}`;
    expect((await tell(ended('failure', wild))).problems).toEqual([]);
    const { description } = github.deployments[0]?.statuses[0] ?? {};
    expect(description).toBe(github.statuses[0]?.description);
    expect(String(description)).toMatch(/^red ::error::x\?{10} long .*…$/);
    expect(String(description)).toHaveLength(140);
  });
});

it('takes no path for the id of a deployment', async () => {
  const { environment } = createMockEnvironment();
  const input = { subject: SUBJECT, picture: WAITING, deploymentId: '1/../../../other/hooks' as never };
  const told = (await environment.run(port(), input)) as Told;
  expect(told).toEqual({ deploymentId: null, problems: ['the id of the deployment is not a number'] });
  expect(github.requests).toEqual([]);
});

it('has no credential: says so, and asks nobody', async () => {
  const { environment } = createMockEnvironment();
  const input = { subject: SUBJECT, picture: WAITING, deploymentId: null };
  const told = (await environment.run(createTellGitHub({ github: null }), input)) as Told;
  expect(told).toEqual({
    deploymentId: null,
    problems: ['this control worker has no credential for GitHub'],
  });
});

it.each<[string, Partial<GitHubSubject>, string]>([
  ['another repository', { repository: 'ada/other' }, 'ada/other is not what'],
  ['that of another app', { app: 'api' }, 'ada/shop is not what'],
  ['a way out of the path', { sha: '../../../user' }, 'not a full SHA'],
])('tells nothing of %s, whoever asks for it', async (_what, more, problem) => {
  const { problems } = await tell(WAITING, { subject: { ...SUBJECT, ...more } });
  expect(problems).toEqual([expect.stringContaining(problem)]);
  expect(github.requests).toEqual([]);
});

it('ends soon when it is cancelled, and does not call that a refusal', async () => {
  github.fault(/./, { kind: 'hang' }, 9);
  const { environment } = createMockEnvironment();
  const telling = environment.run(port(), { subject: SUBJECT, picture: WAITING, deploymentId: null });
  setTimeout(() => environment.cancel(), 50);
  await expect(telling).rejects.toThrow(/cancel/i);
});
