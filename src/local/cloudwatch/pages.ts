// Cuts a list into pages as CloudWatch does: MaxRecords 1..100, an opaque token.
import { AwsError } from '../wire/aws-error.ts';
import { pageOf } from '../wire/paging.ts';
import { validationError } from './alarm-rules.ts';

/** `token` is the member to spread into a response. Throws AwsError `InvalidNextToken`, `ValidationError`. */
export function cut<T>(
  all: readonly T[],
  maxRecords: number | undefined,
  nextToken: string | undefined,
  defaultSize: number,
): { items: T[]; token: { NextToken?: string } } {
  if (maxRecords !== undefined && (!Number.isInteger(maxRecords) || maxRecords < 1 || maxRecords > 100)) {
    throw validationError(
      `1 validation error detected: Value '${maxRecords}' at 'maxRecords' failed to satisfy constraint: Member must have value between 1 and 100`,
    );
  }
  try {
    const { items, nextToken: next } = pageOf(all, { nextToken, maxResults: maxRecords }, defaultSize);
    return { items, token: next === undefined ? {} : { NextToken: next } };
  } catch {
    throw new AwsError('InvalidNextToken', 'The next token specified is invalid.');
  }
}
