/** A request's body as it came, within limits of size, of time, and of what all requests together may hold. */
import type { IncomingMessage } from 'node:http';
import type { Limits } from './limits.ts';

export type BodyReading =
  | { readonly kind: 'read'; readonly body: Buffer }
  | { readonly kind: 'too-large' | 'too-slow' | 'too-many' | 'broken-off' };

/** Bytes that are held at the moment; the same one for all requests. */
export class BodyBudget {
  #held = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  take(bytes: number): boolean {
    if (this.#held + bytes > this.#most) return false;
    this.#held += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#held -= bytes;
  }
}

/**
 * Nothing is kept beyond the limit, and nothing is read on where the answer is known already. The bytes count until
 * `release` is called.
 */
export async function readBody(
  request: IncomingMessage,
  limits: Pick<Limits, 'bodyBytes' | 'bodyMs'>,
  budget: BodyBudget,
): Promise<BodyReading & { readonly release: () => void }> {
  let held = 0;
  const release = (): void => {
    budget.giveBack(held);
    held = 0;
  };
  // What it says of itself is believed only where it is bad news.
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes)
    return { kind: 'too-large', release };
  const chunks: Buffer[] = [];
  const reading = await new Promise<BodyReading>((resolve) => {
    const end = (reading: BodyReading): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      // An error that comes later is nobody's any more, and must not end the process.
      request.on('error', () => {});
      resolve(reading);
    };
    const onData = (chunk: Buffer): void => {
      if (held + chunk.length > limits.bodyBytes) end({ kind: 'too-large' });
      else if (!budget.take(chunk.length)) end({ kind: 'too-many' });
      else {
        held += chunk.length;
        chunks.push(chunk);
      }
    };
    const onEnd = (): void => end({ kind: 'read', body: Buffer.concat(chunks) });
    const onClose = (): void => end({ kind: 'broken-off' });
    const timer = setTimeout(() => end({ kind: 'too-slow' }), limits.bodyMs);
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
  return { ...reading, release };
}
