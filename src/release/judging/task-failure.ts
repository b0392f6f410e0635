/**
 * Reads one stopped task: was it a failure of the release, and how much does it prove?
 * Prefixes and texts: facts/ecs-deployers.md 3.8. AWS writes them for people, so one that is not known here is
 * a plain crash: it has to come twice, like any other.
 */
import type { StoppedContainer, StoppedTask } from './observation.ts';

export type TaskFailureKind =
  | 'image-unavailable'
  | 'wrong-architecture'
  | 'bad-command'
  | 'cannot-start'
  | 'missing-resource'
  | 'out-of-memory'
  | 'crashed'
  | 'unhealthy'
  | 'infrastructure';

/**
 * - `once`: the next task cannot fare better.
 * - `twice`: the same again ends the wait.
 * - `again-later`: something outside hiccuped; only a task made after this failure proves that it stays so.
 * - `never`: a host's bad luck, not a bad release, however often.
 */
export type Proof = 'once' | 'twice' | 'again-later' | 'never';

export interface TaskFailure {
  readonly kind: TaskFailureKind;
  readonly proof: Proof;
  /** Two failures with the same signature are the same failure. */
  readonly signature: string;
  /** One line for people. */
  readonly summary: string;
}

const ARCHITECTURE =
  /does not contain descriptor matching platform|no matching manifest for|does not match the specified platform|exec format error/i;
const PULL = /CannotPull/i;
/** Phrases, not words: a digest may contain 429, a repository may be named `timeouts`. */
const TRANSIENT =
  /i\/o timeout|timed out|deadline exceeded|handshake timeout|request canceled|toomanyrequests|too many requests|rate exceeded|throttling|connection (refused|reset)|unexpected EOF|temporary failure|temporarily|service unavailable|bad gateway|internal server error|no space left/i;
const RESOURCE = /ResourceInitializationError|unable to pull secrets/i;
const CANNOT_START = /CannotStartContainer|CannotCreateContainer|ContainerRuntimeError/i;
/** As runc says it; without `exec`, a missing file may be the host's trouble. */
const BAD_COMMAND = /\bexec\b.*(executable file not found|no such file or directory|permission denied)/i;
const MEMORY = /OutOfMemory/i;
const HEALTH = /failed .*health checks/i;
const INFRASTRUCTURE =
  /^(TaskFailedToStart: )?(Host EC2|SpotInterruption|InternalError|AGENT|RESOURCE:|Capacity is unavailable)|network interface|ECS is performing maintenance|Docker\w*TimeoutError/i;
const INFRASTRUCTURE_CODES: ReadonlySet<string> = new Set([
  'SpotInterruption',
  'TerminationNotice',
  'InfrastructureHealth',
]);

/** Null for a stop that is no failure of the release, or whose reason is not known yet. */
export const readStoppedTask = (task: StoppedTask): TaskFailure | null => {
  if (isOrdinaryStop(task)) return null;
  const texts = textsOf(task);
  const said = (pattern: RegExp): string | undefined => texts.find((text) => pattern.test(text));

  if (task.stopCode !== null && INFRASTRUCTURE_CODES.has(task.stopCode)) {
    return failure('infrastructure', 'never', '', texts[0] ?? task.stopCode);
  }
  const architecture = said(ARCHITECTURE);
  if (architecture) return failure('wrong-architecture', 'once', '', architecture);
  const pull = said(PULL);
  if (pull) return failure('image-unavailable', TRANSIENT.test(pull) ? 'again-later' : 'once', '', pull);
  const resource = said(RESOURCE);
  if (resource) {
    return failure('missing-resource', TRANSIENT.test(resource) ? 'again-later' : 'once', '', resource);
  }
  const start = said(CANNOT_START);
  if (start) {
    return BAD_COMMAND.test(start)
      ? failure('bad-command', 'once', '', start)
      : failure('cannot-start', 'twice', withoutIds(start), start);
  }
  const memory = said(MEMORY);
  if (memory) return failure('out-of-memory', 'twice', '', memory);
  const health = said(HEALTH);
  if (health) return failure('unhealthy', 'twice', '', health);
  const infrastructure = said(INFRASTRUCTURE);
  if (infrastructure) return failure('infrastructure', 'never', '', infrastructure);
  return readExit(task, texts[0]);
};

/** Told to stop without having failed, and still at it: an old task that finishes its connections. */
export const isDraining = (task: StoppedTask): boolean =>
  task.lastStatus !== 'STOPPED' && isOrdinaryStop(task);

/**
 * ECS's scheduler stops tasks for reasons of its own – scale-in, drain, rebalancing, a draining instance – and the
 * list of its texts is not closed: only failed health checks say something about the task.
 */
const isOrdinaryStop = (task: StoppedTask): boolean => {
  if (task.stopCode === 'UserInitiated') return true;
  if (task.stopCode === 'ServiceSchedulerInitiated') return !textsOf(task).some((text) => HEALTH.test(text));
  return /^(Scaling activity initiated by|Task stopped by user)/i.test(task.stoppedReason ?? '');
};

const textsOf = (task: StoppedTask): readonly string[] =>
  [task.stoppedReason, ...task.containers.map((container) => container.reason)]
    .filter((text) => text !== null)
    .map(oneLine);

const readExit = (task: StoppedTask, reason: string | undefined): TaskFailure | null => {
  const container = exitedContainer(task.containers);
  if (!container || container.exitCode === null) {
    // Exit codes come last; a task on its way to STOPPED will say more at the next look.
    if (task.lastStatus !== 'STOPPED') return null;
    const text = reason ?? 'the task stopped without a reason';
    return failure('crashed', 'twice', withoutIds(text), text);
  }
  const { name, exitCode } = container;
  const signature = `${name}:${exitCode}`;
  const says = `container ${name} exited with code ${exitCode}`;
  switch (exitCode) {
    case 0:
      return failure('crashed', 'twice', signature, `${says} (a service's container has to keep running)`);
    // The shell's "cannot execute" and "not found": the command itself is wrong.
    case 126:
    case 127:
      return failure('bad-command', 'once', signature, `${says} (the command cannot be run)`);
    case KILLED:
      return failure('crashed', 'twice', signature, `${says} (killed, out of memory perhaps)`);
    default:
      return failure('crashed', 'twice', signature, says);
  }
};

/** Names of the containers whose logs are worth reading, the likeliest first. */
export const failingContainers = ({ containers }: StoppedTask): readonly string[] => {
  const exited = exitedContainer(containers);
  const order = [
    ...(exited && exited.exitCode !== 0 && exited.exitCode !== KILLED && exited.exitCode !== TERMINATED
      ? [exited]
      : []),
    ...containers.filter(({ healthStatus }) => healthStatus === 'UNHEALTHY'),
    ...(exited ? [exited] : []),
    ...containers.filter(({ reason }) => reason !== null),
    ...containers,
  ];
  return [...new Set(order.map(({ name }) => name))];
};

const KILLED = 137;
const TERMINATED = 143;

/** The container that failed. When one exits, ECS ends the others, so 0, 137 and 143 are told last. */
const exitedContainer = (containers: readonly StoppedContainer[]): StoppedContainer | undefined => {
  const exited = containers.filter(({ exitCode }) => exitCode !== null);
  return (
    exited.find(({ exitCode }) => exitCode !== 0 && exitCode !== KILLED && exitCode !== TERMINATED) ??
    exited.find(({ exitCode }) => exitCode !== 0) ??
    exited[0]
  );
};

const failure = (kind: TaskFailureKind, proof: Proof, signature: string, summary: string): TaskFailure => ({
  kind,
  proof,
  signature: `${kind}:${signature}`,
  summary,
});

/** Ids of containers, tasks and network interfaces differ each time, though the failure is the same. */
const withoutIds = (text: string): string => text.replaceAll(/[0-9a-f]{8,}(-[0-9a-f]+)*|\d+/gi, '#');

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
