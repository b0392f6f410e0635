// What is left of an engine's refusal once dockerode's frame is taken off.
import { describe, expect, it } from '@jest/globals';
import { messageOf } from '../../../src/local/docker/engine.ts';

describe('the engine’s own sentence', () => {
  it.each([
    [
      'in a stream’s refusal',
      new Error('(HTTP code 400) unexpected - invalid reference format '),
      'invalid reference format',
    ],
    [
      'with a dash in it',
      new Error('(HTTP code 500) server error - Get "https://my-registry/v2/": dial tcp: no - such host '),
      'Get "https://my-registry/v2/": dial tcp: no - such host',
    ],
    [
      'in the answer’s JSON',
      Object.assign(new Error('(HTTP code 404) no such container - No such container: x '), {
        json: { message: 'No such container: x' },
      }),
      'No such container: x',
    ],
    [
      'of no engine at all',
      new Error('connect ECONNREFUSED /var/run/docker.sock'),
      'connect ECONNREFUSED /var/run/docker.sock',
    ],
    ['that is no error', 'broken', 'broken'],
  ])('%s is taken as it is', (_where, error, sentence) => {
    expect(messageOf(error)).toBe(sentence);
  });
});
