/**
 * Why a build or a push failed: the repository's fault (final), or the world's (worth another try). Docker has
 * exit code 1 for all of it, so its words decide; what is not recognised is the repository's.
 */
import { BuildFailedError, RefusedByServiceError, type SlipwayError, TransientError } from '../errors.ts';

const ENGINE_AWAY =
  /cannot connect to the docker daemon|error during connect|is the docker daemon running|connection reset by peer|transport is closing|unexpected EOF|closing transport|error reading from server/i;
const DISK_FULL = /no space left on device|disk quota exceeded/i;
const NETWORK =
  /i\/o timeout|TLS handshake timeout|temporary failure in name resolution|connection refused|connection reset|network is unreachable|toomanyrequests|(?:429|500|502|503|504) (?:Too Many|Internal|Bad Gateway|Service|Gateway)|server misbehaving|no such host|context deadline exceeded/i;
const PULLING =
  /failed to (?:solve|resolve|do request|fetch|copy|load metadata|authorize)|load metadata for|failed to resolve source metadata/i;
const DENIED =
  /denied|unauthorized|no basic auth credentials|authorization (?:token|failed)|name unknown|does not exist|not authorized/i;
const IMMUTABLE = /tag (?:is )?immutable|TAG_INVALID|cannot be overwritten|already exists .*immutable/i;
/** BuildKit's own word for a RUN that ended badly: then whatever the command printed is its own affair. */
const COMMAND_FAILED = /did not complete successfully: exit code/i;

const EVIDENCE_LINES = 50;

export const readBuildFailure = (image: string, tail: string): SlipwayError => {
  const evidence = lastLines(tail);
  const line = decisiveLine(evidence);
  if (DISK_FULL.test(tail)) {
    return new TransientError(`image ${image}: the build host's disk is full`, {
      evidence,
      advice: 'free space on the build host (docker system prune), or let another host build',
    });
  }
  if (!COMMAND_FAILED.test(tail)) {
    if (ENGINE_AWAY.test(tail))
      return new TransientError(`image ${image}: the Docker engine went away`, { evidence });
    if (PULLING.test(tail) && NETWORK.test(tail)) {
      return new TransientError(`image ${image}: a base image could not be fetched: ${line}`, { evidence });
    }
  }
  return new BuildFailedError(`image ${image} does not build: ${line}`, { evidence });
};

export const isImmutableTag = (tail: string): boolean => IMMUTABLE.test(tail);

export const readPushFailure = (reference: string, tail: string): SlipwayError => {
  const evidence = lastLines(tail);
  const line = decisiveLine(evidence);
  if (DENIED.test(line)) {
    return new RefusedByServiceError(`${reference} may not be pushed: ${line}`, {
      evidence,
      advice:
        'give the build role the right to push to this repository (ecr:PutImage, ecr:InitiateLayerUpload …), and create the repository',
    });
  }
  return new TransientError(`${reference} was not pushed: ${line}`, { evidence });
};

const lastLines = (tail: string): readonly string[] => tail.trimEnd().split('\n').slice(-EVIDENCE_LINES);

const decisiveLine = (lines: readonly string[]): string =>
  (
    lines.findLast((line) => /^(#\d+ )?error|ERROR|denied|unauthorized/i.test(line)) ??
    lines.at(-1) ??
    'no output'
  )
    .trim()
    .slice(0, 300);
