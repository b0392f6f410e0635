/**
 * Watches the rollouts of a wave until each is stable or has failed. Reads only; the judge decides.
 * Its memory travels in heartbeat details, so a worker that dies loses no time already counted.
 */
import { activityInfo, heartbeat } from '@temporalio/activity';
import {
  type Expectation,
  initialMemory,
  type JudgeMemory,
  type Judgement,
  judge,
} from '../release/judge.ts';
import type { ServiceView } from '../release/observation.ts';
import type { DeployActivities, ServiceFailure, StabilityResult, WaitUntilStableInput } from './contract.ts';
import type { DeployPorts } from './deploy-ports.ts';

type Watched = WaitUntilStableInput['rollouts'][number];

/** Live progress, as the CLI reads it from the pending activity. */
export interface StabilityProgress {
  readonly services: Readonly<Record<string, { readonly phase: string; readonly detail: string }>>;
  readonly memory: Readonly<Record<string, JudgeMemory>>;
}

export const createWaitUntilStable =
  (ports: Pick<DeployPorts, 'ecs' | 'now' | 'sleep'>): DeployActivities['waitUntilStable'] =>
  async (input: WaitUntilStableInput): Promise<StabilityResult> => {
    const before = activityInfo().heartbeatDetails as StabilityProgress | undefined;
    const memory: Record<string, JudgeMemory> = { ...before?.memory };
    const decided = new Map<string, Judgement>();
    for (;;) {
      const open = input.rollouts.filter((rollout) => !decided.has(rollout.name));
      const judgements = await lookAt(ports, input, open, memory);
      for (const [name, judgement] of judgements) {
        if (judgement.state !== 'waiting') decided.set(name, judgement);
      }
      const failures = failuresIn(input.rollouts, decided);
      // One failure decides the release: waiting for the others would only delay the rollback.
      if (failures.length > 0 || decided.size === input.rollouts.length) return { failures };
      heartbeat({ services: progressOf(judgements, decided), memory } satisfies StabilityProgress);
      await ports.sleep(input.timing.pollIntervalMs);
    }
  };

const lookAt = async (
  ports: Pick<DeployPorts, 'ecs' | 'now'>,
  input: WaitUntilStableInput,
  open: readonly Watched[],
  memory: Record<string, JudgeMemory>,
): Promise<ReadonlyMap<string, Judgement>> => {
  const views = await ports.ecs.describeServices(
    input.cluster,
    open.map((rollout) => rollout.service),
  );
  const judgements = new Map<string, Judgement>();
  for (const rollout of open) {
    const view = views.get(rollout.service);
    const stopped =
      view && mayHaveFailed(view, rollout)
        ? await ports.ecs.stoppedTasks(input.cluster, rollout.service)
        : [];
    const nowMs = ports.now();
    const result = judge(
      expectationOf(rollout),
      view,
      stopped,
      memory[rollout.name] ?? initialMemory(rollout.startedAtMs),
      input.timing,
      nowMs,
    );
    memory[rollout.name] = result.memory;
    judgements.set(rollout.name, result.judgement);
  }
  return judgements;
};

/** Asking for stopped tasks costs two calls: not before there is a deployment that is not finished. */
const mayHaveFailed = (view: ServiceView, rollout: Watched): boolean => {
  const mine = view.deployments.find((deployment) => deployment.id === rollout.deploymentId);
  return mine?.rolloutState !== 'COMPLETED' || mine.status !== 'PRIMARY';
};

const expectationOf = (rollout: Watched): Expectation => ({
  service: rollout.service,
  taskDefinition: rollout.taskDefinition,
  deploymentId: rollout.deploymentId,
  baseline: rollout.baseline,
  startedAtMs: rollout.startedAtMs,
});

const failuresIn = (
  rollouts: readonly Watched[],
  decided: ReadonlyMap<string, Judgement>,
): readonly ServiceFailure[] =>
  rollouts.flatMap(({ name }) => {
    const judgement = decided.get(name);
    if (judgement?.state !== 'failed') return [];
    const { kind, summary, evidence } = judgement;
    return [{ name, kind, summary, evidence }];
  });

const progressOf = (
  judgements: ReadonlyMap<string, Judgement>,
  decided: ReadonlyMap<string, Judgement>,
): StabilityProgress['services'] =>
  Object.fromEntries(
    [...decided, ...judgements].map(([name, judgement]) => [
      name,
      judgement.state === 'waiting'
        ? { phase: judgement.phase, detail: judgement.detail }
        : { phase: judgement.state, detail: '' },
    ]),
  );
