/**
 * Keys and hashes name things in the store. They are checked here, as some of them come from workflow
 * inputs, so that none can point outside it.
 */
import { SlipwayError } from '../errors.ts';

const HASH = /^[0-9a-f]{64}$/;
const SEGMENT = /^[A-Za-z0-9_@=+-][A-Za-z0-9._@=+-]{0,199}$/;
const LONGEST_KEY = 600;

export function checkHash(hash: string): string {
  if (!HASH.test(hash)) throw new SlipwayError('InvalidKey', false, `not a SHA-256: ${JSON.stringify(hash)}`);
  return hash;
}

/** Segments of letters, digits and `._@=+-`, joined by `/`; none empty or starting with a dot. */
export function checkKey(key: string): string {
  if (key.length > LONGEST_KEY || !key.split('/').every((segment) => SEGMENT.test(segment))) {
    throw new SlipwayError(
      'InvalidKey',
      false,
      `not a key of the store: ${JSON.stringify(key.slice(0, 200))}`,
    );
  }
  return key;
}

/** Makes one segment of a key of any text (workflow ids may be anything). */
export const segmentOf = (text: string, replacement: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9._@=+-]/g, replacement)
    .replace(/^\./, replacement)
    .slice(0, 200) || replacement;

/** One segment of a key that no other text has: what a key may not hold is written as `=` and its bytes in hex. */
export const exactSegment = (text: string): string =>
  text.replaceAll(/^\.|[^A-Za-z0-9._@+-]/gu, (character) =>
    [...new TextEncoder().encode(character)]
      .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );

/** Where the logs of the steps of a workflow begin, with the `/` behind it. */
export const logFolder = (workflowId: string): string => `logs/${segmentOf(workflowId, '_')}/`;

/** `logs/<workflow id>/<run id>/<step>.log`: all attempts of a step append to one log. */
export const logKey = (workflowId: string, runId: string, step: string): string =>
  checkKey(`${logFolder(workflowId)}${segmentOf(runId, '_')}/${segmentOf(step, '-').slice(0, 190)}.log`);
