import { describe, expect, it } from '@jest/globals';
import { readRequest } from '../../../src/release/requests/request.ts';

describe('the input of a release', () => {
  it.each([
    [{ environment: 'production', sha: 'main' }],
    [{ environment: 'production', sha: 'main', app: 'shop', startedBy: 'Ada' }],
    [{ environment: 'production', sha: 'main', partOf: 'refs/heads/main' }],
  ])('is taken as it is: %j', (input) => {
    expect(readRequest(input)).toEqual({ request: input, problem: null });
  });

  it('leaves out what is null and what is not known, as newer starters may send more', () => {
    const input = { environment: 'production', sha: 'main', app: null, colour: 'red' };
    expect(readRequest(input).request).toEqual({ environment: 'production', sha: 'main' });
  });

  it.each([
    [undefined, /no input/],
    [null, /expected an object, got null/],
    ['production', /expected an object, got "production"/],
    [[{ environment: 'production', sha: 'main' }], /expected an object/],
    [{ environment: 'production' }, /"sha" is missing/],
    [{ sha: 'main' }, /"environment" is missing/],
    [{ environment: 'production', sha: 7 }, /"sha" must be a text/],
    [{ environment: ' ', sha: 'main' }, /"environment" must be a text/],
    [{ environment: 'production', sha: 'main', app: {} }, /"app" must be a text/],
  ])('%j is refused with what is wrong and an example', (input, problem) => {
    const reading = readRequest(input);
    expect(reading.request).toBeNull();
    expect(reading.problem).toMatch(problem);
    expect(reading.problem).toContain('{"environment":"production","sha":"<commit>"}');
  });
});
