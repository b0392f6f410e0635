/** Which of two commits is the newer one, by what they contain and not by anybody's clock. */
import { ANCESTOR_DIGITS, type CommitLine } from './state.ts';

export type CommitOrder = 'same' | 'older' | 'newer' | 'unrelated';

/** Commits further apart than the ancestors that each brings along count as unrelated. */
export const commitOrder = (one: CommitLine, other: CommitLine): CommitOrder => {
  if (one.sha === other.sha) return 'same';
  if (contains(other, one)) return 'older';
  return contains(one, other) ? 'newer' : 'unrelated';
};

const contains = ({ ancestors }: CommitLine, { sha }: CommitLine): boolean =>
  ancestors.includes(sha.slice(0, ANCESTOR_DIGITS));
