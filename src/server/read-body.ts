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

/** One buffer that grows: kept as they come, chunks of a byte would take a hundred each, and nobody has signed them yet. */
class GrowingBody {
  #bytes = Buffer.alloc(0);
  #length = 0;
  readonly #limits: Pick<Limits, 'bodyBytes'>;
  readonly #budget: BodyBudget;

  constructor(limits: Pick<Limits, 'bodyBytes'>, budget: BodyBudget) {
    this.#limits = limits;
    this.#budget = budget;
  }

  add(chunk: Buffer): 'added' | 'too-large' | 'too-many' {
    const needed = this.#length + chunk.length;
    if (needed > this.#limits.bodyBytes) return 'too-large';
    if (needed > this.#bytes.length) {
      const size = Math.min(Math.max(needed, 2 * this.#bytes.length), this.#limits.bodyBytes);
      if (!this.#budget.take(size - this.#bytes.length)) return 'too-many';
      const larger = Buffer.alloc(size);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#length);
    this.#length = needed;
    return 'added';
  }

  content(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  release(): void {
    this.#budget.giveBack(this.#bytes.length);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
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
  const growing = new GrowingBody(limits, budget);
  const release = (): void => growing.release();
  // What it says of itself is believed only where it is bad news.
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes)
    return { kind: 'too-large', release };
  const reading = await new Promise<BodyReading>((resolve) => {
    const end = (reading: BodyReading): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      // An error that comes later is nobody's any more, and must not end the process.
      request.on('error', () => {});
      resolve(reading);
    };
    const onData = (chunk: Buffer): void => {
      const kind = growing.add(chunk);
      if (kind !== 'added') end({ kind });
    };
    const onEnd = (): void => end({ kind: 'read', body: growing.content() });
    const onClose = (): void => end({ kind: 'broken-off' });
    const timer = setTimeout(() => end({ kind: 'too-slow' }), limits.bodyMs);
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
  return { ...reading, release };
}
