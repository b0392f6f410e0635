/**
 * What starters hand to the `deploy` workflow, read with care: Temporal's UI and CLI accept any JSON, and an input
 * that only fails deep inside a step would be retried for an hour.
 */
import type { ReleaseRequest } from './plan.ts';

export type RequestReading =
  | { readonly request: ReleaseRequest; readonly problem: null }
  | { readonly request: null; readonly problem: string };

const EXAMPLE = '{"environment":"production","sha":"<commit>"}';
const TEXTS = ['environment', 'sha', 'app', 'startedBy', 'overrideFreeze'] as const;
const REQUIRED: readonly string[] = ['environment', 'sha'];
const SWITCHES = ['allowOlder', 'force'] as const;

export const readRequest = (input: unknown): RequestReading => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return bad(
      `expected an object, got ${input === undefined ? 'no input' : JSON.stringify(input)?.slice(0, 100)}`,
    );
  }
  const given = input as Readonly<Record<string, unknown>>;
  const texts: Partial<Record<(typeof TEXTS)[number], string>> = {};
  for (const field of TEXTS) {
    const value = given[field];
    if (value === undefined || value === null) {
      if (REQUIRED.includes(field)) return bad(`"${field}" is missing`);
      continue;
    }
    if (typeof value !== 'string' || value.trim() === '')
      return bad(`"${field}" must be a text that is not empty`);
    texts[field] = value;
  }
  const switches: Partial<Record<(typeof SWITCHES)[number], boolean>> = {};
  for (const field of SWITCHES) {
    const value = given[field] ?? false;
    if (typeof value !== 'boolean') return bad(`"${field}" must be true or false`);
    if (value) switches[field] = value;
  }
  const { environment = '', sha = '', ...rest } = texts;
  return { request: { environment, sha, ...rest, ...switches }, problem: null };
};

const bad = (what: string): RequestReading => ({
  request: null,
  problem: `the input of the release: ${what}; expected at least ${EXAMPLE}`,
});
