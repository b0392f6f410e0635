// A response is held against the SDK's schema before it leaves. In tests a misfit fails the call, so that
// nobody ships an answer that a client cannot read; elsewhere it is logged and what does not fit is left out.
import type { NormalizedSchema } from '@smithy/core/schema';
import { checkShape } from './shape-check.ts';

export type DefectPolicy = { readonly strict: boolean; readonly log: (line: string) => void };

export class ResponseDefect extends Error {
  override readonly name = 'ResponseDefect';
}

export function checkResponse(
  operation: string,
  output: NormalizedSchema,
  value: unknown,
  policy: DefectPolicy,
): void {
  if (output.isUnitSchema()) return;
  const problems = checkShape(output, value, 'object');
  if (problems.length === 0) return;
  const list = problems.map((each) => `${each.path}: expected ${each.expected}, found ${each.found}`);
  const text = `${operation} answered with what its schema does not allow: ${list.join('; ')}`;
  if (policy.strict) throw new ResponseDefect(text);
  policy.log(text);
}
