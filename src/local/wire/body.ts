// Reads a request's body into memory, up to a limit of size and time.
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AwsError } from './aws-error.ts';

/** Far more than any real call needs (a task definition is at most 64 KB, PutLogEvents 1 MB). */
export const maxBodyBytes = 5 * 1024 * 1024;

export interface BodyLimits {
  readonly limit?: number;
  /** For the whole body. By default for ever. */
  readonly timeoutMs?: number;
}

/**
 * Throws AwsError `RequestEntityTooLarge` (413) for a longer body, after having read past it:
 * a client that is cut off in mid-sentence sees a broken connection instead of the answer.
 * Throws AwsError `RequestTimeout` (408) for one that does not come to its end.
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits = {}): Promise<Buffer> {
  const { limit = maxBodyBytes, timeoutMs } = limits;
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    const late = timeoutMs === undefined ? undefined : setTimeout(() => settle(tooSlow()), timeoutMs);
    const settle = (error?: Error): void => {
      clearTimeout(late);
      request.removeAllListeners('data');
      if (error) reject(error);
      else resolve();
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > limit * 20) settle();
    });
    request.once('end', () => settle());
    request.once('error', settle);
    request.once('close', () => settle(new Error('the client went away in mid-request')));
  });
  if (size > limit) throw tooLarge(limit);
  return Buffer.concat(chunks);
}

/** Undoes `content-encoding: gzip`. Throws AwsError `SerializationException`, or as `readBody`. */
export async function decodeBody(body: Uint8Array, encoding: string | undefined): Promise<Uint8Array> {
  const coding = encoding?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity') return body;
  if (coding !== 'gzip') {
    throw new AwsError(
      'SerializationException',
      `Content-Encoding '${coding.slice(0, 40)}' is not supported`,
    );
  }
  try {
    return await promisify(gunzip)(body, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBodyBytes);
    throw new AwsError('SerializationException', 'The request body is not valid gzip');
  }
}

function tooLarge(limit: number): AwsError {
  return new AwsError('RequestEntityTooLarge', `The request body is over ${limit} bytes`, {
    statusCode: 413,
  });
}

function tooSlow(): AwsError {
  return new AwsError('RequestTimeout', 'The request body did not come in time', { statusCode: 408 });
}
