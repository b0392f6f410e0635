/**
 * What starters hand to the `deploy` workflow, read with care: Temporal's UI and CLI accept any JSON, and an input
 * that only fails deep inside a step would be retried for an hour.
 */
import type { ReleaseRequest } from './plan.ts';

export type RequestReading =
  | { readonly request: ReleaseRequest; readonly problem: null }
  | { readonly request: null; readonly problem: string };

const EXAMPLE = '{"environment":"production","sha":"<commit>"}';
const FIELDS = ['environment', 'sha', 'app', 'startedBy'] as const;

export const readRequest = (input: unknown): RequestReading => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return bad(
      `expected an object, got ${input === undefined ? 'no input' : JSON.stringify(input)?.slice(0, 100)}`,
    );
  }
  const given = input as Readonly<Record<string, unknown>>;
  const read: Partial<Record<(typeof FIELDS)[number], string>> = {};
  for (const field of FIELDS) {
    const value = given[field];
    const isOptional = field === 'app' || field === 'startedBy';
    if (value === undefined || value === null) {
      if (isOptional) continue;
      return bad(`"${field}" is missing`);
    }
    if (typeof value !== 'string' || value.trim() === '')
      return bad(`"${field}" must be a text that is not empty`);
    read[field] = value;
  }
  const { environment = '', sha = '', ...rest } = read;
  return { request: { environment, sha, ...rest }, problem: null };
};

const bad = (what: string): RequestReading => ({
  request: null,
  problem: `the input of the release: ${what}; expected at least ${EXAMPLE}`,
});
