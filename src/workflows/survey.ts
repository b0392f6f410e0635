/**
 * The `survey` workflow: how the services of an environment stand beside what a release has left. A question of people,
 * answered by control and the deploy pool; it changes nothing, and the environment's own workflow hears nothing of it.
 */
import type { Place } from '../activities/contracts/environment.ts';
import type { ServiceStanding } from '../release/environment/drift.ts';
import { controlQuestions } from './pools/control.ts';
import { deployQuestionsOf } from './pools/deploy.ts';

export interface SurveyInput extends Place {
  /** Of the release that the ledger says to serve. */
  readonly number: number;
}

/** Null: what that release has left is not known. */
export const survey = async (input: SurveyInput): Promise<readonly ServiceStanding[] | null> => {
  const recalled = await controlQuestions.recallServices(input);
  if (!recalled) return null;
  const { cluster, services } = recalled;
  return (await deployQuestionsOf(recalled).compareServices({ cluster, services })).services;
};
