/** An environment that lets everybody come and gives everybody the turn, without a workflow of its own. */
import { Context } from '@temporalio/activity';
import type { EnvironmentActivities } from '../../src/activities/contracts/environment.ts';
import { foresee } from '../../src/release/environment/foresight.ts';
import type { TurnAnswer } from '../../src/release/environment/queue.ts';
import { emptyEnvironment } from '../../src/release/environment/state.ts';
import { TURN_SIGNAL, workflowIdOf } from '../../src/release/names.ts';

/** Each turn has a higher one, as in a real environment. */
let lastFence = 0;

/** Inside an activity: what an environment says to a release. */
export const answerRelease = async (releaseId: string, answer: TurnAnswer): Promise<void> => {
  await Context.current()
    .client.workflow.getHandle(workflowIdOf(releaseId))
    .signal(TURN_SIGNAL, { releaseId, answer });
};

export const openEnvironment: EnvironmentActivities = {
  async tellEnvironment({ arrival: { entrant, ready } }) {
    const answer: TurnAnswer = ready
      ? { kind: 'granted', number: 1, fence: ++lastFence, serving: null }
      : { kind: 'joined', number: 1, serving: null };
    await answerRelease(entrant.releaseId, answer);
  },
  async recallEnvironment() {
    throw new Error('there is no environment here');
  },
  async awaitRelease() {
    throw new Error('there is no environment here');
  },
  async foreseeTurn({ arrival }) {
    return foresee(emptyEnvironment('shop', 'production'), arrival, 0);
  },
  async keepEntry() {},
  async keepFreeze() {},
  async readLedger() {
    throw new Error('there is no ledger here');
  },
};
