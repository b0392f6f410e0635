// Callers from another account: another instance on this machine stands for it. On AWS its token is known by IAM, which
// there is not here: the other instance is asked whether it has given it. What the caller may read is decided by the
// repository's policy, as on AWS.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html

import { DoorError } from './door-error.ts';
import type { DoorPath } from './door-path.ts';
import type { RepositoryRecord } from './state.ts';

/** Account → address of its instance, e.g. `http://localhost:4567`. */
export type OtherAccounts = Readonly<Record<string, string>>;

const ANSWER_WITHIN_MS = 5_000;

/** The account that has given this password; undefined: none that is known here. */
export async function accountOf(authorization: string, others: OtherAccounts): Promise<string | undefined> {
  for (const [account, url] of Object.entries(others)) {
    const isTheirs = await fetch(new URL('/v2/', url), {
      headers: { authorization },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isTheirs) return account;
  }
  return undefined;
}

/** Throws DoorError 403: others only read, and only what the policy lets them. */
export function requirePolicy(
  repository: RepositoryRecord,
  account: string,
  path: DoorPath,
  reads: boolean,
): void {
  const action = path.kind === 'blob' ? 'ecr:GetDownloadUrlForLayer' : 'ecr:BatchGetImage';
  const isReading = reads && (path.kind === 'blob' || path.kind === 'manifest');
  if (isReading && allows(repository.policy, account, action)) return;
  throw new DoorError(
    403,
    'DENIED',
    `User: arn:aws:iam::${account}:root is not authorized to perform: ${isReading ? action : 'this'} on repository ${repository.name} because no resource-based policy allows it`,
  );
}

interface Statement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Condition?: unknown;
}

/** Conditions are not judged: a statement that has some allows nothing, and denies. */
function allows(policy: string | undefined, account: string, action: string): boolean {
  if (policy === undefined) return false;
  const { Statement = [] } = JSON.parse(policy) as { Statement?: Statement | readonly Statement[] };
  const meant = listOf(Statement).filter(
    (each) => names(each.Principal, account) && listOf(each.Action).some((given) => matches(given, action)),
  );
  return (
    meant.some(({ Effect, Condition }) => Effect === 'Allow' && Condition === undefined) &&
    !meant.some(({ Effect }) => Effect === 'Deny')
  );
}

/** `*`, the account itself, or anybody in it: here an account has one caller. */
function names(principal: unknown, account: string): boolean {
  if (principal === '*') return true;
  const { AWS } = (principal ?? {}) as { readonly AWS?: unknown };
  return listOf(AWS).some(
    (each) =>
      each === '*' || each === account || (typeof each === 'string' && each.split(':')[4] === account),
  );
}

const matches = (pattern: unknown, action: string): boolean =>
  typeof pattern === 'string' &&
  (pattern.endsWith('*')
    ? action.toLowerCase().startsWith(pattern.slice(0, -1).toLowerCase())
    : action.toLowerCase() === pattern.toLowerCase());

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T];
