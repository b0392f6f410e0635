/**
 * The Action as GitHub runs it: action.yml's own steps, in a folder as a release tag has it, against a real Temporal
 * server with fake pools; what it prints is read as the runner reads it.
 */
import { access, copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createSourceActivities } from '../../src/activities/source.ts';
import { VERDICT_EXIT } from '../../src/cli/exit-codes.ts';
import { main } from '../../src/cli/main.ts';
import { connect, type ReleaseClient, waitForRelease } from '../../src/client/index.ts';
import { VERDICTS, type Verdict } from '../../src/release/verdict.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { fakeTerminal } from '../cli/fake-terminal.ts';
import { FakePools, nextOf } from '../fakes/activities.ts';
import { crashing, POOLS_FOR, slow, stuck } from '../fakes/every-verdict.ts';
import { buildClient, TOP } from '../github-actions/build-client.ts';
import { readPairs } from '../github-actions/env-files.ts';
import { LogReader } from '../github-actions/log-reader.ts';
import { type Job, type JobRun, runAction } from '../github-actions/runner.ts';
import { createGitFixture } from '../source/git-fixture.ts';
import { startServer, withPools } from './harness.ts';

const CONFIGURATION = `app: shop
services:
  api: { service: shop-api, taskDefinition: deploy/api.json }
  worker: { service: shop-worker }
environments:
  staging: { cluster: shop-staging }
  production: { cluster: shop }
`;

const REPOSITORY = `app: shop
images: { api: { repository: shop/api } }
services: { api: { image: api } }
environments:
  staging: { cluster: shop-staging }
  production: { cluster: shop }
`;

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
let top: string;
let action: string;
let workspace: string;
let temp: string;
let counter = 0;
let sha: string;

beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'slipway-action-'));
  action = join(top, 'action');
  await mkdir(action);
  await copyFile(join(TOP, 'action.yml'), join(action, 'action.yml'));
  await buildClient(join(action, 'dist'));
  env = await startServer();
  client = await connect({ address: env.address });
});
afterAll(async () => {
  await client?.close();
  await env?.teardown();
  await rm(top, { recursive: true });
});
beforeEach(async () => {
  sha = String(++counter).padStart(40, 'b');
  workspace = join(top, `workspace-${counter}`);
  temp = join(top, `temp-${counter}`);
  await mkdir(workspace);
  await mkdir(temp);
  await writeFile(join(workspace, 'slipway.yaml'), CONFIGURATION);
});
afterEach(() => rm(temp, { recursive: true }));

const workflowId = () => `deploy/shop/production/${sha}`;
const run = (inputs: Record<string, string> = {}, more: Partial<Job> = {}): Promise<JobRun> =>
  runAction({
    action,
    workspace,
    temp,
    inputs: { environment: 'production', ...inputs },
    ...more,
    env: { TEMPORAL_ADDRESS: env.address, GITHUB_SHA: sha, ...more.env },
  });
const annotations = ({ reader }: JobRun) => reader.named('error', 'warning', 'notice');
const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
const atWork = async (pools: FakePools): Promise<void> => {
  while (!pools.record('waitUntilStable').some((line) => line.includes('api'))) {
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
};

/** Not before: a release that has ended would be started anew. */
const abortOnceAttached = (): Partial<Job> => ({
  onLine: (line) => {
    if (!line.includes('attached to the running release')) return;
    void client.temporal.workflow.getHandle(workflowId()).signal('abort');
  },
});

/** What each verdict shows beside the log. */
const LEVEL: Readonly<Record<Verdict, readonly string[]>> = {
  succeeded: [],
  failed: ['error'],
  'rolled-back': ['error'],
  'rollback-failed': ['error'],
  superseded: ['warning'],
  aborted: ['error'],
  refused: ['error'],
};

describe('the Action', () => {
  it.each(VERDICTS)('%s: exit code, outputs, annotation and summary say so', async (verdict) => {
    await withPools(env, POOLS_FOR[verdict](), async () => {
      const done = await run({ service: 'shop-api' });
      expect(done.exitCode).toBe(VERDICT_EXIT[verdict]);
      const { outputs, reader, summary } = done;
      expect(outputs).toMatchObject({
        verdict,
        'workflow-id': workflowId(),
        'run-id': expect.stringMatching(/^[\w-]{36}$/),
      });
      const report = JSON.parse(outputs.report ?? '');
      expect(report).toMatchObject({ verdict, app: 'shop', environment: 'production', startedBy: 'ada' });
      expect(outputs.number).toBe(String(report.number));
      const shown = annotations(done).filter(({ properties }) => !/^shop → /.test(properties.title ?? ''));
      expect(shown.map(({ name }) => name)).toEqual(LEVEL[verdict]);
      for (const { properties, data } of shown) {
        expect(properties.title).toMatch(/: shop → production$/);
        expect(data).toContain(report.cause.summary);
      }
      expect(summary).toMatch(/^### \S+ [a-z ]+: <code>shop<\/code> → <code>production<\/code>\n/);
      expect(summary).toContain('| step | state | time |  |');
      expect(done.leaked).toBe('');
      expect(reader.isStopped).toBe(false);
      expect(reader.named('group').length).toBe(reader.named('endgroup').length);
    });
  });

  it('of a success shows a group for each phase, the report folded, and the task definition', async () => {
    await withPools(env, new FakePools(), async () => {
      const { reader, outputs } = await run({ service: 'api' });
      const groups = reader.named('group').map(({ data }) => data);
      expect(groups).toEqual([
        'Plan',
        'Test and build',
        'Push',
        'Take the turn',
        'Deploy',
        'Promote',
        'Report',
      ]);
      expect(reader.log.join('\n')).toMatch(/✓ Test and build {2}\d/);
      expect(reader.log.join('\n')).toMatch(
        /^✓ succeeded {2}shop → production: every service runs this commit/m,
      );
      expect(outputs['task-definition-arn']).toBe(nextOf('api'));
      // Groups do not nest: each ends before the next one begins.
      const order = reader.named('group', 'endgroup').map(({ name }) => name);
      expect(order).toEqual(groups.flatMap(() => ['group', 'endgroup']));
    });
  });

  it('a stuck rollback ends the step with 4 and says what a person can do', async () => {
    await withPools(env, stuck(), async () => {
      const done = await run();
      expect(done.exitCode).toBe(4);
      expect(done.outputs).toMatchObject({ verdict: '', report: '', 'workflow-id': workflowId() });
      expect(annotations(done)).toMatchObject([
        { name: 'error', data: 'api: no such image\nA person is needed.' },
      ]);
      expect(done.summary).toContain(`slipway give-up ${workflowId()}`);
      await client.temporal.workflow.getHandle(workflowId()).signal('give-up');
      await waitForRelease(client, { workflowId: workflowId(), runId: done.outputs['run-id'] ?? '' });
    });
  });

  it('switched to from the official Action: cluster and service name the environment, the rest is told about', async () => {
    await withPools(env, new FakePools(), async () => {
      const done = await run({
        environment: '',
        'task-definition': '/home/runner/work/_temp/task-definition-1.json',
        service: 'shop-api',
        cluster: 'shop',
        'wait-for-service-stability': 'true',
        'wait-for-minutes': '15',
        'propagate-tags': 'SERVICE',
        'run-task': 'false',
      });
      expect(done.exitCode).toBe(0);
      expect(done.outputs['workflow-id']).toBe(workflowId());
      expect(annotations(done).map(({ name, data }) => [name, data.split(':')[0]])).toEqual([
        ['warning', 'propagate-tags is left aside'],
        ['warning', 'task-definition is left aside'],
      ]);
    });
  });

  it('with inputs that would be done otherwise than they say starts nothing', async () => {
    const done = await run({
      'desired-count': '4',
      'run-task': 'true',
      'codedeploy-application': 'x',
      detach: 'yes',
    });
    expect(done.exitCode).toBe(2);
    const [error, ...others] = annotations(done);
    expect(others).toEqual([]);
    expect(error).toMatchObject({ name: 'error', properties: { title: 'Slipway' } });
    for (const name of ['desired-count', 'run-task', 'codedeploy-application', 'detach'])
      expect(error?.data).toContain(name);
    expect(error?.data).toContain('Nothing was started');
    await expect(client.temporal.workflow.getHandle(workflowId()).describe()).rejects.toThrow(/not found/i);
  });

  it('detached: the step ends at once, green, with the workflow id; another one attaches and waits', async () => {
    const pools = slow();
    await withPools(env, pools, async () => {
      const done = await run({ detach: 'true', 'temporal-ui': 'http://ui:8233' });
      expect(done.exitCode).toBe(0);
      expect(done.outputs).toMatchObject({
        'workflow-id': workflowId(),
        verdict: '',
        'temporal-url': expect.stringMatching(
          /^http:\/\/ui:8233\/namespaces\/default\/workflows\/deploy%2Fshop/,
        ),
      });
      expect(done.summary).toContain(`slipway watch ${workflowId()}`);
      await atWork(pools);
      const late = await run({ timeout: '1s' });
      expect(late.exitCode).toBe(124);
      expect(late.printed).toContain('attached to the running release');
      expect(late.outputs['run-id']).toBe(done.outputs['run-id']);
      expect(annotations(late)).toMatchObject([{ name: 'error', data: 'The release goes on.' }]);
      expect((await run({}, abortOnceAttached())).exitCode).toBe(3);
    });
  });

  it('cancelled: the runner’s SIGINT reaches the program, the release goes on, and the job run again attaches to it', async () => {
    const pools = slow();
    await withPools(env, pools, async () => {
      let cancelledAtMs = 0;
      const cancelled = run(
        {},
        {
          onLine: (line, process) => {
            if (cancelledAtMs > 0 || !line.includes('stable')) return;
            cancelledAtMs = performance.now();
            // As ProcessInvoker.cs: to the shell's process alone.
            process.kill('SIGINT');
          },
        },
      );
      const done = await cancelled;
      // After 7.5 s the runner sends SIGTERM, and soon after that kills.
      expect(performance.now() - cancelledAtMs).toBeLessThan(5_000);
      expect(done.exitCode).toBe(130);
      expect(done.printed).toContain('Detached: the release goes on.');
      expect(done.summary).toContain(`slipway watch ${workflowId()}`);
      const { status } = await client.temporal.workflow.getHandle(workflowId()).describe();
      expect(status.name).toBe('RUNNING');
      const end = await run({}, abortOnceAttached());
      expect(end.printed).toContain('attached to the running release');
      expect([end.exitCode, end.outputs.verdict, end.outputs['run-id']]).toEqual([
        3,
        'rolled-back',
        done.outputs['run-id'],
      ]);
    });
  });

  it('with Temporal away fails with one annotation', async () => {
    const done = await run({ 'temporal-address': '127.0.0.1:1' });
    expect(done.exitCode).toBe(7);
    expect(annotations(done)).toMatchObject([
      { name: 'error', data: expect.stringContaining('127.0.0.1:1') },
    ]);
  });
});

/** Each of them would be a command, a mask, an output or a tag, somewhere. */
const HOSTILE = [
  '::add-mask::a',
  '::set-output name=verdict::succeeded',
  '##[error]from a log',
  '  ::error::indented',
  '\u001b[31m::warning::coloured\u001b[0m',
  'a\r::error::after a return',
  'a\n::stop-commands::endstop',
  '\u200b::group::hidden',
  '\u2028::notice::separated',
  '::endgroup::',
  'verdict<<EOF\nsucceeded\nEOF',
  '%0A::error::escaped',
  '</code></pre><img src=x onerror=alert(1)><script>alert(1)</script>',
  '| a | b |\n| - | - |\n# heading [link](javascript:alert(1)) ![i](http://x) `code` @ada #1',
  '```\n::error::fenced\n```',
] as const;

describe('where nothing is checked out', () => {
  /** Control as it is, with its one app, of a repository that knows staging and production. */
  const served = async (): Promise<FakePools> => {
    const origin = createGitFixture(join(top, `origin-${counter}`));
    sha = origin.commit('First', { 'slipway.yaml': REPOSITORY, counter: String(counter) });
    await rm(join(workspace, 'slipway.yaml'));
    const { readSource } = createSourceActivities({
      store: createFolderStore(join(top, `store-${counter}`)),
      repositories: { shop: origin.folder },
      folder: join(top, `git-${counter}`),
    });
    return new FakePools().on('readSource', async (input, _call, good) => {
      await readSource(input);
      return good();
    });
  };
  const isKnown = (id: string): Promise<boolean> =>
    client.temporal.workflow
      .getHandle(id)
      .describe()
      .then(
        () => true,
        () => false,
      );

  it('the inputs name app and environment, and that is where it goes', async () => {
    const pools = await served();
    await withPools(env, pools, async () => {
      const done = await run({ app: 'shop', cluster: 'shop' });
      expect(done.exitCode).toBe(0);
      expect(annotations(done).map(({ name, data }) => [name, data])).toEqual([
        ['warning', 'cluster could not be compared, as no slipway.yaml is checked out'],
      ]);
      expect(await isKnown(workflowId())).toBe(true);
    });
  });

  it.each([
    [
      'environment',
      { app: 'shop', environment: 'prodution' },
      /there is no environment "prodution".*"production"/,
    ],
    [
      'environment, by its case',
      { app: 'shop', environment: 'Production' },
      /there is no environment "Production"/,
    ],
    [
      'app',
      { app: 'shpo', environment: 'production' },
      /there is no app "shpo": this control worker serves shop/,
    ],
  ])('a typo of the %s is told with what there is, and makes no new one', async (_what, inputs, why) => {
    const pools = await served();
    await withPools(env, pools, async () => {
      const done = await run(inputs);
      expect(done.exitCode).toBe(1);
      expect(annotations(done).map(({ name }) => name)).toEqual(['error']);
      expect(annotations(done)[0]?.data).toMatch(why);
      expect(await isKnown(`environment/${inputs.app}/${inputs.environment}`)).toBe(false);
      const changes = [
        'tellEnvironment',
        'takeTurn',
        'openRelease',
        'closeRelease',
        'buildImage',
        'runCheck',
      ] as const;
      expect(pools.record(...changes)).toEqual([]);
    });
  });

  it.each([
    ['app', { environment: 'production' }],
    ['environment', { app: 'shop', environment: '' }],
  ])('without the %s nothing is started', async (_what, inputs) => {
    await rm(join(workspace, 'slipway.yaml'));
    const done = await run(inputs);
    expect(done.exitCode).toBe(2);
    expect(annotations(done)[0]?.data).toMatch(/where to\? There is no slipway.yaml/);
  });
});

describe('text of others', () => {
  it('is never a command, an output, or a part of the page', async () => {
    const text = HOSTILE.join('\n');
    const pools = crashing(`${HOSTILE[0]} ${text}`, [...HOSTILE, text])
      .on('readSource', async (_input, _call, good) => {
        const source = await good();
        const commit = { ...source.spec.commit, subject: text, author: text };
        return { ...source, spec: { ...source.spec, commit } };
      })
      .plan({ commit: { sha: 'a'.repeat(40), subject: text, author: text }, warnings: [...HOSTILE] })
      .on('runCheck', async (_input, call, good) => {
        if (call === 1) throw new Error(text);
        return good();
      });
    await withPools(env, pools, async () => {
      const done = await run({}, { env: { TEMPORAL_API_KEY: '', GITHUB_ACTOR: '::error::actor' } });
      expect(done.exitCode).toBe(3);
      const { reader, outputs, summary } = done;
      const allowed = ['group', 'endgroup', 'warning', 'error', 'stop-commands'];
      expect(reader.commands.map(({ name }) => name).filter((name) => !allowed.includes(name))).toEqual([]);
      // Those that there are, are ours.
      expect(reader.named('group').map(({ data }) => data)).toEqual(
        expect.not.arrayContaining([expect.stringContaining('hidden')]),
      );
      expect(reader.named('stop-commands')).toEqual([
        { name: 'stop-commands', properties: {}, data: expect.stringMatching(/^[\da-f-]{36}$/) },
      ]);
      for (const { properties } of annotations(done)) expect(properties.title).toMatch(/shop → production$/);
      expect(reader.named('error')).toHaveLength(1);
      expect(reader.named('warning').length).toBeLessThanOrEqual(10);
      expect(Object.keys(outputs).sort()).toEqual([
        'number',
        'report',
        'run-id',
        'task-definition-arn',
        'temporal-url',
        'verdict',
        'workflow-id',
      ]);
      expect(outputs.verdict).toBe('rolled-back');
      expect(JSON.parse(outputs.report ?? '').commit.subject).toBe(text);
      expect(done.leaked).toBe('');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
      expect(done.printed + summary).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u200b\u2028]/);
      expect(summary).not.toMatch(/<(?!\/?(?:code|pre|details|summary)>)/);
      // In what begins a line with `<pre>` nothing is Markdown until its end.
      const markdown = summary.replaceAll(/^<pre>[^<]*<\/pre>$/gm, '');
      expect(markdown).not.toContain('pre>');
      expect(markdown).not.toMatch(/\]\(|!\[|`|^#(?!## )/m);
      expect(Buffer.byteLength(summary)).toBeLessThan(256 * 1024);
    });
  });

  it('in inputs is text: no shell reads it', async () => {
    const file = join(top, 'pwned');
    const nasty = [`"; touch ${file}; echo "`, `$(touch ${file})`, `\`touch ${file}\``, `'; touch ${file} #`];
    await writeFile(
      join(workspace, 'slipway.yaml'),
      'app: shop\nenvironments: { production: { cluster: shop } }\n',
    );
    for (const input of nasty) {
      const done = await run({ environment: input, cluster: input, sha: input, 'override-freeze': input });
      expect(done.exitCode).toBe(2);
      expect(annotations(done)).toHaveLength(1);
    }
    expect(await isThere(file)).toBe(false);
  });

  it('the API key is masked before anything else is printed', async () => {
    const done = await run({ 'temporal-api-key': 'secret-%-key', 'temporal-address': '127.0.0.1:1' });
    expect(done.reader.commands[0]).toEqual({ name: 'add-mask', properties: {}, data: 'secret-%-key' });
    expect(done.printed.split('\n').filter((line) => line.includes('secret-')).length).toBe(1);
  });
});

describe('without the bundled client', () => {
  it('it is built, once, without the scripts of packages', async () => {
    const branch = join(top, 'branch');
    await mkdir(branch);
    for (const name of ['action.yml', 'package.json', 'script', 'src', 'LICENSE']) {
      await cp(join(TOP, name), join(branch, name), { recursive: true });
    }
    const bin = join(top, 'bin');
    await mkdir(bin);
    const calls = join(top, 'npm-calls');
    // The registry is not what is tested: `npm ci` brings what this repository has.
    await writeFile(
      join(bin, 'npm'),
      `#!/bin/sh\necho "$PWD $*" >> '${calls}'\n[ "$1" = ci ] && exec ln -s '${TOP}/node_modules' node_modules\nexec node script/build-client.js\n`,
      { mode: 0o755 },
    );
    const path = { env: { PATH: `${bin}:${process.env.PATH}`, TEMPORAL_ADDRESS: '127.0.0.1:1' } };
    expect((await run({}, { action: branch, ...path })).exitCode).toBe(7);
    expect((await run({}, { action: branch, ...path })).exitCode).toBe(7);
    expect((await readFile(calls, 'utf8')).trim().split('\n')).toEqual([
      expect.stringMatching(/branch ci --ignore-scripts /),
      expect.stringMatching(/branch run build:client$/),
    ]);
  });

  it('and without Node it says what to do', async () => {
    const bin = join(top, 'no-node');
    await mkdir(bin);
    await symlink('/bin/bash', join(bin, 'bash'));
    const done = await run({}, { env: { PATH: bin } });
    expect(done.exitCode).toBe(2);
    expect(annotations(done)).toMatchObject([
      { name: 'error', data: expect.stringContaining('actions/setup-node') },
    ]);
  });
});

describe('`slipway deploy` in a step of somebody’s own', () => {
  const addressBefore = process.env.TEMPORAL_ADDRESS;
  beforeAll(() => {
    process.env.TEMPORAL_ADDRESS = env.address;
  });
  afterAll(() => {
    if (addressBefore === undefined) delete process.env.TEMPORAL_ADDRESS;
    else process.env.TEMPORAL_ADDRESS = addressBefore;
  });

  const deploy = async (...args: readonly string[]) => {
    const files = { GITHUB_OUTPUT: join(temp, 'output'), GITHUB_STEP_SUMMARY: join(temp, 'summary') };
    const secret = { TEMPORAL_API_KEY: 'a-secret-key' };
    const fake = fakeTerminal({ GITHUB_ACTIONS: 'true', ...files, ...secret });
    const argv = ['node', 'slipway', 'deploy', 'production', '--app', 'shop', '--sha', sha, ...args];
    const exitCode = await main(argv, fake.terminal, workspace);
    const reader = new LogReader();
    for (const line of fake.stderr().split('\n')) reader.read(line);
    const [outputs, summary] = await Promise.all(Object.values(files).map((file) => readFile(file, 'utf8')));
    return {
      exitCode,
      reader,
      stdout: fake.stdout(),
      outputs: readPairs(outputs ?? ''),
      summary: summary ?? '',
    };
  };

  it('has groups, annotation, summary and outputs as well; stdout is the report and nothing else', async () => {
    await withPools(env, POOLS_FOR['rolled-back'](), async () => {
      const { exitCode, reader, stdout, outputs, summary } = await deploy('--output', 'json');
      expect(exitCode).toBe(3);
      expect(JSON.parse(stdout)).toMatchObject({ verdict: 'rolled-back' });
      expect(reader.named('group').map(({ data }) => data)).toContain('Deploy');
      expect(reader.named('error')).toHaveLength(1);
      expect(outputs).toMatchObject({ verdict: 'rolled-back', 'workflow-id': workflowId() });
      expect(summary).toContain('rolled back');
      // stderr may end up in a file: a mask would be what gives the key away.
      expect(reader.named('add-mask')).toEqual([]);
    });
  });
});
