/**
 * What Temporal lists a run by. An upsert of an attribute that is not registered fails the workflow task at every try, and
 * nothing inside a workflow can see which are: so it is done only right after an activity that has just looked – by the time
 * of the task, so that one that is tried again for long enough does without. Of releases only: an environment lives for years, and each run hands its attributes on to the next – where they are not registered any
 * more, there would be no next run (tried: `continueAsNew` is refused for ever).
 */
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { isIndexed, type SearchValues, searchKey, searchPairs } from '../../release/search-attributes.ts';

/** Costs one event, and nothing where all of it is said already. To be called where they are known to be registered. */
export const labelRun = (values: SearchValues): void => {
  const { typedSearchAttributes } = workflowInfo();
  const news = searchPairs(values).filter(({ key, value }) => typedSearchAttributes.get(key) !== value);
  if (news.length > 0) upsertSearchAttributes(news);
};

/** Its starter has set some a moment ago: they were registered then. */
export const wasLabelled = (): boolean => {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const isSet = (['app', 'environment'] as const).some(
    (attribute) => typedSearchAttributes.get(searchKey(attribute)) !== undefined,
  );
  return isSet && isIndexed({ indexed: true, seenAtMs: startTime.getTime() }, Date.now());
};
