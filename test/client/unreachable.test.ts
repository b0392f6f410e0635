/** What is said of a server that does not answer: nothing that was sent to it. */
import { describe, expect, it } from '@jest/globals';
import { unreachable } from '../../src/client/connect.ts';

describe('a server that cannot be asked', () => {
  it.each(['secret-key\r', 'secret-key\nsecret-line', 'secret-“key”'])(
    'the key %j that gRPC refuses, and quotes, is not said',
    (key) => {
      // grpc-js, metadata.ts: as it comes with a key out of a file of Windows.
      const error = new Error(`Metadata string value "Bearer ${key}" contains illegal characters`);
      const { message } = unreachable('temporal:7233', error);
      expect(message).not.toContain('secret');
      expect(message).toMatch(
        /^Temporal does not answer at temporal:7233: the API key \(or another header\)/,
      );
    },
  );

  it('its own first line is', () => {
    expect(unreachable('temporal:7233', new Error('no route\nmore')).message).toBe(
      'Temporal does not answer at temporal:7233: no route',
    );
  });
});
