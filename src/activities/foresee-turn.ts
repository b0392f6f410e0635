/** What an environment would answer to a release that came now. It is asked, and hears of nothing: it takes no number for it. */
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { TransientError } from '../errors.ts';
import { type Foresight, foresee } from '../release/environment/foresight.ts';
import { type Arrival, emptyEnvironment } from '../release/environment/state.ts';
import { environmentWorkflowId, FORESEE_QUERY } from '../release/names.ts';
import type { EnvironmentActivities, Place } from './contracts/environment.ts';

export const createForeseeTurn =
  (recallEnvironment: EnvironmentActivities['recallEnvironment']): EnvironmentActivities['foreseeTurn'] =>
  async ({ arrival, ...place }) => {
    const nowMs = Date.now();
    const known = await ask(place, arrival, nowMs);
    if (known) return known;
    // It does not run: the first release starts it, and it begins with what the store knows.
    const recalled = await recallEnvironment(place);
    const state = { ...emptyEnvironment(place.app, place.environment), ...recalled };
    return foresee(state, arrival, nowMs);
  };

const ask = async (
  { app, environment }: Place,
  arrival: Arrival,
  nowMs: number,
): Promise<Foresight | undefined> => {
  const handle = Context.current().client.workflow.getHandle(environmentWorkflowId(app, environment));
  try {
    // One that was terminated answers, too, with what it knew then.
    if ((await handle.describe()).status.name !== 'RUNNING') return undefined;
    const answer = await handle.query<Foresight | null, [Arrival, number]>(FORESEE_QUERY, arrival, nowMs);
    if (answer) return answer;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
  throw new TransientError(`environment ${environment} of ${app} is only just being started`);
};
