/** What Temporal says has become of a release, asked as a control worker asks: over its worker's connection. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { fateOf } from '../../src/activities/release-fate.ts';
import { CheckFailedError } from '../../src/errors.ts';
import { DEPLOY_WORKFLOW, TASK_QUEUE } from '../../src/release/names.ts';
import { FakePools, SHA } from '../fakes/activities.ts';
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
    expect(await fateOf(client, releaseId)).toEqual({ kind: 'broken-off' });
  });

  it.each(['deploy/no/such/one/6a4e9a8e-0000-4000-8000-000000000000', 'x/not-a-run-id', 'nothing'])(
    'is broken off where Temporal knows nothing of it: %s',
    async (releaseId) => {
      expect(await fateOf(client, releaseId)).toEqual({ kind: 'broken-off' });
    },
  );

  it('is its own, not that of a later run of the same workflow id', async () => {
    const first = await start();
    await withPools(env, failing(), () => first.handle.result().catch(() => undefined));
    const second = await start(first.workflowId);
    await second.handle.terminate();
    const third = await start(first.workflowId);
    expect(await fateOf(client, first.releaseId)).toMatchObject({ report: { verdict: 'failed' } });
    expect(await fateOf(client, second.releaseId)).toEqual({ kind: 'broken-off' });
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
