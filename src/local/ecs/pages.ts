// Cuts a list into pages as ECS does: maxResults 1..100, an opaque token.
import { invalid } from './lookup.ts';

export interface PageRequest {
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
}

export function page<T>(
  items: readonly T[],
  request: PageRequest,
  defaultSize = 100,
): { items: T[]; nextToken?: string } {
  const size = request.maxResults ?? defaultSize;
  if (!Number.isInteger(size) || size < 1 || size > 100) {
    throw invalid('maxResults must be between 1 and 100.');
  }
  const start = request.nextToken === undefined ? 0 : decode(request.nextToken);
  const rest = items.length - start - size;
  return {
    items: items.slice(start, start + size),
    ...(rest > 0 && { nextToken: Buffer.from(`at:${start + size}`).toString('base64url') }),
  };
}

function decode(token: string): number {
  const match = /^at:(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString());
  if (!match) throw invalid('Invalid token.');
  return Number(match[1]);
}
