/**
 * Runs the migration's task once, and waits for its end. Whatever dies meanwhile, it is never run a second time:
 * - The task is named by the release (client token, `startedBy`). A retry after a lost answer or a dead worker takes
 *   it from the heartbeat, else looks for it by name, else asks again with the same token. A token holds for an hour
 *   after the task's end (facts: "Ensuring idempotency"), as long as ECS shows the task: later than that nobody can
 *   know any more, which is a failure and not a second run.
 * - RunTask's `failures` mean that nothing runs: it is asked again with a next token until the time limit.
 * - A migration must not be torn apart, so an abort is heard, waited out (its time limit holds) and obeyed
 *   afterwards. Temporal does not retry an activity that was told to cancel: a worker that dies in that time loses
 *   sight of the migration. So the workflow asks once more after a cancellation, with `mayStart: false`.
 * - A worker that shuts down hands the wait over: the next one goes on by the heartbeat.
 */
import { activityInfo, CancelledFailure, cancellationDetails, heartbeat } from '@temporalio/activity';
import type { OneOffTask } from '../aws/one-off-task.ts';
import { SlipwayError } from '../errors.ts';
import { readMigrationEnd } from '../release/judging/migration.ts';
import { describeTask } from '../release/judging/rollout-evidence.ts';
import { shortArn } from '../release/short-arn.ts';
import type { Unheld } from './contracts/deploy.ts';
import type { MigrationResult, RunMigrationInput } from './contracts/rollout.ts';
import type { DeployPorts } from './deploy-ports.ts';
import { migrationStartedBy, migrationToken } from './migration-names.ts';
import { whileBeating } from './while-beating.ts';

/** Below the hour that ECS remembers a stopped task and its token. */
const REMEMBERED_MS = 50 * 60_000;
/** ECS may not show a task yet that it has just named. */
const UNSEEN_MS = 60_000;
/** `stopTimeout` is at most two minutes; then ECS kills. */
const STOP_MS = 5 * 60_000;
const LOG_LINES = 50;

interface MigrationMemory {
  /** When RunTask was asked last. */
  readonly askedAtMs: number;
  readonly placement: number;
  readonly noRoomSinceMs: number | null;
  readonly taskArn: string | null;
  /** When it was told to stop, as its time was over. */
  readonly toldAtMs: number | null;
}

/** Heartbeat details: live progress as the CLI reads it, and what a next attempt needs. */
export interface MigrationProgress {
  readonly services: Readonly<Record<string, { readonly phase: string; readonly detail: string }>>;
  readonly memory: MigrationMemory;
}

type MigrationPorts = Pick<DeployPorts, 'oneOffTasks' | 'logs' | 'now' | 'sleep' | 'sleepOn'>;

export const createRunMigration =
  (ports: MigrationPorts): Unheld['runMigration'] =>
  async (input) => {
    const watch = new MigrationWatch(ports, input);
    const started = await watch.start();
    const result = typeof started === 'string' ? await watch.untilStopped(started) : started;
    if (watch.held) throw new CancelledFailure('CANCELLED', [result]);
    return result;
  };

class MigrationWatch {
  readonly #ports: MigrationPorts;
  readonly #input: RunMigrationInput;
  #memory: MigrationMemory;
  #phase = 'starting';
  #detail = '';
  /** Somebody wants the release to stop: obeyed when the migration has ended. */
  held = false;

  constructor(ports: MigrationPorts, input: RunMigrationInput) {
    this.#ports = ports;
    this.#input = input;
    const { attempt, heartbeatDetails, scheduledTimestampMs } = activityInfo();
    const before = heartbeatDetails as MigrationProgress | undefined;
    // Without a word of the attempt before, it may have asked as early as it could.
    const askedAtMs = attempt > 1 ? scheduledTimestampMs : ports.now();
    this.#memory = before?.memory ?? {
      askedAtMs,
      placement: 1,
      noRoomSinceMs: null,
      taskArn: null,
      toldAtMs: null,
    };
  }

  /** ARN of the only task; a result where none runs, or where nobody can know. */
  async start(): Promise<string | MigrationResult> {
    const known = this.#memory.taskArn ?? (await this.#findAgain());
    if (known !== null) return typeof known === 'string' ? this.#take(known) : known;
    if (!this.#input.mayStart) return this.#notRun('it was not started', []);
    for (;;) {
      this.#remember({ askedAtMs: this.#ports.now() });
      const answer = await this.#ask();
      if (answer.kind === 'started') return this.#take(answer.taskArn);
      const reasons = answer.reasons.join('; ');
      const noRoomSinceMs = this.#memory.noRoomSinceMs ?? this.#ports.now();
      const waitedMs = this.#ports.now() - noRoomSinceMs;
      if (answer.kind === 'refused' || waitedMs >= this.#input.migration.timeoutMs) {
        const waited = answer.kind === 'refused' ? '' : `no room for its task for ${seconds(waitedMs)}: `;
        return this.#notRun(`${waited}${reasons}; it has not run`, answer.reasons);
      }
      this.#say('waiting for room', reasons);
      this.#remember({ noRoomSinceMs, placement: this.#memory.placement + 1 });
      // Nothing runs: a cancellation is obeyed at once.
      await this.#beating(() => this.#ports.sleep(this.#input.pollIntervalMs));
    }
  }

  async untilStopped(taskArn: string): Promise<MigrationResult> {
    for (;;) {
      const task = await this.#look(taskArn);
      const lost = task ? this.#overtime(task) : this.#unseen(taskArn);
      if (lost !== null) return lost;
      if (task?.lastStatus === 'STOPPED') return this.#resultOf(task);
      if (task && this.#isOver(task)) await this.#stop(taskArn);
      await this.#pause();
    }
  }

  async #findAgain(): Promise<string | MigrationResult | null> {
    if (activityInfo().attempt === 1 && this.#input.mayStart) return null;
    const { cluster, releaseId } = this.#input;
    const startedBy = migrationStartedBy(releaseId);
    const [found] = await this.#ports.oneOffTasks.find(cluster, startedBy);
    if (found !== undefined) return found;
    if (!this.#input.mayStart || this.#ports.now() - this.#memory.askedAtMs < REMEMBERED_MS) return null;
    return {
      taskArn: null,
      exitCode: null,
      ran: true,
      failure: {
        summary:
          'it cannot be told any more whether it has run (ECS forgets a task an hour after its end), and it is not run twice',
        evidence: [`cluster ${cluster} shows no task that was started by ${startedBy}`],
      },
    };
  }

  #notRun(summary: string, evidence: readonly string[]): MigrationResult {
    return { taskArn: null, exitCode: null, ran: false, failure: { summary, evidence } };
  }

  #ask() {
    const { releaseId, cluster, migration, service, taskDefinition } = this.#input;
    const request = {
      cluster,
      service,
      taskDefinition,
      container: migration.container,
      command: migration.command,
      clientToken: migrationToken(releaseId, this.#memory.placement),
      startedBy: migrationStartedBy(releaseId),
    };
    return this.#beating(() => this.#ports.oneOffTasks.start(request)).catch((error: unknown) => {
      if (!(error instanceof SlipwayError) || error.retryable) throw error;
      return { kind: 'refused', reasons: [error.message, ...(error.advice ? [error.advice] : [])] } as const;
    });
  }

  #take(taskArn: string): string {
    this.#remember({ taskArn });
    this.#say('starting', `task ${shortArn(taskArn)}`);
    return taskArn;
  }

  async #look(taskArn: string): Promise<OneOffTask | undefined> {
    const look = () => this.#ports.oneOffTasks.look(this.#input.cluster, taskArn);
    for (;;) {
      try {
        return await this.#beating(look);
      } catch (error) {
        // Temporal tries again, but no more once it has told us to cancel.
        if (!this.held || !(error instanceof SlipwayError) || !error.retryable) throw error;
        await this.#pause();
      }
    }
  }

  #isOver(task: OneOffTask): boolean {
    const startedAtMs = task.createdAtMs || this.#memory.askedAtMs;
    const lastedMs = this.#ports.now() - startedAtMs;
    this.#say(
      `migration ${task.lastStatus.toLowerCase()}`,
      `task ${shortArn(task.arn)}, ${seconds(lastedMs)} of ${seconds(this.#input.migration.timeoutMs)}`,
    );
    return lastedMs >= this.#input.migration.timeoutMs;
  }

  async #stop(taskArn: string): Promise<void> {
    const reason = `slipway: the migration's time is over (${seconds(this.#input.migration.timeoutMs)})`;
    this.#remember({ toldAtMs: this.#memory.toldAtMs ?? this.#ports.now() });
    await this.#beating(() => this.#ports.oneOffTasks.stop(this.#input.cluster, taskArn, reason));
  }

  /** Told to stop, and does not: its host may be cut off. */
  #overtime(task: OneOffTask): MigrationResult | null {
    const { toldAtMs } = this.#memory;
    if (task.lastStatus === 'STOPPED' || toldAtMs === null) return null;
    if (this.#ports.now() - toldAtMs < STOP_MS) return null;
    return this.#lost(
      task.arn,
      `it was told to stop and is still ${task.lastStatus}: it may still be at work`,
    );
  }

  #unseen(taskArn: string): MigrationResult | null {
    if (this.#ports.now() - this.#memory.askedAtMs < UNSEEN_MS) return null;
    return this.#lost(taskArn, 'ECS does not show its task any more: nobody can tell how it ended');
  }

  #lost(taskArn: string, summary: string): MigrationResult {
    const evidence = [`task ${shortArn(taskArn)} of cluster ${this.#input.cluster}`];
    return { taskArn, exitCode: null, ran: true, failure: { summary, evidence } };
  }

  async #resultOf(task: OneOffTask): Promise<MigrationResult> {
    const { migration, taskDefinition } = this.#input;
    const overMs = this.#memory.toldAtMs === null ? null : migration.timeoutMs;
    const { exitCode, ran, failure, logsOf } = readMigrationEnd(task, migration.container, overMs);
    if (failure === null) return { taskArn: task.arn, exitCode, ran, failure };
    const lines = await this.#beating(() =>
      this.#ports.logs.tail(taskDefinition, task.arn, logsOf, LOG_LINES),
    ).catch((error: unknown) => {
      if (this.held) return [];
      throw error;
    });
    const evidence = [describeTask(task), ...lines];
    return { taskArn: task.arn, exitCode, ran, failure: { summary: failure, evidence } };
  }

  /** From one look to the next. A cancellation is kept for later; a worker that shuts down is not waited out. */
  async #pause(): Promise<void> {
    const { pollIntervalMs } = this.#input;
    await this.#beating(async () => {
      if (this.held) {
        await this.#ports.sleepOn(pollIntervalMs);
        if (!mayBeHeld()) throw new CancelledFailure('WORKER_SHUTDOWN');
        return;
      }
      try {
        await this.#ports.sleep(pollIntervalMs);
      } catch (error) {
        if (!(error instanceof CancelledFailure) || !mayBeHeld()) throw error;
        this.held = true;
      }
    });
  }

  #say(phase: string, detail: string): void {
    this.#phase = phase;
    this.#detail = this.held ? `${detail}; the release stops after it` : detail;
  }

  #remember(change: Partial<MigrationMemory>): void {
    this.#memory = { ...this.#memory, ...change };
  }

  #beating<T>(work: () => Promise<T>): Promise<T> {
    return whileBeating(() => {
      const progress = { phase: this.#phase, detail: this.#detail };
      const services = { [this.#input.migration.service]: progress };
      heartbeat({ services, memory: this.#memory } satisfies MigrationProgress);
    }, work);
  }
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/** Not for a worker that shuts down, a paused or reset activity, a workflow that is gone: another one continues. */
const mayBeHeld = (): boolean => cancellationDetails()?.cancelRequested === true;
