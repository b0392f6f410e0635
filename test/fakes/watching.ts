/** What a migration and a bake time look at, in memory: one-off tasks, alarms, logs. */
import type { Alarms, AlarmView } from '../../src/aws/alarms.ts';
import type { LogMatch, LogQuery, LogSearch } from '../../src/aws/log-search.ts';
import type { OneOffTask, OneOffTaskInput, OneOffTasks, StartedTask } from '../../src/aws/one-off-task.ts';
import { RefusedByServiceError, TransientError } from '../../src/errors.ts';

const TASK = 'arn:aws:ecs:eu-west-1:123456789012:task/shop/';

/** `throttle`: refused for now. `lose-answer`: done, but the answer never arrives. `deny`: refused for good. */
export type Trouble = 'throttle' | 'lose-answer' | 'deny';

const fail = (operation: string, trouble: Trouble | undefined, when: 'before' | 'after'): void => {
  if (trouble === undefined || (trouble === 'lose-answer') !== (when === 'after')) return;
  const text = `${operation}: ${trouble}`;
  throw trouble === 'deny' ? new RefusedByServiceError(text) : new TransientError(text);
};

/** RunTask as ECS does it: one task a token. */
export class FakeOneOffTasks implements OneOffTasks {
  readonly asked: OneOffTaskInput[] = [];
  readonly stopped: { readonly taskArn: string; readonly reason: string }[] = [];
  readonly tasks = new Map<string, OneOffTask>();
  readonly tokens = new Map<string, string>();
  /** What the next calls of `start` meet, in order: trouble, or the reasons why nothing is placed. */
  readonly starts: (Trouble | readonly string[])[] = [];
  /** What the next calls of `look` meet. */
  readonly looks: (Trouble | undefined)[] = [];
  readonly #now: () => number;
  /** What StopTask does. */
  onStop: (taskArn: string) => void = (taskArn) =>
    this.end(taskArn, {
      stopCode: 'UserInitiated',
      containers: [{ name: 'app', exitCode: 143, reason: null, healthStatus: null }],
    });

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The task has stopped; by default as one whose container ended well. */
  end(taskArn: string, change: Partial<OneOffTask> = {}): void {
    this.change(taskArn, {
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      stoppedAtMs: this.#now(),
      containers: [{ name: 'app', exitCode: 0, reason: null, healthStatus: null }],
      ...change,
    });
  }

  change(taskArn: string, change: Partial<OneOffTask>): void {
    const task = this.tasks.get(taskArn);
    if (!task) throw new Error(`no task ${taskArn}`);
    this.tasks.set(taskArn, { ...task, ...change });
  }

  /** ARN of the only task that was ever started. */
  get only(): string {
    const [taskArn, ...others] = this.tasks.keys();
    if (taskArn === undefined || others.length > 0) throw new Error(`${this.tasks.size} tasks were started`);
    return taskArn;
  }

  async start(input: OneOffTaskInput): Promise<StartedTask> {
    this.asked.push(input);
    const meets = this.starts.shift();
    if (Array.isArray(meets)) return { kind: 'not-placed', reasons: meets };
    const trouble = meets as Trouble | undefined;
    fail('ecs:RunTask', trouble, 'before');
    const taskArn = this.tokens.get(input.clientToken) ?? `${TASK}${this.tasks.size + 1}`;
    if (!this.tokens.has(input.clientToken)) {
      this.tokens.set(input.clientToken, taskArn);
      this.tasks.set(taskArn, {
        arn: taskArn,
        startedBy: input.startedBy,
        stopCode: null,
        stoppedReason: null,
        lastStatus: 'PENDING',
        desiredStatus: 'RUNNING',
        createdAtMs: this.#now(),
        stoppedAtMs: 0,
        containers: [],
      });
    }
    fail('ecs:RunTask', trouble, 'after');
    return { kind: 'started', taskArn };
  }

  async look(_cluster: string, taskArn: string): Promise<OneOffTask | undefined> {
    fail('ecs:DescribeTasks', this.looks.shift(), 'before');
    return this.tasks.get(taskArn);
  }

  async find(_cluster: string, startedBy: string): Promise<readonly string[]> {
    return [...this.tasks.values()].filter((task) => task.startedBy === startedBy).map(({ arn }) => arn);
  }

  async stop(_cluster: string, taskArn: string, reason: string): Promise<void> {
    this.stopped.push({ taskArn, reason });
    this.onStop(taskArn);
  }
}

export class FakeAlarms implements Alarms {
  readonly states = new Map<string, AlarmView>();
  trouble: Trouble | undefined;

  set(name: string, state: string, reason = ''): void {
    this.states.set(name, { state, reason });
  }

  async describe(names: readonly string[]): Promise<ReadonlyMap<string, AlarmView>> {
    fail('cloudwatch:DescribeAlarms', this.trouble, 'before');
    return new Map([...this.states].filter(([name]) => names.includes(name)));
  }
}

interface Written extends LogMatch {
  readonly stream: string;
  /** When it can be found: the log driver sends by the batch. */
  readonly visibleAtMs: number;
}

/** Its patterns are plain words. */
export class FakeLogSearch implements LogSearch {
  readonly queries: LogQuery[] = [];
  readonly #written: Written[] = [];
  readonly #now: () => number;
  trouble: Trouble | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  write(container: string, taskId: string, line: string, more: Partial<Written> = {}): void {
    const atMs = this.#now();
    const id = String(this.#written.length);
    this.#written.push({ id, atMs, line, stream: `${container}/${taskId}`, visibleAtMs: atMs, ...more });
  }

  async matches(query: LogQuery): Promise<readonly LogMatch[]> {
    this.queries.push(query);
    fail('logs:FilterLogEvents', this.trouble, 'before');
    const streams = query.taskIds.map((id) => `${query.container.name}/${id}`);
    return this.#written
      .filter(({ stream, line, atMs, visibleAtMs }) => {
        const inTime = atMs >= query.fromMs && atMs < query.toMs && visibleAtMs <= this.#now();
        return inTime && streams.includes(stream) && line.includes(query.pattern);
      })
      .slice(0, query.enough + 1)
      .map(({ id, atMs, line }) => ({ id, atMs, line }));
  }
}
