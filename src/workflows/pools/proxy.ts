/** Activities as the pools offer them: each call says in its summary, for people, what it is about. */
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import { summaryOf } from './summaries.ts';

type Activity = (input: unknown) => Promise<unknown>;

/** @param before what goes before each summary */
export const poolActivities = <Activities extends object>(
  options: ActivityOptions,
  before = '',
): Activities => {
  const call = (name: string, input: unknown): Promise<unknown> | undefined => {
    const summary = `${before}${summaryOf(name, input)}`;
    return proxyActivities<Record<string, Activity>>({ ...options, summary })[name]?.(input);
  };
  return new Proxy({} as Activities, {
    get: (_target, name) => (input: unknown) => call(String(name), input),
  });
};
