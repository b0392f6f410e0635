// Reads a request's body into memory, up to a limit.
import type { IncomingMessage } from 'node:http';
import { AwsError } from './aws-error.ts';

/** Far more than any real call needs (a task definition is at most 64 KB, PutLogEvents 1 MB). */
export const maxBodyBytes = 5 * 1024 * 1024;

/**
 * Throws AwsError `RequestEntityTooLarge` (413) for a longer body, after having read past it:
 * a client that is cut off in mid-sentence sees a broken connection instead of the answer.
 */
export async function readBody(request: IncomingMessage, limit: number = maxBodyBytes): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
    if (size > limit * 20) break;
  }
  if (size > limit) {
    throw new AwsError('RequestEntityTooLarge', `The request body is over ${limit} bytes`, {
      statusCode: 413,
    });
  }
  return Buffer.concat(chunks);
}
