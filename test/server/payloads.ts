/** GitHub's payloads, to be changed by tests. Their source: payloads/README.md. */
import { readFileSync } from 'node:fs';

export type Json = Record<string, unknown>;

export const REPOSITORY = 186853002;
export const AFTER = '95790bf891e76fee5e1747ab589903a6a1f80f22';

/** @param changes merged in, however deep; a value that is no object takes the other's place */
export const payload = (
  name: 'push' | 'push-deleted' | 'workflow-run' | 'deployment' | 'pull-request' | 'ping',
  changes: Json = {},
): Json => {
  const file = new URL(`payloads/${name}.json`, import.meta.url);
  return merge(JSON.parse(readFileSync(file, 'utf8')) as Json, changes);
};

/** A pull request that has just been pushed to. */
export const freshPull = (sha: string, changes: Json = {}): Json =>
  payload(
    'pull-request',
    merge({ after: sha, pull_request: { head: { sha }, updated_at: new Date().toISOString() } }, changes),
  );

/** A push that has just happened. */
export const freshPush = (after: string, changes: Json = {}): Json =>
  payload('push', merge({ after, repository: { pushed_at: Math.floor(Date.now() / 1_000) } }, changes));

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const merge = (one: Json, other: Json): Json => {
  const merged = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const before = merged[key];
    merged[key] = isObject(before) && isObject(value) ? merge(before, value) : value;
  }
  return merged;
};
