/** Pages of a service's logs, over a small ECS and CloudWatch Logs in memory and a clock that a test moves. */
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, it } from '@jest/globals';
import { createReadServiceLog } from '../../src/activities/read-service-log.ts';
import type { LoggedTask, TasksOf } from '../../src/aws/logged-tasks.ts';
import { TransientError } from '../../src/errors.ts';
import type { ReadEvent } from '../../src/release/logs/log-merge.ts';
import {
  MOST_TASKS,
  type ServiceLogCursor,
  type ServiceLogPage,
  type ServiceLogQuestion,
} from '../../src/release/logs/log-question.ts';
import { planOf, servicePlan } from './world.ts';

const START_MS = 1_000_000;

const MIGRATION = {
  service: 'api',
  container: 'app',
  command: ['migrate'],
  reversible: true,
  timeoutMs: 1_000,
} as const;
const RECORD = {
  number: 7,
  releaseId: 'deploy/x/y/z/run',
  plan: { ...planOf([{ ...servicePlan('api'), service: 'shop-api' }]), migration: MIGRATION },
  images: [],
  taskDefinitions: { api: 'arn:x/api:7' },
};

class Small {
  nowMs = START_MS;
  tasks: LoggedTask[] = [];
  containers: ContainerDefinition[] = [{ name: 'app', logConfiguration: { logDriver: 'awslogs' } }];
  /** A task definition whose container logs nowhere. */
  elsewhere = '';
  readonly asked: TasksOf[] = [];
  readonly logs = new Map<string, ReadEvent[]>();
  trouble = 0;
  looks = 0;
  /** Happens when so much time has passed. */
  readonly #plans: { atMs: number; what: () => void }[] = [];

  at(ms: number, what: () => void): this {
    this.#plans.push({ atMs: START_MS + ms, what });
    return this;
  }

  task(id: string, more: Partial<LoggedTask> = {}): this {
    const task = { id, definition: 'arn:x/api:7', createdAtMs: this.nowMs, stopped: null, isWanted: true };
    this.tasks = [{ ...task, ...more }, ...this.tasks.filter((each) => each.id !== id)];
    return this;
  }

  write(id: string, line: string, container = 'app'): this {
    const key = `${id}/${container}`;
    this.logs.set(key, [...(this.logs.get(key) ?? []), { atMs: this.nowMs, lines: [line] }]);
    return this;
  }

  async ask(
    cursor: ServiceLogCursor | null,
    more: Partial<ServiceLogQuestion> = {},
  ): Promise<ServiceLogPage> {
    const read = createReadServiceLog({
      records: { read: async () => RECORD },
      taskQueue: 'slipway-deploy',
      tasks: {
        find: async (_cluster, of) => {
          this.asked.push(of);
          return this.tasks;
        },
        containersOf: async (definition) =>
          definition === this.elsewhere ? [{ name: 'app' }] : this.containers,
      },
      readerOf: ({ name = '', logConfiguration }, id) => {
        if (logConfiguration?.logDriver !== 'awslogs') return null;
        const events = () => this.logs.get(`${id}/${name}`) ?? [];
        return {
          start: async (count, sinceMs) => {
            const from =
              count === null ? sinceMs : (events().at(-count)?.atMs ?? events()[0]?.atMs ?? sinceMs);
            return { atMs: Math.max(from, sinceMs), taken: 0 };
          },
          read: async ({ atMs, taken }) => {
            this.looks += 1;
            if (this.trouble > 0) {
              this.trouble -= 1;
              throw new TransientError('ThrottlingException');
            }
            let known = taken;
            const rest = events().filter(
              (event) => event.atMs >= atMs && !(event.atMs === atMs && known-- > 0),
            );
            return { events: rest.slice(0, 500), isCut: rest.length > 500 };
          },
        };
      },
      now: () => this.nowMs,
      rest: async (ms) => {
        const until = this.nowMs + ms;
        for (const plan of this.#plans.filter(({ atMs }) => atMs > this.nowMs && atMs <= until)) {
          this.nowMs = plan.atMs;
          plan.what();
        }
        this.nowMs = until;
      },
    });
    return read({
      kind: 'service',
      app: 'shop',
      environment: 'production',
      part: { kind: 'service', name: 'api' },
      releases: [7],
      cursor,
      tail: null,
      sinceMs: null,
      waitMs: cursor === null ? 0 : 20_000,
      settleMs: 1_000,
      ...more,
    });
  }
}

const linesOf = ({ lines }: ServiceLogPage): readonly string[] =>
  lines.map(({ task, line }) => `${task} ${line}`);
const stoppedAt = (atMs: number) => ({ atMs, why: 'task b stopped: Essential container in task exited' });

describe('the first page', () => {
  it('has the last lines of each task, by time, and says which tasks there are', async () => {
    const small = new Small().task('a').task('b');
    for (const [ms, id, line] of [
      [1, 'a', 'one'],
      [2, 'b', 'two'],
      [3, 'a', 'three'],
      [4, 'b', 'four'],
    ] as const) {
      small.nowMs = START_MS + ms;
      small.write(id, line);
    }
    const page = await small.ask(null, { tail: 2 });
    expect(linesOf(page)).toEqual(['a one', 'b two', 'a three', 'b four']);
    expect(page.notes).toEqual(['service shop-api: tasks b (api:7), a (api:7)']);
    expect(page).toMatchObject({ more: false, running: 2 });
    expect(linesOf(await small.ask(null, { tail: 1 }))).toEqual(['a three', 'b four']);
    expect(linesOf(await small.ask(null, { sinceMs: START_MS + 3 }))).toEqual(['a three', 'b four']);
    expect((await small.ask(page.cursor, { waitMs: 0 })).lines).toEqual([]);
  });

  it('of a service that does not run has the last words of the task that stopped last, and why', async () => {
    const small = new Small().write('b', 'Traceback').write('old', 'long ago');
    small.task('old', { stopped: stoppedAt(1) }).task('b', { stopped: stoppedAt(START_MS) });
    const page = await small.ask(null);
    expect(linesOf(page)).toEqual(['b Traceback']);
    expect(page.notes).toEqual([
      'service shop-api: no task runs; this is the one that stopped last',
      'task b stopped: Essential container in task exited',
    ]);
    expect(page.running).toBe(0);
    expect((await new Small().ask(null)).notes).toEqual(['service shop-api: no task runs']);
  });

  it('of very many tasks has the newest, and says so', async () => {
    const small = new Small();
    for (let index = 0; index < MOST_TASKS + 5; index += 1) small.task(`task-${index}`);
    const page = await small.ask(null);
    expect(page.running).toBe(MOST_TASKS);
    expect(page.notes).toEqual([
      `service shop-api: ${MOST_TASKS + 5} tasks run; these are the ${MOST_TASKS} newest`,
    ]);
  });

  it('names containers whose log cannot be read; where there is no other, it is an error with advice', async () => {
    const small = new Small().task('a').write('a', 'one');
    small.containers = [
      ...small.containers,
      { name: 'proxy', logConfiguration: { logDriver: 'awsfirelens' } },
    ];
    expect((await small.ask(null)).notes[0]).toBe(
      'container proxy logs with the driver awsfirelens: its log cannot be read here',
    );
    small.containers = small.containers.slice(1);
    await expect(small.ask(null)).rejects.toMatchObject({
      type: 'RefusedByService',
      message: expect.stringContaining('service shop-api does not log to CloudWatch Logs'),
      evidence: ['container proxy logs with the driver awsfirelens'],
      advice: expect.stringContaining('awslogs-stream-prefix'),
    });
  });

  it('asks for the one-off task of a release where that is meant', async () => {
    const small = new Small();
    expect((await small.ask(null, { part: { kind: 'migration' } })).notes).toEqual([
      'the migration: no task runs',
    ]);
    expect(small.asked[0]).toEqual({
      startedBy: expect.stringMatching(/^slipway-migrate\/deploy\/x\/y\/z\/run\//),
    });
  });
});

describe('a page that waits', () => {
  it('comes soon after the first new line, with those right behind it', async () => {
    const small = new Small().task('a').write('a', 'before');
    const { cursor } = await small.ask(null);
    small.at(7_000, () => small.write('a', 'one')).at(8_500, () => small.write('a', 'two'));
    const page = await small.ask(cursor, { settleMs: 2_000 });
    expect(linesOf(page)).toEqual(['a one', 'a two']);
    const tookMs = small.nowMs - START_MS;
    expect(tookMs).toBeGreaterThanOrEqual(8_500);
    expect(tookMs).toBeLessThanOrEqual(11_000);
  });

  it('comes empty when nothing was written, after few looks', async () => {
    const small = new Small().task('a').write('a', 'before');
    const { cursor } = await small.ask(null);
    small.looks = 0;
    const page = await small.ask(cursor);
    expect(page).toMatchObject({ lines: [], notes: [], more: false });
    expect(small.nowMs - START_MS).toBe(20_000);
    expect(small.looks).toBeLessThanOrEqual(11);
    expect(small.asked.length).toBeLessThanOrEqual(5);
  });

  it('of many streams looks less often: five calls a second at most', async () => {
    const small = new Small();
    for (let index = 0; index < MOST_TASKS; index += 1) small.task(`task-${index}`);
    const { cursor } = await small.ask(null);
    small.looks = 0;
    await small.ask(cursor);
    expect(small.looks).toBeLessThanOrEqual(20 * 5 + MOST_TASKS);
  });

  it('is not longer than a worker should be kept, whatever was asked for', async () => {
    const small = new Small().task('a');
    const { cursor } = await small.ask(null);
    await small.ask(cursor, { waitMs: 10_000_000 });
    expect(small.nowMs - START_MS).toBe(20_000);
  });

  it('goes on where AWS throttles', async () => {
    const small = new Small().task('a');
    const { cursor } = await small.ask(null);
    small.write('a', 'one').trouble = 2;
    expect(linesOf(await small.ask(cursor))).toEqual(['a one']);
  });
});

describe('a rollout in the midst of it', () => {
  it('shows a new task from its first line, and an old one to its last; why it ended comes behind that, once', async () => {
    const small = new Small().task('b', { createdAtMs: 1 }).write('b', 'old 1');
    let page = await small.ask(null);
    small
      .at(3_000, () => small.task('c', { definition: 'arn:x/api:8' }).write('c', 'new 1'))
      .at(9_000, () => small.task('b', { createdAtMs: 1, stopped: stoppedAt(small.nowMs), isWanted: false }))
      .at(14_000, () => small.write('b', 'old 2, late'));
    const lines: string[] = [...linesOf(page)];
    const notes: string[] = [];
    for (let pages = 0; pages < 4; pages += 1) {
      page = await small.ask(page.cursor);
      lines.push(...linesOf(page));
      notes.push(...page.notes);
      if (page.notes.some((note) => note.includes('stopped'))) expect(lines).toContain('b old 2, late');
    }
    expect(lines).toEqual(['b old 1', 'c new 1', 'b old 2, late']);
    expect(notes).toEqual([
      'task c has started: api:8',
      'task b stopped: Essential container in task exited',
    ]);
    expect(Object.keys(page.cursor.tasks)).toEqual(['c']);
    expect(page.cursor.done).toEqual(['b']);
  });

  it('tells also of a task that came and went between two looks, but of none from before', async () => {
    const small = new Small().task('a').task('ancient', { createdAtMs: 5, stopped: stoppedAt(6) });
    const { cursor } = await small.ask(null);
    small.at(2_500, () => {
      small.task('b', { stopped: stoppedAt(small.nowMs) }).write('b', 'Traceback');
    });
    const first = await small.ask(cursor);
    const second = await small.ask(first.cursor);
    expect([...linesOf(first), ...linesOf(second)]).toEqual(['b Traceback']);
    expect([...first.notes, ...second.notes]).toEqual([
      'task b has started: api:7',
      'task b stopped: Essential container in task exited',
    ]);
  });

  it('to a version that logs elsewhere says so once, and goes on with the others', async () => {
    const small = new Small().task('a');
    const { cursor } = await small.ask(null);
    small.elsewhere = 'arn:x/api:8';
    small.task('b', { definition: small.elsewhere }).task('c', { definition: small.elsewhere });
    small.at(500, () => small.write('a', 'still here'));
    const page = await small.ask(cursor);
    expect(linesOf(page)).toEqual(['a still here']);
    expect(page.notes.filter((note) => note.includes('has no log configuration'))).toHaveLength(1);
    expect(page.running).toBe(3);
    expect((await small.ask(page.cursor)).notes).toEqual([]);
  });
});

describe('a page that is full', () => {
  it('is no bigger than Temporal bears, and the next one goes on behind it', async () => {
    const small = new Small().task('a');
    const all = Array.from({ length: 1_200 }, (_, index) => `${index} ${'"\\'.repeat(60)}`);
    for (const line of all) {
      small.nowMs += 1;
      small.write('a', line);
    }
    let page = await small.ask(null);
    const lines = [...page.lines];
    while (page.more) {
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(60 * 1024);
      page = await small.ask(page.cursor, { waitMs: 0 });
      lines.push(...page.lines);
    }
    expect(lines.map(({ line }) => line)).toEqual(all);
  });
});
