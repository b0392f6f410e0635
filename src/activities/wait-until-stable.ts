/**
 * Watches the rollouts of a wave until all are stable at once, or one has failed. Reads only; the judge decides.
 * Its memory travels in heartbeat details, so a worker that dies loses no time already counted.
 */
import { activityInfo, heartbeat } from '@temporalio/activity';
import { initialMemory, type JudgeMemory, type Judgement, judge } from '../release/judge.ts';
import type { ServiceView } from '../release/observation.ts';
import type { DeployActivities, ServiceFailure, StabilityResult, WaitUntilStableInput } from './contract.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { whileBeating } from './while-beating.ts';

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
    for (;;) {
      const judgements = await lookAt(ports, input, memory);
      const failures = judgements.flatMap(failureIn);
      // One failure decides the release: waiting for the others would only delay the rollback.
      // One that was stable is looked at again: it may be taken away while the others are waited for.
      if (failures.length > 0 || judgements.every(({ judgement }) => judgement.state === 'stable')) {
        return { failures };
      }
      const progress = { services: progressOf(judgements), memory } satisfies StabilityProgress;
      await whileBeating(
        () => heartbeat(progress),
        () => ports.sleep(input.timing.pollIntervalMs),
      );
    }
  };

interface Judged {
  readonly name: string;
  readonly judgement: Judgement;
}

const lookAt = async (
  ports: Pick<DeployPorts, 'ecs' | 'now'>,
  input: WaitUntilStableInput,
  memory: Record<string, JudgeMemory>,
): Promise<readonly Judged[]> => {
  const views = await ports.ecs.describeServices(
    input.cluster,
    input.rollouts.map((rollout) => rollout.service),
  );
  const judged: Judged[] = [];
  for (const rollout of input.rollouts) {
    const { name, service, startedAtMs } = rollout;
    const view = views.get(service);
    const stopped =
      view && mayHaveFailed(view, rollout) ? await ports.ecs.stoppedTasks(input.cluster, service) : [];
    const before = memory[name] ?? initialMemory(startedAtMs);
    const result = judge(rollout, view, stopped, before, input.timing, ports.now());
    memory[name] = result.memory;
    judged.push({ name, judgement: result.judgement });
  }
  return judged;
};

/** Asking for stopped tasks costs two calls: not for a deployment that is finished. */
const mayHaveFailed = (view: ServiceView, rollout: Watched): boolean => {
  const mine = view.deployments.find((deployment) => deployment.id === rollout.deploymentId);
  return mine?.rolloutState !== 'COMPLETED' || mine.status !== 'PRIMARY';
};

const failureIn = ({ name, judgement }: Judged): readonly ServiceFailure[] => {
  if (judgement.state !== 'failed') return [];
  const { kind, summary, evidence } = judgement;
  return [{ name, kind, summary, evidence }];
};

const progressOf = (judgements: readonly Judged[]): StabilityProgress['services'] =>
  Object.fromEntries(
    judgements.map(({ name, judgement }) => [
      name,
      judgement.state === 'waiting'
        ? { phase: judgement.phase, detail: judgement.detail }
        : { phase: judgement.state, detail: '' },
    ]),
  );
