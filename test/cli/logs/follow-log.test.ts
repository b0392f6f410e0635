/** The loops that follow logs, on a clock of their own. */
import { describe, expect, it } from '@jest/globals';
import {
  followServiceLog,
  readServiceLog,
  type ServiceLogWish,
} from '../../../src/cli/logs/follow-service-log.ts';
import { followStepLog, type PageWish, type StepLook } from '../../../src/cli/logs/follow-step-log.ts';
import { RefusedByServiceError, TransientError } from '../../../src/errors.ts';
import { MOST_WAITED_MS } from '../../../src/release/logs/log-pace.ts';
import type {
  ServiceLogPage,
  ServiceLogQuestion,
  StepLogPage,
} from '../../../src/release/logs/log-question.ts';

const RUNNING: StepLook = { state: 'running', text: '', retry: null };
const OVER: StepLook = { state: 'over', text: '✓ unit', retry: null };

/** Time passes when somebody sleeps; whoever waits is woken in order. */
class Clock {
  nowMs = 0;
  readonly #waiting: { atMs: number; wake: () => void }[] = [];

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.push({ atMs: this.nowMs + ms, wake });
      signal?.addEventListener('abort', wake);
    });

  /** Until `work` is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    for (let turns = 0; !isDone && turns < 10_000; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = this.#waiting.sort((one, other) => one.atMs - other.atMs);
      if (isDone || !next) continue;
      this.#waiting.shift();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.wake();
    }
    return done;
  }
}

/** A log that grows: lines by the time at which they are written. */
const stepScene = (written: readonly (readonly [number, string])[], lookAt: (nowMs: number) => StepLook) => {
  const clock = new Clock();
  const shown: string[] = [];
  const notes: string[] = [];
  const wishes: PageWish[] = [];
  const failures: unknown[] = [];
  const page = async (wish: PageWish, signal: AbortSignal): Promise<StepLogPage> => {
    wishes.push(wish);
    const failure = failures.shift();
    if (failure) throw failure;
    const offset = 'offset' in wish.from ? wish.from.offset : 0;
    const fresh = () => written.filter(([atMs], index) => index >= offset && atMs <= clock.nowMs);
    const until = clock.nowMs + wish.waitMs;
    while (fresh().length === 0 && clock.nowMs < until) {
      await clock.sleep(250);
      if (signal.aborted) throw signal.reason;
    }
    if (wish.waitMs > 0 && fresh().length > 0) await clock.sleep(wish.settleMs, signal);
    if (signal.aborted) throw signal.reason;
    const lines = fresh().map(([, line]) => line);
    const isThere = written.some(([atMs]) => atMs <= clock.nowMs);
    return {
      kind: 'step',
      isThere,
      lines: lines.slice(0, 3),
      nextOffset: offset + Math.min(3, lines.length),
      more: lines.length > 3,
      skippedBytes: 0,
      startedOver: false,
    };
  };
  const ports = {
    now: () => clock.nowMs,
    sleep: clock.sleep,
    note: (text: string) => notes.push(text),
    look: async () => lookAt(clock.nowMs),
    page,
    show: ({ lines }: StepLogPage) => shown.push(...lines),
  };
  const follow = (stop = new AbortController().signal) => clock.run(followStepLog(ports, { tail: 10 }, stop));
  return { clock, shown, notes, wishes, failures, follow };
};

describe('a step that is followed', () => {
  it('ends with the step, and every line was shown once', async () => {
    const written = Array.from({ length: 20 }, (_, index) => [index * 1_700, `line ${index}`] as const);
    const scene = stepScene(written, (nowMs) => (nowMs < 33_000 ? RUNNING : OVER));
    await scene.follow();
    expect(scene.shown).toEqual(written.map(([, line]) => line));
    expect(scene.clock.nowMs).toBeLessThan(36_000);
    expect(scene.wishes.at(-1)).toMatchObject({ isFinal: true, waitMs: 0 });
    expect(scene.wishes.filter(({ isFinal }) => !isFinal).slice(1)).toEqual(
      expect.arrayContaining([expect.objectContaining({ waitMs: MOST_WAITED_MS })]),
    );
  });

  it('is asked for gently while it is quiet, and not each second while it is busy', async () => {
    const quiet = stepScene([[0, 'begin']], (nowMs) => (nowMs < 600_000 ? RUNNING : OVER));
    await quiet.follow();
    expect(quiet.wishes.length).toBeLessThanOrEqual(33);
    const busy = stepScene(
      Array.from({ length: 600 }, (_, index) => [index * 1_000, 'x'] as const),
      (nowMs) => (nowMs < 600_000 ? RUNNING : OVER),
    );
    await busy.follow();
    expect(busy.shown).toHaveLength(600);
    // Pages of this test hold three lines, so that each settled page is followed by those that are full.
    expect(busy.wishes.filter(({ waitMs }) => waitMs > 0).length).toBeLessThan(300);
  });

  it('is waited for where it has not begun, and that is said once', async () => {
    const waiting: StepLook = { state: 'waiting', text: 'unit has not started yet', retry: null };
    const scene = stepScene([[30_000, 'one']], (nowMs) =>
      nowMs < 25_000 ? waiting : nowMs < 40_000 ? RUNNING : OVER,
    );
    await scene.follow();
    expect(scene.shown).toEqual(['one']);
    expect(scene.notes).toEqual(['unit has not started yet']);
    expect(scene.wishes[1]?.from).toEqual({ tail: 10 });
  });

  it('and is tried again says so once an attempt', async () => {
    const scene = stepScene(
      [
        [0, 'one'],
        [9_000, 'two'],
      ],
      (nowMs) =>
        nowMs < 5_000 ? RUNNING : nowMs < 12_000 ? { ...RUNNING, retry: 'attempt 2 of unit' } : OVER,
    );
    await scene.follow();
    expect(scene.shown).toEqual(['one', 'two']);
    expect(scene.notes).toEqual(['attempt 2 of unit']);
  });

  it('ends at once with Ctrl+C, also in the midst of a wait', async () => {
    const stop = new AbortController();
    const scene = stepScene([[0, 'one']], (nowMs) => {
      if (nowMs >= 5_000) stop.abort('ctrl+c');
      return RUNNING;
    });
    await scene.follow(stop.signal);
    expect(scene.clock.nowMs).toBeLessThan(6_000);
    expect(scene.shown).toEqual(['one']);
  });

  it('goes on where a worker was away for a while, and gives up after two minutes', async () => {
    const scene = stepScene(
      [
        [0, 'one'],
        [1_000, 'two'],
      ],
      (nowMs) => (nowMs < 60_000 ? RUNNING : OVER),
    );
    scene.failures.push(...Array.from({ length: 5 }, () => new TransientError('no control worker')));
    await scene.follow();
    expect(scene.shown).toEqual(['one', 'two']);
    expect(scene.notes).toEqual(['no control worker; waiting for it', 'it goes on']);
    const never = stepScene([[0, 'one']], () => RUNNING);
    never.failures.push(...Array.from({ length: 500 }, () => new TransientError('no control worker')));
    await expect(never.follow()).rejects.toThrow('no control worker');
    expect(never.clock.nowMs).toBeGreaterThan(120_000);
    expect(never.clock.nowMs).toBeLessThan(130_000);
  });

  it('ends with an error that does not pass', async () => {
    const scene = stepScene([[0, 'one']], () => RUNNING);
    scene.failures.push(new RefusedByServiceError('no'));
    await expect(scene.follow()).rejects.toThrow('no');
  });
});

const WISH: ServiceLogWish = {
  kind: 'service',
  app: 'shop',
  environment: 'production',
  part: { kind: 'service', name: 'api' },
  releases: [8, 7],
  tail: 10,
  sinceMs: null,
};

const serviceScene = (
  answers: (question: ServiceLogQuestion, call: number) => Partial<ServiceLogPage> | Error,
) => {
  const clock = new Clock();
  const asked: ServiceLogQuestion[] = [];
  const shown: string[] = [];
  const notes: string[] = [];
  const ports = {
    now: () => clock.nowMs,
    sleep: clock.sleep,
    note: (text: string) => notes.push(text),
    show: ({ lines }: ServiceLogPage) => shown.push(...lines.map(({ line }) => line)),
    page: async (question: ServiceLogQuestion): Promise<ServiceLogPage> => {
      asked.push(question);
      const answer = answers(question, asked.length);
      if (answer instanceof Error) throw answer;
      const cursor = { tasks: {}, done: [], sinceMs: asked.length };
      return {
        kind: 'service',
        lines: [],
        notes: [],
        cursor,
        release: 7,
        more: false,
        running: 1,
        ...answer,
      };
    },
  };
  return { clock, asked, shown, notes, ports };
};

const line = (text: string, atMs = 0) => ({ atMs, task: 't', container: 'c', line: text });

describe('a service', () => {
  it('is followed with the cursor and the release of the page before, until Ctrl+C', async () => {
    const stop = new AbortController();
    const scene = serviceScene((_question, call) => {
      if (call === 4) stop.abort('ctrl+c');
      return { lines: [line(`page ${call}`)] };
    });
    await scene.clock.run(followServiceLog(scene.ports, WISH, stop.signal));
    expect(scene.shown).toEqual(['page 1', 'page 2', 'page 3', 'page 4']);
    expect(scene.asked.map(({ cursor }) => cursor?.sinceMs ?? null)).toEqual([null, 1, 2, 3]);
    expect(scene.asked.map(({ waitMs }) => waitMs)).toEqual([
      0,
      MOST_WAITED_MS,
      MOST_WAITED_MS,
      MOST_WAITED_MS,
    ]);
    expect(scene.asked.map(({ releases }) => releases)).toEqual([[8, 7], [7], [7], [7]]);
  });

  const MIGRATION = { kind: 'migration' } as const;

  it('of a migration ends with its task', async () => {
    const scene = serviceScene((_question, call) => ({
      lines: [line(`page ${call}`)],
      running: call === 2 ? 1 : 0,
      cursor: { tasks: {}, done: call < 3 ? [] : ['t'], sinceMs: 0 },
    }));
    const ports = { ...scene.ports, isOver: async () => false };
    const wish = { ...WISH, part: MIGRATION };
    await scene.clock.run(followServiceLog(ports, wish, new AbortController().signal));
    expect(scene.shown).toEqual(['page 1', 'page 2', 'page 3']);
  });

  it('of a migration that will never begin ends as well', async () => {
    const scene = serviceScene(() => ({ running: 0 }));
    const ports = { ...scene.ports, isOver: async () => scene.asked.length >= 3 };
    const wish = { ...WISH, part: MIGRATION };
    const last = await scene.clock.run(followServiceLog(ports, wish, new AbortController().signal));
    expect(scene.asked).toHaveLength(3);
    expect(last).toMatchObject({ running: 0, cursor: { done: [] } });
  });

  it('that writes more than can be read is not asked for without a breath', async () => {
    const stop = new AbortController();
    const scene = serviceScene((_question, call) => {
      if (call === 60) stop.abort('ctrl+c');
      return { lines: [line('x')], more: true };
    });
    await scene.clock.run(followServiceLog(scene.ports, WISH, stop.signal));
    expect(scene.clock.nowMs).toBeGreaterThanOrEqual(60_000);
  });

  it('cannot be read at first: that is an error at once; later it is waited for', async () => {
    const never = serviceScene(() => new TransientError('no deploy worker'));
    await expect(
      never.clock.run(followServiceLog(never.ports, WISH, new AbortController().signal)),
    ).rejects.toThrow('no deploy worker');
    expect(never.asked).toHaveLength(1);
    const stop = new AbortController();
    const later = serviceScene((_question, call) => {
      if (call === 2) return new TransientError('no deploy worker');
      if (call === 4) stop.abort('ctrl+c');
      return { lines: [line(`page ${call}`)] };
    });
    await later.clock.run(followServiceLog(later.ports, WISH, stop.signal));
    expect(later.shown).toEqual(['page 1', 'page 3', 'page 4']);
    expect(later.asked[2]?.cursor).toEqual(later.asked[1]?.cursor);
  });

  it('is read page by page up to this moment, though it goes on writing', async () => {
    const scene = serviceScene((_question, call) => ({
      lines: [line(`page ${call}`, call < 3 ? -1 : 5)],
      more: true,
    }));
    await scene.clock.run(readServiceLog(scene.ports, WISH, new AbortController().signal));
    expect(scene.shown).toEqual(['page 1', 'page 2', 'page 3']);
  });
});
