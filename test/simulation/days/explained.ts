/** Whether a release could end as it did: by the rules of its environment, by what it brought, by what befell it. */
import { commitOrder } from '../../../src/release/environment/commit-order.ts';
import { commitOf } from './commits.ts';
import type { Brought } from './day.ts';
import type { DayRecord, EndedRelease } from './record.ts';

/** What is wrong with its verdict; nothing where there is a reason. */
export const explained = (record: DayRecord, release: EndedRelease): readonly string[] => {
  const { workflowId, asked, report, harmed, hung } = release;
  if (hung !== null) return [];
  const how = harmed ? asked.harm?.how : undefined;
  if (!report)
    return how === 'terminate' ? [] : [`${workflowId} ended without a report, and nobody ended it`];
  const why = report.cause?.summary ?? '';
  const wrong = [`${workflowId}: ${report.verdict} (${why}) has no reason`];
  const isBad = bringsBad(record, asked.brings);
  switch (report.verdict) {
    case 'succeeded':
      return isBad ? wrong : [];
    case 'rolled-back':
      return isBad || how === 'cancel' || how === 'abort' || how === 'rollback' ? [] : wrong;
    case 'aborted':
      return how === 'cancel' || how === 'abort' || how === 'rollback' ? [] : wrong;
    case 'superseded':
      return isReplaced(record, release, why) ? [] : wrong;
    case 'refused':
      return mayBeRefused(record, asked.brings, why) ? [] : wrong;
    case 'failed':
      // There is no such release, or nothing of it is left.
      return asked.brings === null && asked.to !== null ? [] : wrong;
    case 'rollback-failed':
      return wrong;
  }
};

/** A commit that comes a second time is as good as it was the first time. */
const bringsBad = ({ day }: DayRecord, brings: Brought | null): boolean => {
  const first = day.releases.find(
    (other) => other.brings?.place === brings?.place && other.brings?.branch === brings?.branch,
  );
  return brings !== null && first !== undefined && !['good', 'slow'].includes(first.quality);
};

/** The one that is named is there, and it brings more, or was started later on another branch. */
const isReplaced = (record: DayRecord, { asked, report }: EndedRelease, why: string): boolean => {
  const by = Number(/^superseded by release (\d+)/.exec(why)?.[1]);
  const entry = record.stored.find(({ number }) => number === by);
  const other = record.releases.find((each) => each.report?.number === by || isEntry(each, entry?.releaseId));
  if (!entry || !asked.brings || !report || report.number === by) return false;
  // What a rollback brings back is a commit, too.
  const brought = other?.asked.brings ?? bringsOf(record, entry.commit.sha);
  if (!brought) return false;
  const order = commitOrder(commitOf(asked.brings), commitOf(brought));
  if (order === 'older') return !asked.allowOlder;
  return (
    order === 'unrelated' && record.day.policy === 'supersede' && entry.startedAtMs >= report.startedAtMs
  );
};

const isEntry = ({ workflowId }: EndedRelease, releaseId: string | undefined): boolean =>
  releaseId?.startsWith(`${workflowId}/`) ?? false;

const bringsOf = ({ releases }: DayRecord, sha: string): Brought | undefined =>
  releases.flatMap(({ asked: { brings } }) => (brings && commitOf(brings).sha === sha ? [brings] : []))[0];

const mayBeRefused = ({ day }: DayRecord, brings: Brought | null, why: string): boolean => {
  if (brings === null)
    return /goes back to release \d+ already|there is nothing to go back to|was not kept/.test(why);
  if (/is frozen/.test(why)) return day.freeze !== null;
  if (/is under way$/.test(why)) return day.policy === 'reject';
  return /brings this commit here already|is older than/.test(why);
};
