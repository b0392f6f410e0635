/**
 * Why a build or a push failed: the repository's fault (final), or the world's (worth another try). Docker has
 * exit code 1 for all of it, so its words decide; what is not recognised is the repository's.
 */
import {
  BuildFailedError,
  MissingToolError,
  RefusedByServiceError,
  type SlipwayError,
  TransientError,
} from '../errors.ts';
import type { ProcessResult } from '../process/run-process.ts';
import { lastLines } from '../process/tail.ts';
import { TRANSIENT_ADVICE, transientReason } from '../process/transient-output.ts';

const ENGINE_AWAY =
  /cannot connect to the docker daemon|error during connect|is the docker daemon running|connection reset by peer|transport is closing|unexpected EOF|closing transport|error reading from server/i;
const PULLING =
  /failed to (?:solve|resolve|do request|fetch|copy|load metadata|authorize)|load metadata for|failed to resolve source metadata/i;
const DENIED =
  /denied|unauthorized|no basic auth credentials|authorization (?:token|failed)|name unknown|does not exist|not authorized/i;
const IMMUTABLE = /tag (?:is )?immutable|TAG_INVALID|cannot be overwritten|already exists .*immutable/i;
/** BuildKit's own words (from 0.9, and before) for a RUN that ended badly: what the command printed is its own affair. */
const COMMAND_FAILED = /did not complete successfully: exit code|executor failed running .*: exit code/i;
/** As buildx says it that is older than 0.13, and so knows no `--progress=rawjson`. */
const TOO_OLD = /invalid progress (?:mode|value)/i;

const EVIDENCE_LINES = 50;

/** How buildx ended, without success. */
export const readBuildFailure = (
  image: string,
  { tail, exitCode, signal }: Pick<ProcessResult, 'tail' | 'exitCode' | 'signal'>,
): SlipwayError => {
  const evidence = lastLines(tail, EVIDENCE_LINES);
  const line = decisiveLine(evidence);
  if (exitCode === 126 || exitCode === 127) {
    return new MissingToolError(`image ${image}: buildx cannot be run: ${line}`, {
      advice: 'run script/setup',
    });
  }
  if (TOO_OLD.test(line)) {
    return new MissingToolError(`image ${image}: this worker's buildx is too old: ${line}`, {
      advice: 'install Docker buildx 0.13 or newer on it (script/setup brings one)',
    });
  }
  if (signal !== null)
    return new TransientError(`image ${image}: buildx was ended by ${signal}`, { evidence });
  if (transientReason(tail) === 'disk') {
    return new TransientError(`image ${image}: the build host's disk is full`, {
      evidence,
      advice: TRANSIENT_ADVICE.disk,
    });
  }
  if (!COMMAND_FAILED.test(tail)) {
    if (ENGINE_AWAY.test(tail))
      return new TransientError(`image ${image}: the Docker engine went away`, { evidence });
    if (PULLING.test(tail) && transientReason(tail) === 'network') {
      return new TransientError(`image ${image}: a base image could not be fetched: ${line}`, {
        evidence,
        advice: TRANSIENT_ADVICE.network,
      });
    }
  }
  return new BuildFailedError(`image ${image} does not build: ${line}`, { evidence });
};

export const isImmutableTag = (tail: string): boolean => IMMUTABLE.test(tail);

export const readPushFailure = (reference: string, tail: string): SlipwayError => {
  const evidence = lastLines(tail, EVIDENCE_LINES);
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

const decisiveLine = (lines: readonly string[]): string =>
  (
    lines.findLast((line) => /^(#\d+ )?error|ERROR|denied|unauthorized/i.test(line)) ??
    lines.at(-1) ??
    'no output'
  )
    .trim()
    .slice(0, 300);
