import { describe, expect, it } from '@jest/globals';
import { readChecksReport, readChecksRequest } from '../../src/release/checks.ts';

const SHA = 'a'.repeat(40);

describe('the input of the checks workflow', () => {
  it.each([[{ sha: 'main' }], [{ sha: SHA, app: 'shop', pullRequest: 7, startedBy: 'ada' }]])(
    'takes %j as it is',
    (input) => {
      expect(readChecksRequest(input)).toEqual({ request: input, problem: null });
    },
  );

  it('takes null for left out, and leaves out what it does not know', () => {
    expect(readChecksRequest({ sha: SHA, app: null, pullRequest: null, more: 1 })).toEqual({
      request: { sha: SHA },
      problem: null,
    });
  });

  it.each([
    [undefined, /expected an object/],
    [[], /expected an object/],
    [{}, /"sha" is missing/],
    [{ sha: ' ' }, /"sha" must be a text/],
    [{ sha: SHA, pullRequest: '7' }, /"pullRequest" must be the number/],
    [{ sha: SHA, pullRequest: -1 }, /"pullRequest" must be the number/],
    [{ sha: SHA, pullRequest: 1.5 }, /"pullRequest" must be the number/],
    [{ sha: 'main', pullRequest: 7 }, /"sha" of a pull request must be a full one/],
  ])('refuses %j', (input, problem) => {
    expect(readChecksRequest(input)).toEqual({ request: null, problem: expect.stringMatching(problem) });
  });
});

it('takes for a report only what is one', () => {
  expect(
    [null, 'passed', {}, { verdict: 'succeeded', steps: [] }, { verdict: 'passed' }].map(readChecksReport),
  ).toEqual(Array(5).fill(undefined));
  expect(readChecksReport({ verdict: 'failed', steps: [] })).toMatchObject({ verdict: 'failed' });
});
