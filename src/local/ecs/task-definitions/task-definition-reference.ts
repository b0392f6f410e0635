// Clients name a task definition by ARN, by `family:revision` or by family alone.
import { shortName } from '../ids.ts';

export interface RevisionReference {
  readonly family: string;
  readonly revision?: number;
}

export function parseRevisionReference(reference: string): RevisionReference | undefined {
  const match = /^([A-Za-z0-9_-]{1,255})(?::([1-9]\d{0,9}))?$/.exec(shortName(reference));
  const [, family, revision] = match ?? [];
  if (!family) return undefined;
  return revision === undefined ? { family } : { family, revision: Number(revision) };
}
