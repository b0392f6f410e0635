/**
 * What a failed rollout leaves behind, read while it is still there: log lines of the container that failed, the
 * health of its targets. All of it is extra: what cannot be read must not hide the failure.
 */
import type { Service } from '@aws-sdk/client-ecs';
import { isCancelled } from '../aws/abortable.ts';
import type { TargetHealth } from '../aws/load-balancers.ts';
import type { Expectation, Judgement } from '../release/judging/judge.ts';
import type { RunningTask, StoppedTask } from '../release/judging/observation.ts';
import type { Suspect } from '../release/judging/rollout-evidence.ts';
import { failingContainers, readStoppedTask } from '../release/judging/task-failure.ts';
import { shortArn } from '../release/short-arn.ts';
import type { DeployPorts } from './deploy-ports.ts';

export type FailedJudgement = Extract<Judgement, { state: 'failed' }>;

type EvidencePorts = Pick<DeployPorts, 'ecs' | 'logs' | 'loadBalancers'>;

const LOG_LINES = 50;
/** Evidence travels in the workflow's history and in the report. */
const LONGEST_EVIDENCE = 12_000;
const SHOWN_TARGETS = 5;

/** How tasks stopped, then their last words, then how the load balancer sees them, then what ECS says. */
export const gatherEvidence = async (
  ports: EvidencePorts,
  cluster: string,
  rollout: Expectation,
  judgement: FailedJudgement,
): Promise<readonly string[]> => {
  const { evidence, context, kind } = judgement;
  if (kind === 'service-gone' || kind === 'foreign-change') return [...evidence, ...context];
  const tasks = await orNothing(() => ports.ecs.runningTasks(cluster, rollout.service), []);
  const ours = tasks.filter(({ startedBy }) => startedBy === rollout.deploymentId);
  const stopped = await orNothing(() => ports.ecs.stoppedTasks(cluster, rollout.service), []);
  const [service] = await orNothing(() => ports.ecs.describeRawServices(cluster, [rollout.service]), []);
  const suspects =
    judgement.suspects.length > 0 ? judgement.suspects : newestTask(rollout, ours, stopped, service);
  const logs = await lastWords(ports, rollout.taskDefinition, suspects);
  const targets = mayBeUnhealthy(rollout, stopped)
    ? await orNothing(() => targetLines(ports, service, ours), [])
    : [];
  const rest = [...evidence, ...targets, ...context];
  const room = LONGEST_EVIDENCE - bytesOf(rest);
  return [...evidence, ...withinRoom(logs, room), ...targets, ...context];
};

/** A task of ours that has not failed, but runs without getting on or was stopped by ECS, may say why. */
const newestTask = (
  rollout: Expectation,
  running: readonly RunningTask[],
  stopped: readonly StoppedTask[],
  service: Service | undefined,
): readonly Suspect[] => {
  const [newest] = running;
  if (newest) {
    const balanced = service?.loadBalancers?.flatMap(({ containerName }) => containerName ?? []) ?? [];
    const unhealthy = newest.containers.filter(({ healthStatus }) => healthStatus === 'UNHEALTHY');
    const names = [
      ...unhealthy.map(({ name }) => name),
      ...balanced,
      ...newest.containers.map(({ name }) => name),
    ];
    return [{ taskArn: newest.arn, containers: [...new Set(names)] }];
  }
  const last = stopped.find(({ startedBy }) => startedBy === rollout.deploymentId);
  return last ? [{ taskArn: last.arn, containers: failingContainers(last) }] : [];
};

/** The first log that is not empty: what was written last by the newest task may not have arrived yet. */
const lastWords = async (
  { logs }: Pick<DeployPorts, 'logs'>,
  taskDefinition: string,
  suspects: readonly Suspect[],
): Promise<readonly string[]> => {
  for (const { taskArn, containers } of suspects) {
    const [container] = containers;
    if (container === undefined) continue;
    const lines = await orNothing(() => logs.tail(taskDefinition, taskArn, container, LOG_LINES), []);
    if (lines.length > 0) {
      return [
        `last ${LOG_LINES} lines of container ${container}, task ${shortArn(taskArn)}:`,
        ...lines.map(indent),
      ];
    }
  }
  const [first] = suspects;
  const [container] = first?.containers ?? [];
  return first && container
    ? [`container ${container}, task ${shortArn(first.taskArn)}: no log lines in CloudWatch Logs`]
    : [];
};

/** Failed health checks, or no failure at all: the load balancer may know what nobody else says. */
const mayBeUnhealthy = (rollout: Expectation, stopped: readonly StoppedTask[]): boolean => {
  const failures = stopped
    .filter(({ startedBy }) => startedBy === rollout.deploymentId)
    .flatMap((task) => readStoppedTask(task) ?? []);
  return failures.length === 0 || failures.some(({ kind }) => kind === 'unhealthy');
};

/** `target 10.0.0.7:8080 of task 0123…: unhealthy, Target.ResponseCodeMismatch: …`, and a count of all others. */
const targetLines = async (
  { loadBalancers }: Pick<DeployPorts, 'loadBalancers'>,
  service: Service | undefined,
  ours: readonly RunningTask[],
): Promise<readonly string[]> => {
  const lines: string[] = [];
  for (const { targetGroupArn } of service?.loadBalancers ?? []) {
    if (targetGroupArn === undefined) continue;
    const targets = await loadBalancers.targetHealth(targetGroupArn);
    const taskOf = (target: TargetHealth): RunningTask | undefined => ours.find((task) => isOf(task, target));
    const owned = targets.filter(taskOf);
    for (const target of owned.slice(0, SHOWN_TARGETS)) {
      const why = [target.reason, target.description].filter((text) => text !== null).join(': ');
      const task = shortArn(taskOf(target)?.arn ?? '');
      lines.push(`target ${target.id}:${target.port} of task ${task}: ${target.state}${why && `, ${why}`}`);
    }
    if (owned.length === 0) lines.push(`no target of the new tasks is in ${groupName(targetGroupArn)}`);
    const others = targets.filter((target) => !owned.includes(target));
    const states = [...new Set(others.map(({ state }) => state))];
    if (others.length > 0) {
      const counts = states.map((state) => `${others.filter((one) => one.state === state).length} ${state}`);
      lines.push(`other targets in ${groupName(targetGroupArn)}: ${counts.join(', ')}`);
    }
  }
  return lines;
};

const isOf = ({ addresses, hostPorts }: RunningTask, { id, port }: TargetHealth): boolean =>
  addresses.includes(id) || (id.startsWith('i-') && hostPorts.includes(port));

/** `arn:…:targetgroup/name/0123` */
const groupName = (arn: string): string => `target group ${arn.split('/').at(-2) ?? arn}`;

const indent = (line: string): string => `  ${line}`;

const bytesOf = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);

/** The heading stays; the oldest lines go first. */
const withinRoom = ([heading, ...lines]: readonly string[], room: number): readonly string[] => {
  if (heading === undefined) return [];
  let kept = lines;
  while (kept.length > 0 && bytesOf([heading, ...kept]) > room) kept = kept.slice(1);
  return [heading, ...kept];
};

/** A connection that hangs would hold up the verdict. */
const LONGEST_READ_MS = 20_000;

const orNothing = async <T>(read: () => Promise<T>, nothing: T): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(nothing), LONGEST_READ_MS);
  });
  try {
    return await Promise.race([read(), patience]);
  } catch (error) {
    if (isCancelled(error)) throw error;
    return nothing;
  } finally {
    clearTimeout(timer);
  }
};
