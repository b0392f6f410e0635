/**
 * Watches the rollouts of a wave until all are stable at once, or one has failed (or, of a rollback, until each is
 * decided). Reads only; the judge decides. Its memory travels in heartbeat details, so a worker that dies loses no
 * time already counted.
 */
import { activityInfo, heartbeat } from '@temporalio/activity';
import type { SlipwayError } from '../errors.ts';
import {
  initialMemory,
  type JudgeMemory,
  type Judgement,
  judge,
  needsServiceDeployment,
  needsStoppedTasks,
} from '../release/judging/judge.ts';
import type { Seen } from '../release/judging/judgement.ts';
import type { ServiceView } from '../release/judging/observation.ts';
import type { DeployActivities } from './contracts/deploy.ts';
import type { ServiceFailure, StabilityResult, WaitUntilStableInput } from './contracts/rollout.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { type FailedJudgement, gatherEvidence } from './gather-evidence.ts';
import { CALLS_AT_ONCE, inParallel, isPassing } from './in-parallel.ts';
import { type RolloutProgress, rolloutProgress } from './rollout-progress.ts';
import { createTargetWatch, type TargetWatch } from './target-watch.ts';
import { whileBeating } from './while-beating.ts';

type Watched = WaitUntilStableInput['rollouts'][number];
type Ports = Pick<DeployPorts, 'ecs' | 'logs' | 'loadBalancers' | 'now' | 'sleep'>;

/** Live progress, as the CLI reads it from the pending activity. */
export interface StabilityProgress {
  readonly services: Readonly<Record<string, RolloutProgress>>;
  readonly memory: Readonly<Record<string, JudgeMemory>>;
  /** Those that have failed while the others are still waited for. */
  readonly failed: Readonly<Record<string, FailedJudgement>>;
}

/** Logs and targets of more failed services would say the same again. */
const SERVICES_WITH_LOGS = 3;

export const createWaitUntilStable =
  (ports: Ports): DeployActivities['waitUntilStable'] =>
  async (input: WaitUntilStableInput): Promise<StabilityResult> => {
    const before = activityInfo().heartbeatDetails as Partial<StabilityProgress> | undefined;
    const memory: Record<string, JudgeMemory> = { ...before?.memory };
    const failed: Record<string, FailedJudgement> = { ...before?.failed };
    let services: StabilityProgress['services'] = before?.services ?? {};
    const targets = createTargetWatch(ports);
    const beat = (): void => heartbeat({ services, memory, failed } satisfies StabilityProgress);
    for (;;) {
      const judgements = await whileBeating(beat, () => lookAt(ports, input, memory, failed)).catch(
        (error) => {
          // What was seen of the others is the next attempt's.
          beat();
          throw error;
        },
      );
      services = progressOf(judgements, services, targets);
      // One failure decides the release: waiting for the others would only delay the rollback.
      // One that was stable is looked at again: it may be taken away while the others are waited for.
      const goesOn = judgements.some(({ judgement }) => judgement.state === 'waiting');
      if (!goesOn || (!input.decideAll && Object.keys(failed).length > 0)) {
        const failures = await whileBeating(beat, () => explain(ports, input, failed));
        return { failures, ...emptyOf(judgements) };
      }
      await whileBeating(beat, () => ports.sleep(input.timing.pollIntervalMs));
    }
  };

interface Judged {
  readonly name: string;
  readonly judgement: Judgement;
  readonly deploymentId: string;
  /** Undefined where ECS does not know it, or it was not looked at again. */
  readonly view: ServiceView | undefined;
}

/** Of one that has failed, what was seen last stays. */
const progressOf = (
  judged: readonly Judged[],
  before: StabilityProgress['services'],
  targets: TargetWatch,
): StabilityProgress['services'] => {
  targets.look(
    judged.flatMap(({ name, view, judgement }) =>
      view && judgement.state === 'waiting' ? [{ name, view }] : [],
    ),
  );
  return Object.fromEntries(
    judged.map(({ name, judgement, view, deploymentId }) => {
      const now = rolloutProgress(judgement, view, deploymentId, targets.of(name));
      return [name, view ? now : { ...before[name], ...now }];
    }),
  );
};

/** Judges all that have not failed yet; what it learns goes into `memory` and `failed` at once, for the next beat. */
const lookAt = async (
  ports: Pick<DeployPorts, 'ecs' | 'now'>,
  { cluster, rollouts, timing }: WaitUntilStableInput,
  memory: Record<string, JudgeMemory>,
  failed: Record<string, FailedJudgement>,
): Promise<readonly Judged[]> => {
  const open = rollouts.filter(({ name }) => failed[name] === undefined);
  const views = await ports.ecs.describeServices(
    cluster,
    open.map((rollout) => rollout.service),
  );
  let asked = 0;
  const unseen: SlipwayError[] = [];
  const judged = await inParallel(rollouts, CALLS_AT_ONCE, async (rollout): Promise<Judged> => {
    const { name, deploymentId } = rollout;
    const known = failed[name];
    const view = views.get(rollout.service);
    if (known) return { name, judgement: known, deploymentId, view };
    // A worker of an older version may have left a memory with less in it.
    const before = { ...initialMemory(rollout.startedAtMs), ...memory[name] };
    const needs = needsOf(rollout, view, before, ports.now());
    if (needs.stopped || needs.record) asked += 1;
    try {
      const seen = await see(ports.ecs, cluster, rollout, view, needs);
      const result = judge(rollout, seen, before, timing, ports.now());
      memory[name] = result.memory;
      if (result.judgement.state === 'failed') failed[name] = result.judgement;
      return { name, judgement: result.judgement, deploymentId, view };
    } catch (error) {
      if (!isPassing(error)) throw error;
      unseen.push(error);
      return { name, judgement: notSeen(error), deploymentId, view };
    }
  });
  // Nobody's question was answered: Temporal's retries show that, and on the way back they bring it into the open.
  const [first] = unseen;
  if (first && unseen.length === asked) throw first;
  return judged;
};

interface Needs {
  readonly stopped: boolean;
  readonly record: boolean;
}

const needsOf = (
  rollout: Watched,
  view: ServiceView | undefined,
  before: JudgeMemory,
  nowMs: number,
): Needs => ({
  stopped: view !== undefined && needsStoppedTasks(rollout, view, before),
  record: view !== undefined && needsServiceDeployment(rollout, view, before, nowMs),
});

/** What the service itself does not say, at two calls each. */
const see = async (
  ecs: DeployPorts['ecs'],
  cluster: string,
  rollout: Watched,
  view: ServiceView | undefined,
  needs: Needs,
): Promise<Seen> => ({
  service: view,
  stopped: needs.stopped ? await ecs.stoppedTasks(cluster, rollout.service) : [],
  record:
    view && needs.record
      ? await ecs.serviceDeployment(cluster, rollout.service, identityOf(view, rollout))
      : undefined,
});

/** The next poll looks again; until then nothing is known, so it is not stable. */
const notSeen = (error: SlipwayError): Judgement => ({
  state: 'waiting',
  phase: 'not-visible',
  detail: `could not be looked at this time: ${error.message}`,
});

const mineOf = (view: ServiceView, rollout: Watched) =>
  view.deployments.find((deployment) => deployment.id === rollout.deploymentId);

const identityOf = (view: ServiceView, rollout: Watched) => ({
  deploymentId: rollout.deploymentId,
  taskDefinition: rollout.taskDefinition,
  createdAtMs: mineOf(view, rollout)?.createdAtMs ?? rollout.startedAtMs,
});

const explain = async (
  ports: Ports,
  { cluster, rollouts }: WaitUntilStableInput,
  failed: Readonly<Record<string, FailedJudgement>>,
): Promise<readonly ServiceFailure[]> => {
  const failures: ServiceFailure[] = [];
  for (const rollout of rollouts) {
    const judgement = failed[rollout.name];
    if (!judgement) continue;
    const { kind, summary } = judgement;
    const evidence =
      failures.length < SERVICES_WITH_LOGS
        ? await gatherEvidence(ports, cluster, rollout, judgement)
        : [...judgement.evidence, ...judgement.context];
    failures.push({ name: rollout.name, kind, summary, evidence });
  }
  return failures;
};

const emptyOf = (judgements: readonly Judged[]): Pick<StabilityResult, 'empty'> => {
  const empty = judgements.filter(({ judgement }) => judgement.state === 'empty').map(({ name }) => name);
  return empty.length > 0 ? { empty } : {};
};
