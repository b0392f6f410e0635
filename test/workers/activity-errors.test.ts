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

it('half a character in what an error quotes does not go out', () => {
  const error = new TransientError('no \ud83d', { cause: new Error('\ude00') });
  const failure = toTemporalFailure(error) as Error;
  expect([failure.message, (failure.cause as Error).message]).toEqual(['no \ufffd', '\ufffd']);
  expect(`${failure.stack}${(failure.cause as Error).stack}`).not.toMatch(/\p{Cs}/u);
  expect((toTemporalFailure(new Error('x\ud83d')) as Error).message).toBe('x\ufffd');
});
