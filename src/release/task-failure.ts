/**
 * Reads one stopped task: was it a failure of the release, and is one proof enough?
 * Prefixes and texts: facts/ecs-deployers.md 3.8 (AWS documents them as for people, so unknown ones are kept
 * as plain crashes and never make the judge fail by themselves).
 */
import type { StoppedContainer, StoppedTask } from './observation.ts';

export type TaskFailureKind =
  | 'image-unavailable'
  | 'wrong-architecture'
  | 'bad-command'
  | 'missing-resource'
  | 'out-of-memory'
  | 'crashed'
  | 'unhealthy'
  | 'infrastructure';

export interface TaskFailure {
  readonly kind: TaskFailureKind;
  /** True when the next task cannot fare better: no second proof is needed. */
  readonly decisive: boolean;
  /** Two failures with the same signature are the same crash. */
  readonly signature: string;
  /** One line for people. */
  readonly summary: string;
}

const failure = (
  kind: TaskFailureKind,
  decisive: boolean,
  signature: string,
  summary: string,
): TaskFailure => ({ kind, decisive, signature: `${kind}:${signature}`, summary });

/** ECS stops tasks for reasons of its own (scale-in, drain, an operator): those say nothing about the release. */
const isOrdinaryStop = (task: StoppedTask): boolean => {
  const reason = task.stoppedReason ?? '';
  return (
    task.stopCode === 'UserInitiated' ||
    (task.stopCode === 'ServiceSchedulerInitiated' &&
      /^(Scaling activity|Service .* (scaled|deleted))/i.test(reason)) ||
    /^(Scaling activity initiated by|Task stopped by user)/i.test(reason)
  );
};

const ARCHITECTURE = /does not contain descriptor matching platform|exec format error/i;
const NOT_STARTABLE = /^(CannotStartContainerError|CannotCreateContainerError|ContainerRuntimeError)/i;
const COMMAND = /executable file not found|no such file or directory|permission denied/i;
const RESOURCE = /^(ResourceInitializationError|unable to pull secrets)/i;
const HEALTH = /failed (container|ELB) health checks|failed .*health checks/i;
const INFRASTRUCTURE =
  /^(Host EC2|SpotInterruption|InternalError|AGENT|RESOURCE:|Capacity is unavailable|TaskFailedToStart: (RESOURCE|AGENT))/i;
const TRANSIENT_PULL =
  /(timeout|timed out|toomanyrequests|429|connection (refused|reset)|i\/o|TLS handshake|temporar)/i;

/** Null for a stop that is no failure of the release. */
export const readStoppedTask = (task: StoppedTask): TaskFailure | null => {
  if (isOrdinaryStop(task)) return null;
  const reason = task.stoppedReason ?? '';
  const texts = [reason, ...task.containers.map((container) => container.reason ?? '')].filter(Boolean);
  const said = (pattern: RegExp): string | undefined => texts.find((text) => pattern.test(text));

  const architecture = said(ARCHITECTURE);
  if (architecture) return failure('wrong-architecture', true, '', oneLine(architecture));
  const pull = said(/CannotPull(Container|Image)?(Error)?/i);
  if (pull) return failure('image-unavailable', !TRANSIENT_PULL.test(pull), '', oneLine(pull));
  const resource = said(RESOURCE);
  if (resource) return failure('missing-resource', true, '', oneLine(resource));
  const start = said(NOT_STARTABLE);
  if (start) return failure('bad-command', COMMAND.test(start), oneLine(start), oneLine(start));
  const memory = said(/OutOfMemory/i);
  if (memory) return failure('out-of-memory', false, '', oneLine(memory));
  const health = said(HEALTH);
  if (health) return failure('unhealthy', false, '', oneLine(health));
  const infrastructure =
    task.stopCode === 'SpotInterruption' ? reason || 'Spot interruption' : said(INFRASTRUCTURE);
  if (infrastructure)
    return failure('infrastructure', false, oneLine(infrastructure), oneLine(infrastructure));
  return readExit(task, reason);
};

const readExit = (task: StoppedTask, reason: string): TaskFailure => {
  const container = exitedContainer(task.containers);
  if (!container || container.exitCode === null) {
    return failure('crashed', false, reason, oneLine(reason) || 'the task stopped without a reason');
  }
  const { name, exitCode } = container;
  const says = `container ${name} exited with code ${exitCode}`;
  // 126 and 127 are the shell's "cannot execute" and "not found": the command itself is wrong.
  if (exitCode === 126 || exitCode === 127) {
    return failure('bad-command', true, `${name}:${exitCode}`, `${says} (the command cannot be run)`);
  }
  if (exitCode === 137) return failure('crashed', false, `${name}:${exitCode}`, `${says} (killed)`);
  return failure('crashed', false, `${name}:${exitCode}`, says);
};

/** The container that failed: one with a non-zero exit first, else any that exited. */
const exitedContainer = (containers: readonly StoppedContainer[]): StoppedContainer | undefined =>
  containers.find((container) => container.exitCode !== null && container.exitCode !== 0) ??
  containers.find((container) => container.exitCode !== null);

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
