// Forgets what ECS would have forgotten, so that the state file does not grow for ever. Run at each start.
import type { EcsState } from './model.ts';
import type { Timing } from './timing.ts';

/** ECS shows service deployments of the last 90 days. */
const serviceDeploymentsKeptMs = 90 * 24 * 60 * 60 * 1000;
/** A `clientToken` of RunTask is remembered for a day. */
const runTokensKeptMs = 24 * 60 * 60 * 1000;

export function prune(state: EcsState, timing: Timing, nowMs: number): void {
  for (const [token, { atMs }] of Object.entries(state.runTokens)) {
    if (nowMs - atMs > runTokensKeptMs) delete state.runTokens[token];
  }
  for (const [arn, { inactiveSinceMs }] of Object.entries(state.services)) {
    if (inactiveSinceMs === undefined || nowMs - inactiveSinceMs < timing.inactiveServiceKeptMs) continue;
    delete state.services[arn];
    delete state.tags[arn];
  }
  for (const [arn, { finishedAtMs }] of Object.entries(state.serviceDeployments)) {
    if (finishedAtMs !== undefined && nowMs - finishedAtMs > serviceDeploymentsKeptMs) {
      delete state.serviceDeployments[arn];
    }
  }
  forgetUnusedRevisions(state);
}

/** A revision stays as long as a deployment, a service deployment or a task names it. */
function forgetUnusedRevisions(state: EcsState): void {
  const used = new Set<string>();
  for (const service of Object.values(state.services)) {
    for (const { revisionArn } of service.deployments) used.add(revisionArn);
    if (service.lastCompleted) used.add(service.lastCompleted.revisionArn);
  }
  for (const { targetRevisionArn, sourceRevisionArns } of Object.values(state.serviceDeployments)) {
    for (const arn of [targetRevisionArn, ...sourceRevisionArns]) used.add(arn);
  }
  for (const { revisionArn } of Object.values(state.tasks)) if (revisionArn) used.add(revisionArn);
  for (const arn of Object.keys(state.serviceRevisions)) {
    if (!used.has(arn)) delete state.serviceRevisions[arn];
  }
}
