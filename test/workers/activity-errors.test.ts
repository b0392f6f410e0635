import { expect, it } from '@jest/globals';
import { TransientError } from '../../src/errors.ts';
import { toTemporalFailure } from '../../src/workers/activity-errors.ts';

it('Temporal waits for as long as somebody outside has asked us to, else as its back-off has it', () => {
  expect(toTemporalFailure(new TransientError('later', { retryAfterMs: 30_000 }))).toMatchObject({
    type: 'Transient',
    nonRetryable: false,
    nextRetryDelay: 30_000,
  });
  const usual = toTemporalFailure(new TransientError('later')) as { nextRetryDelay?: unknown };
  expect(usual.nextRetryDelay).toBeUndefined();
});
