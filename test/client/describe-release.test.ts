/** What a look at a release costs Temporal. */
import { describe, expect, it } from '@jest/globals';
import { describeRelease, type ReleaseClient } from '../../src/client/index.ts';

describe('a look at a release', () => {
  it('asks once for each queue that steps wait in, however many wait', async () => {
    const asked: string[] = [];
    const pendingActivities = Array.from({ length: 100 }, (_, index) => ({
      activityId: String(index),
      activityOptions: { taskQueue: { name: index % 2 === 0 ? 'even' : 'odd' } },
    }));
    const describeTaskQueue = async ({ taskQueue: { name } }: { taskQueue: { name: string } }) => {
      asked.push(name);
      return { pollers: name === 'even' ? [{}] : [] };
    };
    const handle = {
      describe: async () => ({
        startTime: new Date(0),
        status: { name: 'RUNNING' },
        raw: { pendingActivities },
      }),
    };
    const temporal = {
      workflow: { getHandle: () => handle },
      workflowService: { describeTaskQueue },
      options: { namespace: 'default' },
    };
    const client = { temporal } as unknown as ReleaseClient;
    const { pending } = await describeRelease(client, { workflowId: 'w', runId: 'r' });
    expect(asked.sort()).toEqual(['even', 'odd']);
    expect(pending.filter(({ isPolled }) => isPolled === true)).toHaveLength(50);
    expect(pending.filter(({ isPolled }) => isPolled === false)).toHaveLength(50);
  });
});
