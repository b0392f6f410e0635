/** What `gc` takes from Temporal's own tools, which let any JSON through. */
import { describe, expect, it } from '@jest/globals';
import { readGcRequest } from '../../../src/release/requests/gc-request.ts';

describe('the input of gc', () => {
  it('is read as it is meant', () => {
    expect(readGcRequest({ environment: 'production' }).request).toEqual({
      environment: 'production',
      dryRun: false,
    });
    const all = { environment: 'production', app: 'shop', keep: 0, minimumAgeMs: 0, dryRun: true };
    expect(readGcRequest({ ...all, more: 1 }).request).toEqual(all);
  });

  it.each<[unknown, string]>([
    [undefined, 'expected an object'],
    ['production', 'expected an object'],
    [[], 'expected an object'],
    [{}, '"environment" is missing'],
    [{ environment: ' ' }, '"environment" must be a text that is not empty'],
    [{ environment: 'e', app: 7 }, '"app" must be a text'],
    [{ environment: 'e', keep: -1 }, '"keep" must be a whole number from 0 to 1000'],
    [{ environment: 'e', keep: '5' }, '"keep" must be a whole number'],
    [{ environment: 'e', keep: 1.5 }, '"keep" must be a whole number'],
    [{ environment: 'e', minimumAgeMs: -1 }, '"minimumAgeMs" must be a whole number'],
    [{ environment: 'e', dryRun: 'yes' }, '"dryRun" must be true or false'],
  ])('%j is told what is wrong with it', (input, problem) => {
    expect(readGcRequest(input)).toEqual({
      request: null,
      problem: expect.stringContaining(`the input of gc: ${problem}`),
    });
  });
});
