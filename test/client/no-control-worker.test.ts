/** Temporal is there, and no control worker: in which of its ways Temporal says so is its own affair. */
import { describe, expect, it } from '@jest/globals';
import { ServiceError, TerminatedFailure, WorkflowFailedError } from '@temporalio/client';
import { environmentStatus, planRelease, type ReleaseClient } from '../../src/client/index.ts';

const PLACE = { app: 'shop', environment: 'production' };

/** As the server of Temporal 1.29 answers a query, 14 s after the last worker has gone. */
const noPoller = new ServiceError('Failed to query Workflow', {
  cause: Object.assign(new Error('9 FAILED_PRECONDITION'), {
    code: 9,
    details: 'no poller seen for task queue recently, worker may be down',
    metadata: {},
  }),
});

const clientOf = (handle: object): ReleaseClient =>
  ({
    temporal: {
      withDeadline: (_deadline: number, work: () => unknown) => work(),
      workflow: { getHandle: () => handle, start: async () => handle },
    },
  }) as unknown as ReleaseClient;

describe('without a control worker', () => {
  it('an environment that Temporal knows to be answered by nobody says which worker to start', async () => {
    const client = clientOf({ query: () => Promise.reject(noPoller) });
    await expect(environmentStatus(client, PLACE)).rejects.toMatchObject({
      type: 'NoControlWorker',
      message: 'no control worker answers for production of shop',
      advice: 'Start one (slipway worker control) and ask again.',
    });
  });

  it('a plan says so, and not that it was ended', async () => {
    let end: (error: Error) => void = () => undefined;
    const client = clientOf({
      workflowId: 'plan/shop/production/1',
      describe: async () => ({ historyLength: 2 }),
      result: () => new Promise((_resolve, reject) => (end = reject)),
      // Its end is told before the call that has ended it returns.
      terminate: async (reason: string) => {
        end(
          new WorkflowFailedError(
            'terminated',
            new TerminatedFailure(reason),
            'NON_RETRYABLE_FAILURE' as never,
          ),
        );
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
    });
    await expect(planRelease(client, { ...PLACE, sha: 'a'.repeat(40) } as never, 10)).rejects.toMatchObject({
      type: 'NoControlWorker',
      advice: 'Start one (slipway worker control) and ask again.',
    });
  });
});
