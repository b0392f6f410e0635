import { describe, expect, it } from '@jest/globals';
import { isImmutableTag, readBuildFailure, readPushFailure } from '../../src/build/failures.ts';

const ended = (tail: string, exitCode: number | null = 1, signal: NodeJS.Signals | null = null) => ({
  tail,
  exitCode,
  signal,
});

// Texts as buildx 0.20 and Docker 20.10 to 28 print them.
describe('readBuildFailure', () => {
  it.each<[string, string, string]>([
    [
      'a RUN that failed',
      '#7 [4/5] RUN npm test\n#7 1.2 Error: boom\n#7 ERROR: process "/bin/sh -c npm test" did not complete successfully: exit code: 1\nERROR: failed to solve: process "/bin/sh -c npm test" did not complete successfully: exit code: 1',
      'BuildFailed',
    ],
    [
      'a RUN that failed and spoke of the network',
      '#7 1.2 curl: connection refused\nERROR: failed to solve: process "/bin/sh -c curl x" did not complete successfully: exit code: 7',
      'BuildFailed',
    ],
    [
      'a RUN that failed and spoke of the network, on Docker 20.10',
      '#7 1.2 curl: connection refused\nERROR: failed to solve: executor failed running [/bin/sh -c curl x]: exit code: 7',
      'BuildFailed',
    ],
    [
      'a buildx that is too old for what is asked of it',
      'ERROR: invalid progress value : rawjson',
      'MissingTool',
    ],
    [
      'an unknown instruction',
      'ERROR: failed to solve: dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)',
      'BuildFailed',
    ],
    [
      'a missing file',
      'ERROR: failed to solve: failed to compute cache key: failed to calculate checksum of ref x: "/nope": not found',
      'BuildFailed',
    ],
    [
      'a base image that does not exist',
      'ERROR: failed to solve: nope:1: failed to resolve source metadata for docker.io/library/nope:1: pull access denied, repository does not exist or may require authorization',
      'BuildFailed',
    ],
    [
      'a registry that does not answer',
      'ERROR: failed to solve: node:20: failed to resolve source metadata for docker.io/library/node:20: failed to do request: Head "https://registry/v2/": dial tcp: lookup registry: no such host',
      'Transient',
    ],
    [
      'a rate limit',
      'ERROR: failed to solve: node:20: failed to resolve source metadata for docker.io/library/node:20: failed to copy: httpReadSeeker: failed open: unexpected status code: 429 Too Many Requests - toomanyrequests',
      'Transient',
    ],
    [
      'no engine',
      'ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'Transient',
    ],
    [
      'an engine that was stopped',
      '#5 3.1 step\nERROR: failed to receive status: rpc error: code = Unavailable desc = closing transport due to: connection error',
      'Transient',
    ],
    [
      'a full disk, also in a RUN',
      '#7 1.2 write /x: no space left on device\nERROR: failed to solve: process "/bin/sh -c x" did not complete successfully: exit code: 1',
      'Transient',
    ],
    ['words that nobody knows', 'ERROR: something new', 'BuildFailed'],
  ])('says of %s what it is', (_what, tail, type) => {
    expect(readBuildFailure('web', ended(tail))).toMatchObject({ type });
  });

  it('names the line that matters and keeps the last 50 as evidence', () => {
    const output = Array.from({ length: 80 }, (_, n) => `#1 line ${n}`).join('\n');
    const error = readBuildFailure('web', ended(`${output}\nERROR: failed to solve: it\n`));
    expect(error.message).toBe('image web does not build: ERROR: failed to solve: it');
    expect(error.evidence).toHaveLength(50);
    expect(error.evidence.at(-1)).toBe('ERROR: failed to solve: it');
  });

  it('advises when the disk is full', () => {
    expect(readBuildFailure('web', ended('x: no space left on device')).advice).toContain('free space');
  });

  it('tells a missing buildx and a killed one apart', () => {
    expect(readBuildFailure('web', ended('not found', 127))).toMatchObject({ type: 'MissingTool' });
    expect(readBuildFailure('web', ended('', null, 'SIGKILL'))).toMatchObject({ type: 'Transient' });
  });
});

describe('readPushFailure', () => {
  it.each([
    [
      'denied: User: arn:aws:sts::1:x is not authorized to perform: ecr:InitiateLayerUpload',
      'RefusedByService',
    ],
    [
      "name unknown: The repository with name 'x' does not exist in the registry with id '1'",
      'RefusedByService',
    ],
    ['no basic auth credentials', 'RefusedByService'],
    [
      'Error response from daemon: login attempt to http://x/v2/ failed with status: 401 Unauthorized',
      'RefusedByService',
    ],
    ['Put "https://x/v2/": net/http: TLS handshake timeout', 'Transient'],
    ['received unexpected HTTP status: 503 Service Unavailable', 'Transient'],
    ['write tcp 10.0.0.1: broken pipe', 'Transient'],
  ])('of %j is %s', (output, type) => {
    expect(readPushFailure('host/app:sha', `preparing\n${output}\n`)).toMatchObject({ type });
  });
});

describe('isImmutableTag', () => {
  it.each([
    "tag invalid: The image tag 'x' already exists in the 'app' repository and cannot be overwritten because the tag is immutable.",
    'TAG_INVALID: the tag is immutable',
  ])('recognises %j', (output) => {
    expect(isImmutableTag(output)).toBe(true);
  });
  it('is not taken in by other failures', () => {
    expect(isImmutableTag('denied: no')).toBe(false);
  });
});
