/**
 * What the containers of a service write, page by page: running tasks, those that start meanwhile, and stopped ones
 * until their last words have arrived. Whoever asks holds the cursor: nothing is kept here, so that any deploy worker
 * may answer the next question. The cursor is not believed: it says how far, and what was recorded says where.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { Context } from '@temporalio/activity';
import { type LogReader, logElsewhere, type ReaderOf } from '../aws/log-reader.ts';
import type { LoggedTask, LoggedTasks } from '../aws/logged-tasks.ts';
import { RefusedByServiceError } from '../errors.ts';
import { jsonBytes, mergeStreams, type ReadStream } from '../release/logs/log-merge.ts';
import { boundedWaitMs } from '../release/logs/log-pace.ts';
import {
  MOST_DONE,
  MOST_TASKS,
  PAGE_BYTES,
  type ServiceLogCursor,
  type ServiceLogLine,
  type ServiceLogPage,
  type ServiceLogQuestion,
  type StreamPosition,
  type StreamPositions,
} from '../release/logs/log-question.ts';
import { shortArn } from '../release/short-arn.ts';
import type { ServiceLogActivities } from './contracts/logs.ts';
import { CALLS_AT_ONCE, inParallel, patiently } from './in-parallel.ts';
import { type RecordedLogs, recordedLogs } from './recorded-logs.ts';
import type { ReleaseRecords } from './release-records.ts';

export interface ServiceLogPorts {
  readonly records: Pick<ReleaseRecords, 'read'>;
  /** Of this worker: it reads for the environments whose queue that is. */
  readonly taskQueue: string;
  readonly tasks: LoggedTasks;
  readonly readerOf: ReaderOf;
  readonly now: () => number;
  /** Rejects when the activity is cancelled; default: as Temporal says. */
  readonly rest?: (ms: number) => Promise<void>;
}

/** GetLogEvents is allowed 25 times a second in an account: a follower takes five. */
const LOOK_EVERY_MS = 2_000;
const STREAM_MS = 200;
const TASKS_EVERY_MS = 5_000;
/** The log driver sends by the batch: what a container wrote last may arrive so long after its end. */
const ARRIVAL_MS = 8_000;

export const createReadServiceLog =
  (ports: ServiceLogPorts): ServiceLogActivities['readServiceLog'] =>
  async (question) => {
    const logs = await recordedLogs(ports.records, ports.taskQueue, question);
    return new Reading(ports, question, logs).page();
  };

interface FollowedTask {
  /** ARN of its task definition, as ECS says. */
  readonly definition: string;
  readonly streams: StreamPositions;
}

class Reading {
  readonly #ports: ServiceLogPorts;
  readonly #question: ServiceLogQuestion;
  readonly #logs: RecordedLogs;
  readonly #readers = new Map<string, ReadonlyMap<string, LogReader>>();
  readonly #definitions = new Map<string, readonly ContainerDefinition[]>();
  readonly #notes: string[] = [];
  readonly #lines: ServiceLogLine[] = [];
  readonly #tasks = new Map<string, FollowedTask>();
  /** As the cursor says, until ECS has been asked. */
  #claimed: ServiceLogCursor['tasks'];
  #done: readonly string[];
  #sinceMs: number;
  #found: readonly LoggedTask[] = [];
  #more = false;

  constructor(ports: ServiceLogPorts, question: ServiceLogQuestion, logs: RecordedLogs) {
    this.#ports = ports;
    this.#question = question;
    this.#logs = logs;
    const { cursor } = question;
    this.#claimed = cursor?.tasks ?? {};
    this.#done = cursor?.done ?? [];
    this.#sinceMs = cursor?.sinceMs ?? ports.now();
  }

  async page(): Promise<ServiceLogPage> {
    const { now } = this.#ports;
    const { cursor, waitMs, settleMs } = this.#question;
    const until = now() + boundedWaitMs(waitMs);
    await this.#lookForTasks(cursor === null);
    await this.#read();
    let lookedAtMs = now();
    let endMs = this.#isNews() ? Math.min(until, now() + boundedWaitMs(settleMs)) : until;
    while (!this.#more && now() < endMs) {
      const streams = [...this.#tasks.values()].reduce(
        (sum, task) => sum + Object.keys(task.streams).length,
        0,
      );
      await this.#rest(Math.min(Math.max(LOOK_EVERY_MS, streams * STREAM_MS), endMs - now()));
      if (now() - lookedAtMs >= TASKS_EVERY_MS) {
        lookedAtMs = now();
        await this.#lookForTasks(false);
      }
      const wasNews = this.#isNews();
      await this.#read();
      if (!wasNews && this.#isNews()) endMs = Math.min(until, now() + boundedWaitMs(settleMs));
    }
    return {
      kind: 'service',
      lines: this.#lines,
      notes: this.#notes,
      cursor: this.#cursor(),
      release: this.#logs.release,
      more: this.#more,
      running: this.#tasks.size,
    };
  }

  #isNews(): boolean {
    return this.#lines.length > 0 || this.#notes.length > 0;
  }

  #cursor(): ServiceLogCursor {
    return {
      tasks: Object.fromEntries([...this.#tasks].map(([id, { streams }]) => [id, streams])),
      done: this.#done.slice(-MOST_DONE),
      sinceMs: this.#sinceMs,
    };
  }

  async #lookForTasks(isFirst: boolean): Promise<void> {
    const { cluster, tasks: of } = this.#logs;
    const known = [...this.#tasks.keys(), ...Object.keys(this.#claimed)];
    this.#found = await this.#patiently(() => this.#ports.tasks.find(cluster, of, known));
    this.#goOn();
    for (const task of this.#wanted(isFirst)) {
      // A service that restarts all the time starts more than anybody wants to follow.
      if (this.#tasks.size >= MOST_TASKS) break;
      if (!this.#tasks.has(task.id)) await this.#take(task, isFirst);
    }
    if (isFirst) this.#tellOfFirst();
    // A worker that answers the next question has to know how to read all of them.
    for (const [id, { definition }] of this.#tasks) await this.#readersOf(id, definition);
  }

  /** Of the tasks that a cursor names those are read on that ECS knows as this service's, from what they run there. */
  #goOn(): void {
    for (const [id, streams] of Object.entries(this.#claimed)) {
      const task = this.#found.find((each) => each.id === id);
      if (task) this.#tasks.set(id, { definition: task.definition, streams });
      else {
        this.#notes.push(`task ${id} is not known to ECS any more`);
        this.#done = [...this.#done, id];
      }
    }
    this.#claimed = {};
  }

  #wanted(isFirst: boolean): readonly LoggedTask[] {
    const fresh = this.#found.filter(({ id }) => !this.#done.includes(id));
    if (!isFirst) {
      return fresh.filter(({ stopped, createdAtMs }) => stopped === null || createdAtMs >= this.#sinceMs);
    }
    const alive = fresh.filter(({ stopped }) => stopped === null);
    // Of a service that does not run, the last task says why.
    return alive.length > 0 ? alive : fresh.slice(0, 1);
  }

  async #take(task: LoggedTask, isFirst: boolean): Promise<void> {
    const { tail, sinceMs } = this.#question;
    const readers = await this.#readersOf(task.id, task.definition);
    const streams = await inParallel([...readers], CALLS_AT_ONCE, async ([container, reader]) => {
      const start = (): Promise<StreamPosition> => reader.start(tail, sinceMs ?? 0);
      const position = isFirst ? await this.#patiently(start) : { atMs: 0, taken: 0 };
      return [container, position] as const;
    });
    this.#tasks.set(task.id, { definition: task.definition, streams: Object.fromEntries(streams) });
    if (!isFirst) this.#notes.push(`task ${task.id} has started: ${shortArn(task.definition)}`);
  }

  #tellOfFirst(): void {
    const alive = this.#found.filter(({ stopped }) => stopped === null);
    const { what } = this.#logs;
    if (alive.length > MOST_TASKS) {
      this.#notes.push(`${what}: ${alive.length} tasks run; these are the ${MOST_TASKS} newest`);
    } else if (alive.length === 0) {
      const last = this.#tasks.size > 0 ? '; this is the one that stopped last' : '';
      this.#notes.push(`${what}: no task runs${last}`);
    } else {
      const each = alive.map(({ id, definition }) => `${id.slice(0, 8)} (${shortArn(definition)})`);
      this.#notes.push(`${what}: ${alive.length === 1 ? 'task' : 'tasks'} ${each.join(', ')}`);
    }
  }

  async #readersOf(id: string, definition: string): Promise<ReadonlyMap<string, LogReader>> {
    const known = this.#readers.get(id);
    if (known) return known;
    const containers =
      this.#definitions.get(definition) ??
      (await this.#patiently(() => this.#ports.tasks.containersOf(definition)));
    const isNew = !this.#definitions.has(definition);
    this.#definitions.set(definition, containers);
    const readers = new Map<string, LogReader>();
    for (const container of containers) {
      const reader = this.#ports.readerOf(container, id);
      if (reader) readers.set(container.name ?? '', reader);
      else if (isNew && this.#question.cursor === null) {
        this.#notes.push(
          `container ${container.name} ${logElsewhere(container)}: its log cannot be read here`,
        );
      }
    }
    if (readers.size === 0) {
      const elsewhere = logsElsewhere(this.#logs.what, containers);
      if (this.#question.cursor === null) throw elsewhere;
      // A version that logs elsewhere comes while the one before is followed.
      if (isNew && !this.#tasks.has(id)) {
        this.#notes.push(`${elsewhere.message}: ${elsewhere.evidence.join('; ')}`);
      }
    }
    this.#readers.set(id, readers);
    return readers;
  }

  async #read(): Promise<void> {
    const wanted = [...this.#tasks].flatMap(([task, { streams }]) =>
      Object.entries(streams).map(([container, position]) => ({ task, container, position })),
    );
    const read = await inParallel(wanted, CALLS_AT_ONCE, async (one): Promise<ReadStream> => {
      const reader = this.#readers.get(one.task)?.get(one.container);
      const { events, isCut } = reader
        ? await this.#patiently(() => reader.read(one.position))
        : { events: [], isCut: false };
      return { ...one, events, isCut };
    });
    const merged = mergeStreams(read, PAGE_BYTES - jsonBytes(this.#lines));
    for (const [index, { task, container }] of wanted.entries()) {
      const followed = this.#tasks.get(task);
      const position = merged.positions[index];
      if (!followed || !position) continue;
      this.#tasks.set(task, { ...followed, streams: { ...followed.streams, [container]: position } });
    }
    this.#lines.push(...merged.lines);
    this.#more = merged.more;
    if (!this.#more) this.#letGo();
  }

  /** Of what has stopped everything has been read: why it did is the last that is told of it. */
  #letGo(): void {
    const isOnce = this.#question.waitMs === 0;
    for (const { id, stopped } of this.#found) {
      if (stopped === null || !this.#tasks.has(id)) continue;
      // A question that does not wait gets what there is.
      if (!isOnce && this.#ports.now() - stopped.atMs < ARRIVAL_MS) continue;
      this.#notes.push(stopped.why);
      this.#tasks.delete(id);
      this.#done = [...this.#done, id];
    }
  }

  /** Throttling and a network that stumbles are not worth a new activity. */
  #patiently<T>(call: () => Promise<T>): Promise<T> {
    return patiently((ms) => this.#rest(ms), call);
  }

  #rest(ms: number): Promise<void> {
    return (this.#ports.rest ?? untilCancelled)(ms);
  }
}

const untilCancelled = async (ms: number): Promise<void> => {
  await Promise.race([pause(ms), Context.current().cancelled]);
};

const logsElsewhere = (what: string, containers: readonly ContainerDefinition[]): RefusedByServiceError =>
  new RefusedByServiceError(`${what} does not log to CloudWatch Logs in a way that can be read by task`, {
    evidence: containers.map((container) => `container ${container.name} ${logElsewhere(container)}`),
    advice:
      'look where it sends its logs; or give the container the log driver awslogs with awslogs-group and awslogs-stream-prefix in its task definition',
  });
