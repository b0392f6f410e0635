/** What a bake time sees of a service itself: its tasks must live, and its deployment must stay. Pure. */
import { shortArn } from '../short-arn.ts';
import { type Breach, measured, type ServiceTally } from './bake.ts';
import { primaryOf, type ServiceView, type StoppedTask } from './observation.ts';
import { describeTask } from './rollout-evidence.ts';
import { readStoppedTask } from './task-failure.ts';

export interface BakedService {
  readonly name: string;
  readonly service: string;
  readonly taskDefinition: string;
  readonly deploymentId: string;
}

export interface ServiceLook {
  /** Undefined: ECS does not show the service. */
  readonly view: ServiceView | undefined;
  readonly stopped: readonly StoppedTask[];
  readonly running: readonly { readonly arn: string; readonly startedBy: string }[];
}

export interface ServiceBreach extends Breach {
  /** The task whose log may tell more; null where it is not about a task. */
  readonly task: StoppedTask | null;
}

/** Tasks of a bake are many only if they are replaced all the time; the newest matter. */
const KNOWN_TASKS = 200;

export const addServiceLook = (
  tally: ServiceTally,
  baked: BakedService,
  { view, stopped, running }: ServiceLook,
  startedAtMs: number,
): { readonly tally: ServiceTally; readonly breach: ServiceBreach | null } => {
  const mine = [...running, ...stopped].filter(({ startedBy }) => startedBy === baked.deploymentId);
  const tasks = [...new Set([...tally.tasks, ...mine.map(({ arn }) => shortArn(arn))])].slice(-KNOWN_TASKS);
  const left = whereTo(baked, view);
  const elsewhere = left === null ? 0 : tally.elsewhere + 1;
  const next = measured({ ...tally, tasks, elsewhere, desired: view?.desired ?? null });
  const crashed = crashOf(baked, stopped, startedAtMs);
  return {
    tally: next,
    breach: crashed ?? (left !== null && elsewhere >= 2 ? { ...left, task: null } : null),
  };
};

/** Null while the service stays with our deployment. */
const whereTo = (
  { name, taskDefinition, deploymentId }: BakedService,
  view: ServiceView | undefined,
): Breach | null => {
  if (view?.status !== 'ACTIVE') {
    return { summary: `service ${name} ${view ? `is ${view.status}` : 'is gone'}`, evidence: [] };
  }
  const primary = primaryOf(view);
  const evidence = primary?.rolloutReason ? [`ECS: ${primary.rolloutReason}`] : [];
  if (primary?.id === deploymentId && primary.taskDefinition === taskDefinition) {
    if (primary.rolloutState !== 'FAILED') return null;
    return { summary: `service ${name}: ECS calls the deployment failed`, evidence };
  }
  const now = primary?.taskDefinition ?? view.taskDefinition;
  const how =
    now === taskDefinition ? 'replaced by another one of the same version' : `it now runs ${shortArn(now)}`;
  return { summary: `service ${name} has left the deployment of this release: ${how}`, evidence };
};

/** Failures that say something about the task: not a lost host, not a registry that hiccuped. */
const crashOf = (
  { name, deploymentId }: BakedService,
  stopped: readonly StoppedTask[],
  startedAtMs: number,
): ServiceBreach | null => {
  for (const task of stopped) {
    if (task.startedBy !== deploymentId || task.stoppedAtMs < startedAtMs) continue;
    const failure = readStoppedTask(task);
    if (failure?.proof !== 'once' && failure?.proof !== 'twice') continue;
    const summary = `a new task of ${name} failed during the bake time: ${failure.summary}`;
    return { summary, evidence: [describeTask(task)], task };
  }
  return null;
};
