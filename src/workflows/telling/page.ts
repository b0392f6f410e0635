/**
 * The page that Temporal's UI shows of a run, kept up to date without a trace in its history: it is made anew whenever
 * something has happened, as a condition is looked at then, and served by the query that the UI asks (`setCurrentDetails`
 * alone costs no event either). What happens is what the workflow hears; a page never changes by itself.
 */
import { CancellationScope, condition, log, setCurrentDetails } from '@temporalio/workflow';

export const keepPage = (render: () => string): void => {
  const show = (): boolean => {
    setCurrentDetails(rendered(render));
    return false;
  };
  // It outlives a cancellation: the way back is when people look.
  void CancellationScope.nonCancellable(() => condition(show));
};

/** A page that cannot be made is no reason to stop a release. */
const rendered = (render: () => string): string => {
  try {
    return render();
  } catch (error) {
    log.warn('the page of the run cannot be made', { error });
    return 'The page cannot be made; ask the query `status`.';
  }
};
