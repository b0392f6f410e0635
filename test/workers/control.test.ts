import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { TASK_QUEUE } from '../../src/release/names.ts';
import { prepareControl } from '../../src/workers/control.ts';

it('a control worker keeps slots for releases apart from those for GitHub and for pull requests', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-control-'));
  const { queues } = await prepareControl({ storeFolder: folder, dataFolder: folder });
  await rm(folder, { recursive: true });
  const offered = Object.fromEntries(
    queues.map(({ taskQueue, activities }) => [taskQueue, Object.keys(activities ?? {}).toSorted()]),
  );
  expect(offered[TASK_QUEUE.telling]).toEqual([
    'awaitEnd',
    'endOlderChecks',
    'keepPulls',
    'lookForMissedPulls',
    'tellGitHub',
  ]);
  expect(offered[TASK_QUEUE.proposals]).toEqual(['readChecks']);
  // What was scheduled there by an earlier Slipway is still done.
  expect(offered[TASK_QUEUE.control]).toEqual(
    expect.arrayContaining(['readSource', 'awaitEnd', 'readChecks']),
  );
  expect(queues.filter(({ workflowBundle }) => workflowBundle).map(({ taskQueue }) => taskQueue)).toEqual([
    TASK_QUEUE.control,
  ]);
  expect(queues.find(({ taskQueue }) => taskQueue === TASK_QUEUE.proposals)?.slots).toBeLessThan(10);
});
