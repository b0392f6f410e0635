/** The Action on the whole local stack: a merge that goes well, one that crashes at start, and the same again. */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildClient, TOP } from '../github-actions/build-client.ts';
import { type JobRun, runAction } from '../github-actions/runner.ts';
import { commitProgram } from './one-service.ts';
import { type OneServiceStack, startOneServiceStack } from './one-service-stack.ts';

const SETUP_MS = 240_000;
const RELEASE_MS = 240_000;

let stack: OneServiceStack;
let top: string;
let first: string;

beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'slipway-action-'));
  await mkdir(join(top, 'action'));
  await copyFile(join(TOP, 'action.yml'), join(top, 'action/action.yml'));
  await buildClient(join(top, 'action/dist'));
  stack = await startOneServiceStack(async (folder) => {
    first = await commitProgram(folder, 'feat: first ::error::of all');
  });
}, SETUP_MS);

afterAll(async () => {
  await stack?.remove();
  await rm(top, { recursive: true });
}, SETUP_MS);

/** A job of a workflow that used the official action before: cluster and service are all it knows. */
const job = (sha: string): Promise<JobRun> =>
  runAction({
    action: join(top, 'action'),
    workspace: stack.folder,
    temp: top,
    inputs: {
      cluster: 'hello',
      service: 'hello',
      'wait-for-service-stability': 'true',
      'wait-for-minutes': '3',
    },
    env: {
      TEMPORAL_ADDRESS: stack.environment.TEMPORAL_ADDRESS ?? '',
      SLIPWAY_TEMPORAL_UI: stack.environment.SLIPWAY_TEMPORAL_UI ?? '',
      GITHUB_SHA: sha,
    },
  });

describe('the Action', () => {
  it(
    'releases the commit of the run, and has its task definition and its page',
    async () => {
      const done = await job(first);
      expect(done.printed).toContain('succeeded');
      expect(done.exitCode).toBe(0);
      expect(await stack.servedCommit()).toBe(first);
      const [deployment] = await stack.deployments();
      expect(done.outputs).toMatchObject({
        verdict: 'succeeded',
        number: '1',
        'workflow-id': `deploy/hello/production/${first}`,
        'task-definition-arn': deployment?.taskDefinition,
      });
      const page = new URL(done.outputs['temporal-url'] ?? '');
      expect((await fetch(page.origin)).status).toBe(200);
      expect(done.reader.named('error', 'set-output', 'add-mask')).toEqual([]);
      expect(done.summary).toMatch(/^### ✓ succeeded: <code>hello<\/code>/);
    },
    RELEASE_MS,
  );

  it(
    'of a commit that crashes at start is red, says why beside the log, and the old version serves',
    async () => {
      const broken = await commitProgram(stack.folder, 'broken', (program) =>
        program.replace(
          'signal.signal(',
          'print("::error::from the log"); raise SystemExit(7)\n    signal.signal(',
        ),
      );
      const done = await job(broken);
      expect(done.exitCode).toBe(3);
      expect(await stack.servedCommit()).toBe(first);
      const [error, ...others] = done.reader.named('error');
      expect(others).toEqual([]);
      expect(error?.properties.title).toBe('↩ rolled back: hello → production');
      expect(error?.data).toContain('exited with code 7');
      expect(done.summary).toContain('::error::from the log');
      expect(done.outputs.verdict).toBe('rolled-back');
    },
    RELEASE_MS,
  );
});
