/** What Temporal says has become of a release, asked as a control worker asks: over its worker's connection. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { fateOf } from '../../src/activities/release-fate.ts';
import { CheckFailedError } from '../../src/errors.ts';
import { DEPLOY_WORKFLOW, TASK_QUEUE } from '../../src/release/names.ts';
import { type ActivityName, digestOf, FakePools, SHA, untilCancelled } from '../fakes/activities.ts';
import { startServer, withPools } from './harness.ts';

let env: TestWorkflowEnvironment;
let client: Client;
beforeAll(async () => {
  env = await startServer();
  client = new Client({ connection: env.nativeConnection });
});
afterAll(() => env?.teardown());

let counter = 0;
/** Nobody serves it until a test does. */
async function start(workflowId = `deploy/shop/production/fate-${process.pid}-${++counter}`) {
  const handle = await env.client.workflow.start(DEPLOY_WORKFLOW, {
    taskQueue: TASK_QUEUE.control,
    workflowId,
    args: [{ environment: 'production', sha: SHA }],
  });
  return { handle, workflowId, releaseId: `${workflowId}/${handle.firstExecutionRunId}` };
}
const failing = () => new FakePools().on('runCheck', () => Promise.reject(new CheckFailedError('no')));

/** All pools have gone when the activity had begun; nothing more happens. */
async function leftAloneIn(activity: ActivityName, pools = new FakePools()) {
  const begun = new Promise<void>((resolve) => {
    pools.on(activity, () => {
      resolve();
      return untilCancelled();
    });
  });
  const started = await start();
  await withPools(env, pools, () => begun);
  return started;
}

describe('the fate of a release', () => {
  it('is running while it runs', async () => {
    const { handle, releaseId } = await start();
    expect(await fateOf(client, releaseId)).toEqual({ kind: 'running' });
    await handle.terminate();
  });

  it('is its report, whatever the verdict', async () => {
    const good = await start();
    await withPools(env, new FakePools(), () => good.handle.result());
    const bad = await start();
    await withPools(env, failing(), () => bad.handle.result().catch(() => undefined));
    expect(await fateOf(client, good.releaseId)).toMatchObject({ report: { verdict: 'succeeded' } });
    expect(await fateOf(client, bad.releaseId)).toMatchObject({
      kind: 'reported',
      report: { verdict: 'failed' },
    });
  });

  it('is broken off when it was terminated', async () => {
    const { handle, releaseId } = await start();
    await handle.terminate();
    expect(await fateOf(client, releaseId)).toEqual({ kind: 'broken-off', movedLatest: false });
  });

  it('tells whether it had come to moving `latest` when it was broken off', async () => {
    const before = await leftAloneIn('checkHealth');
    await before.handle.terminate();
    const meanwhile = await leftAloneIn('moveLatest');
    await meanwhile.handle.terminate();
    const after = await leftAloneIn('closeRelease');
    await after.handle.terminate();
    expect(await fateOf(client, before.releaseId)).toEqual({ kind: 'broken-off', movedLatest: false });
    expect(await fateOf(client, meanwhile.releaseId)).toEqual({ kind: 'broken-off', movedLatest: true });
    expect(await fateOf(client, after.releaseId)).toEqual({ kind: 'broken-off', movedLatest: true });
  });

  it('tells it also where much has happened since', async () => {
    const { handle, releaseId } = await leftAloneIn('moveLatest');
    for (let count = 1; count <= 120; count += 1) await handle.signal('nobody-knows-me');
    await handle.terminate();
    expect(await fateOf(client, releaseId)).toEqual({ kind: 'broken-off', movedLatest: true });
  });

  it('does not take the repair of another release for its own moving of `latest`', async () => {
    const pools = new FakePools().on('takeTurn', async ({ app, environment }) => [
      {
        releaseId: 'deploy/shop/1/run',
        app,
        environment,
        cluster: 'shop',
        waves: [],
        latest: [
          { image: 'api', repositoryUri: 'registry/api', digest: digestOf('old'), next: digestOf('api') },
        ],
        migration: null,
      },
    ]);
    const { handle, releaseId } = await leftAloneIn('updateServices', pools);
    await handle.terminate();
    expect(pools.record('moveLatest')).toHaveLength(1);
    expect(await fateOf(client, releaseId)).toEqual({ kind: 'broken-off', movedLatest: false });
  });

  it.each(['deploy/no/such/one/6a4e9a8e-0000-4000-8000-000000000000', 'x/not-a-run-id', 'nothing'])(
    'is broken off where Temporal knows nothing of it: %s',
    async (releaseId) => {
      expect(await fateOf(client, releaseId)).toEqual({ kind: 'broken-off', movedLatest: false });
    },
  );

  it('is its own, not that of a later run of the same workflow id', async () => {
    const first = await start();
    await withPools(env, failing(), () => first.handle.result().catch(() => undefined));
    const second = await start(first.workflowId);
    await second.handle.terminate();
    const third = await start(first.workflowId);
    expect(await fateOf(client, first.releaseId)).toMatchObject({ report: { verdict: 'failed' } });
    expect(await fateOf(client, second.releaseId)).toEqual({ kind: 'broken-off', movedLatest: false });
    expect(await fateOf(client, third.releaseId)).toEqual({ kind: 'running' });
    await third.handle.terminate();
  });

  it('goes on after a reset, under another run id', async () => {
    const { handle, workflowId, releaseId } = await start();
    await withPools(env, failing(), () => handle.result().catch(() => undefined));
    const { events } = await handle.fetchHistory();
    const decided = events?.find(
      ({ workflowTaskCompletedEventAttributes }) => workflowTaskCompletedEventAttributes,
    );
    await client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId, runId: handle.firstExecutionRunId },
      reason: 'test',
      workflowTaskFinishEventId: decided?.eventId ?? null,
      requestId: 'reset-1',
    });
    expect(await fateOf(client, releaseId)).toEqual({ kind: 'running' });
    await withPools(env, new FakePools(), () => env.client.workflow.getHandle(workflowId).result());
    expect(await fateOf(client, releaseId)).toMatchObject({ report: { verdict: 'succeeded' } });
  });
});
