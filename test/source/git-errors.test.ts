import { describe, expect, it } from '@jest/globals';
import { gitFetchError } from '../../src/source/git-errors.ts';

describe('gitFetchError', () => {
  it.each([
    ["fatal: unable to access 'https://x/': Could not resolve host: x", 'Transient'],
    ['error: RPC failed; HTTP 503\nfatal: the remote end hung up unexpectedly', 'Transient'],
    ["fatal: Authentication failed for 'https://x/'", 'RefusedByService'],
    ["fatal: could not read Username for 'https://x': terminal prompts disabled", 'RefusedByService'],
    [
      'git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.',
      'RefusedByService',
    ],
    ["remote: Repository not found.\nfatal: repository 'https://x/' not found", 'ConfigurationError'],
    ["fatal: '/x' does not appear to be a git repository", 'ConfigurationError'],
  ])('says of %j: %s', (output, type) => {
    expect(gitFetchError(output, 'https://x/')).toMatchObject({ type });
  });
});
