/**
 * What starters hand to the `deploy` workflow, read with care: Temporal's UI and CLI accept any JSON, and an input
 * that only fails deep inside a step would be retried for an hour.
 */
import type { ReleaseRequest } from '../plan.ts';
import { readTexts } from './read-texts.ts';

export type RequestReading =
  | { readonly request: ReleaseRequest; readonly problem: null }
  | { readonly request: null; readonly problem: string };

const EXAMPLE = '{"environment":"production","sha":"<commit>"}';
const TEXTS = ['environment', 'sha', 'app', 'startedBy', 'overrideFreeze', 'partOf'] as const;
const SWITCHES = ['allowOlder', 'force'] as const;

export const readRequest = (input: unknown): RequestReading => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return bad(
      `expected an object, got ${input === undefined ? 'no input' : JSON.stringify(input)?.slice(0, 100)}`,
    );
  }
  const given = input as Readonly<Record<string, unknown>>;
  const { texts, problem } = readTexts(given, TEXTS, ['environment', 'sha']);
  if (problem !== null) return bad(problem);
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
