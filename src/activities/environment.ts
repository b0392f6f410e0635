/** What releases and environments say to each other through control, and how a release's end reaches its environment. */
import { Context } from '@temporalio/activity';
import { outcomeOf } from '../release/environment/ledger.ts';
import { ARRIVAL_SIGNAL, ENVIRONMENT_WORKFLOW, environmentWorkflowId } from '../release/names.ts';
import type { EnvironmentActivities } from './environment-contract.ts';
import { createEnvironmentMemory, type EnvironmentMemoryPorts } from './environment-memory.ts';
import type { Fate } from './release-fate.ts';
import { BEAT_EVERY_MS, whileBeating } from './while-beating.ts';

export interface EnvironmentPorts extends EnvironmentMemoryPorts {
  /** Resolves when the release has ended. */
  readonly endOf: (releaseId: string) => Promise<Exclude<Fate, { readonly kind: 'running' }>>;
}

export const createEnvironmentActivities = (ports: EnvironmentPorts): EnvironmentActivities => ({
  ...createEnvironmentMemory(ports),

  async tellEnvironment({ app, environment, arrival }) {
    const { client, info } = Context.current();
    await client.workflow.signalWithStart(ENVIRONMENT_WORKFLOW, {
      workflowId: environmentWorkflowId(app, environment),
      taskQueue: info.taskQueue,
      args: [{ app, environment }],
      signal: ARRIVAL_SIGNAL,
      signalArgs: [arrival],
      staticSummary: `${app} → ${environment}: whose turn it is, and what was released`,
    });
  },

  async awaitRelease({ releaseId }) {
    const context = Context.current();
    const everyMs = Math.max(20, Math.min(BEAT_EVERY_MS, (context.info.heartbeatTimeoutMs ?? 20_000) / 4));
    const end = await whileBeating(
      () => context.heartbeat(),
      () => ports.endOf(releaseId),
      everyMs,
    );
    return end.kind === 'reported' ? outcomeOf(end.report) : null;
  },
});
