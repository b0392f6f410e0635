// Cuts a list into pages. The token is the offset, made opaque so that nobody builds one by hand.
import { AwsError } from './aws-error.ts';

export interface Page<T> {
  readonly items: T[];
  /** Undefined on the last page. */
  readonly nextToken: string | undefined;
}

export interface PageRequest {
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
}

/** Throws AwsError `InvalidParameterException` for a token that this did not give. */
export function pageOf<T>(
  all: readonly T[],
  { nextToken, maxResults }: PageRequest,
  defaultSize: number,
): Page<T> {
  const start = nextToken === undefined ? 0 : readToken(nextToken);
  const end = start + Math.max(1, maxResults ?? defaultSize);
  return { items: all.slice(start, end), nextToken: end < all.length ? writeToken(end) : undefined };
}

/** The member to spread into a response: no `nextToken` on the last page. */
export function nextTokenOf(page: Page<unknown>): { nextToken?: string } {
  return page.nextToken === undefined ? {} : { nextToken: page.nextToken };
}

function writeToken(offset: number): string {
  return Buffer.from(`offset:${offset}`).toString('base64url');
}

function readToken(token: string): number {
  const match = /^offset:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'));
  if (match === null) throw new AwsError('InvalidParameterException', 'Invalid parameter at nextToken');
  return Number(match[1]);
}
