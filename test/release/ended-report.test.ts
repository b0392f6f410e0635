/** What counts as the report of a run that has ended. */
import { describe, expect, it } from '@jest/globals';
import { reportFromFailure, reportFromResult } from '../../src/release/ended-report.ts';
import { ROLLED_BACK, SUCCEEDED } from '../cli/render/reports.ts';

describe('a report', () => {
  it('is the result of a run that succeeded', () => {
    expect(reportFromResult(SUCCEEDED)).toBe(SUCCEEDED);
  });

  it('is the first detail of a failure whose type is its verdict', () => {
    expect(reportFromFailure({ type: 'rolled-back', details: [ROLLED_BACK] })).toBe(ROLLED_BACK);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'succeeded'],
    ['something with another verdict', { verdict: 'fine' }],
  ])('is not %s', (_what, result) => {
    expect(reportFromResult(result)).toBeUndefined();
    expect(reportFromFailure({ type: 'failed', details: [result] })).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['without details', { type: 'failed' }],
    ['of no verdict', { type: 'InternalError', details: [ROLLED_BACK] }],
    ['of another verdict', { type: 'failed', details: [ROLLED_BACK] }],
    ['that is none', undefined],
  ])('is not in a failure %s', (_what, failure) => {
    expect(reportFromFailure(failure)).toBeUndefined();
  });
});
