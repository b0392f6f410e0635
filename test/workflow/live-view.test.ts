/**
 * `slipway watch` as people have it: built, in a real pseudo-terminal, on a release that runs on a real Temporal server
 * behind fake pools. Each frame is interpreted and looked at.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { StepProgress } from '../../src/activities/heartbeat.ts';
import type { StabilityProgress } from '../../src/activities/wait-until-stable.ts';
import {
  operate,
  type ReleaseClient,
  type StartedRelease,
  startRelease,
  waitForRelease,
} from '../../src/client/index.ts';
import { TransientError } from '../../src/errors.ts';
import { ensureBuilt, slipway, TOP } from '../e2e/built-cli.ts';
import { FakePools, planFor } from '../fakes/activities.ts';
import { frozenProxy } from '../pty/frozen-proxy.ts';
import { PtyRun } from '../pty/pty-run.ts';
import type { Snapshot } from '../pty/screen.ts';
import { withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

const ESC = '\u001b';
const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';
const SUBJECT = `feat: ${ESC}[2J${ESC}]0;pwned\u0007 fünf 日本語 👩‍👩‍👧‍👦 🇩🇪👍🏽❤️ and so on, so that it does not fit into a line`;

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
let folder: string;
let run: PtyRun | undefined;
let counter = 0;

beforeAll(async () => {
  await ensureBuilt();
});
serverForAll((server) => {
  ({ env, client } = server);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-live-'));
});
afterEach(async () => {
  await run?.end();
  run = undefined;
  await rm(folder, { recursive: true });
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Tells what is given, one after the other, as the real activities do. */
const tell = async (beats: readonly (StepProgress | Partial<StabilityProgress>)[], everyMs = 150) => {
  const context = Context.current();
  for (const beat of beats) {
    context.heartbeat(beat);
    await Promise.race([pause(everyMs), context.cancelled]);
  }
};

const tasks = (running: number, old: number) => ({
  new: { running, desired: 3, pending: 3 - running },
  old: { running: old, desired: old },
});

/** A release that says all that a release can say, for some seconds. */
const talkative = (): FakePools => {
  const spec = (request: Parameters<typeof planFor>[0]) => {
    const plan = planFor(request);
    return { ...plan, commit: { ...plan.commit, subject: SUBJECT }, warnings: ['no circuit breaker'] };
  };
  return new FakePools()
    .on('readSource', async (request) => ({
      spec: spec(request),
      ancestors: [],
      rules: { policy: 'supersede' as const, freezes: [] },
    }))
    .on('inspect', async (input) => spec({ environment: input.spec.environment, sha: input.spec.commit.sha }))
    .on('buildImage', async ({ image }, call, good) => {
      const step = `build:${image.name}`;
      await tell(
        Array.from({ length: 8 }, (_, done) => ({
          phase: 'building',
          lastLine: '',
          step,
          measured: {
            done,
            total: 8,
            unit: 'steps' as const,
            current: `[${done + 1}/8] RUN make ${ESC}[31m🚀`,
          },
        })),
      );
      if (call === 1) throw new TransientError('the Docker engine went away');
      return good();
    })
    .on('waitUntilStable', async ({ rollouts }, _call, good) => {
      await tell(
        [0, 1, 2, 3].map((running) => ({
          services: Object.fromEntries(
            rollouts.map(({ name }) => [
              name,
              {
                phase: running < 3 ? 'starting' : 'draining',
                detail: `${running}/3 new running, ${3 - running} old left`,
                tasks: tasks(running, 3 - running),
                targets: { healthy: running, total: 3 },
              },
            ]),
          ),
        })),
        400,
      );
      return good();
    });
};

const start = (more: object = {}): Promise<StartedRelease> => {
  counter += 1;
  return startRelease(client, {
    app: 'shop',
    environment: `live-${counter}`,
    sha: String(counter).padStart(40, 'c'),
    startedBy: 'ada',
    ...more,
  });
};

interface WatchSettings {
  readonly columns?: number;
  readonly rows?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A shell's own words before and after, to see what is left of them. */
  readonly shell?: string;
}

const watch = (
  { workflowId }: StartedRelease,
  { columns = 80, rows = 24, args = [], env: more = {}, shell }: WatchSettings = {},
): PtyRun => {
  const command = [process.execPath, join(TOP, 'bin/slipway.js'), 'watch', workflowId, ...args];
  run = new PtyRun(shell === undefined ? command : ['sh', '-c', shell, 'sh', ...command], {
    columns,
    rows,
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      TERM: 'xterm-256color',
      TEMPORAL_ADDRESS: env.address,
      ...more,
    },
  });
  return run;
};

const headers = (lines: readonly string[]): number =>
  lines.filter((line) => /^(▸ running|‖ held|↩ rolling back|✓ succeeded|… asking) /.test(line)).length;

/** Nothing wraps, nothing is left of frames before, and the cursor does not blink through it. */
const expectSound = (frame: Snapshot): void => {
  const picture = `\n${frame.lines.join('\n')}\n`;
  expect({ picture, wrapped: frame.wrapped }).toEqual({ picture, wrapped: [] });
  expect({ picture, headers: headers(frame.lines) }).toEqual({ picture, headers: 1 });
  expect({ picture, above: headers(frame.above) }).toEqual({ picture, above: 0 });
  // The cursor waits right below the last line: whatever stood lower is gone.
  expect({ picture, cursor: frame.cursorRow }).toEqual({ picture, cursor: frame.lines.length });
  expect(frame.cursorColumn).toBe(0);
};

/** A release that stays in its first rollout until it is told to go on. */
const held = () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const pools = new FakePools().on('waitUntilStable', async ({ rollouts }, _call, good) => {
    if (rollouts.some(({ name }) => name !== 'worker')) return good();
    const context = Context.current();
    let running = 0;
    const timer = setInterval(() => {
      running = (running + 1) % 4;
      const services = Object.fromEntries(
        rollouts.map(({ name }) => [
          name,
          { phase: 'starting', detail: '', tasks: tasks(running, 3 - running) },
        ]),
      );
      context.heartbeat({ services });
    }, 100);
    await Promise.race([gate, context.cancelled]).finally(() => clearInterval(timer));
    return good();
  });
  return { pools, release };
};

const isRollingOut = ({ lines }: Snapshot): boolean =>
  lines.some((line) => line.startsWith('▸ stable:1')) && lines.some((line) => line.includes('starting'));
/** Codes of the terminal, without the escape that begins them. */
const codesIn = (raw: string): string[] =>
  raw.split(ESC).flatMap((part, index) => (index === 0 ? [] : (/^\[[\d;?]*[A-Za-z]/.exec(part) ?? [])));

describe('slipway watch in a terminal of 80×24', () => {
  it('shows a release from its first step to its verdict, frame by frame', async () => {
    await withPools(env, talkative(), async () => {
      const release = await start();
      const watching = watch(release, { shell: 'echo before; "$@"; code=$?; echo after; exit $code' });
      expect(await watching.exited).toBe(0);
      const { frames, raw } = watching;
      expect(frames.length).toBeGreaterThan(10);
      for (const frame of frames.slice(0, -1)) expectSound(frame);
      const seen = frames.map(({ lines }) => lines.join('\n')).join('\n');
      expect(seen).toMatch(/▸ build:\w+ +running +\d+s {2}a\w+64 {2}attempt 2 .*█+░+ \d\/8 steps/);
      expect(seen).toMatch(/│ after the Docker engine went away: building: \[\d\/8\] RUN make 🚀/);
      expect(seen).toMatch(/worker {3}\d\/\d {2}[0-3]\/3, \d pending {2}\d\/3 healthy {2}starting/);
      // Whatever a commit says moves nothing and names no window.
      expect(raw).not.toContain('pwned\u0007');
      expect(raw).not.toContain(`${ESC}[2J`);
      // The last one stays: it has all steps, and may be higher than the terminal.
      const last = frames.at(-1);
      expect([...(last?.above ?? []), ...(last?.lines ?? [])].slice(2, 3)).toEqual([
        expect.stringMatching(/^✓ succeeded {2}shop → live-\d+ {2}\d+s {2}release 1/),
      ]);
      // The last frame stays, then comes the rest of the report, then the shell, with its cursor.
      const { lines, above, cursorHidden } = watching.screen.snapshot();
      const all = [...above, ...lines];
      expect(all[0]).toBe('before');
      expect(all.at(-1)).toBe('after');
      for (const once of ['✓ succeeded', '✓ promote', 'Services', 'Images'])
        expect({ once, lines: all.filter((line) => line.startsWith(once)).length }).toEqual({
          once,
          lines: 1,
        });
      expect(all).not.toContain('Steps');
      expect(all.some((line) => line.startsWith('▸'))).toBe(false);
      expect(cursorHidden).toBe(false);
    });
  });

  it('draws ten frames a second at most', async () => {
    const { pools, release } = held();
    await withPools(env, pools, async () => {
      const watching = watch(await start());
      await watching.until(isRollingOut);
      const before = watching.frames.length;
      await pause(2_000);
      const drawn = watching.frames.length - before;
      expect(drawn).toBeGreaterThanOrEqual(2);
      expect(drawn).toBeLessThanOrEqual(20);
      release();
      expect(await watching.exited).toBe(0);
    });
  });

  it('follows the window in mid-run: narrower, lower, back again', async () => {
    const { pools, release } = held();
    await withPools(env, pools, async () => {
      const watching = watch(await start(), { columns: 100, rows: 40 });
      await watching.until(isRollingOut);
      for (const [columns, rows] of [
        [60, 40],
        [35, 40],
        [80, 24],
        [80, 10],
        [120, 30],
      ] as const) {
        watching.resize(columns, rows);
        await pause(1_300);
        const frame = await watching.until(isRollingOut);
        expect({ columns: frame.columns, rows: frame.rows }).toEqual({ columns, rows });
        const top = frame.lines.findLastIndex((line) => headers([line]) === 1);
        const below = frame.lines.slice(top);
        const picture = `\n${frame.lines.join('\n')}\n`;
        expect({ picture, height: below.length <= rows - 1 }).toEqual({ picture, height: true });
        expect(frame.wrapped.filter((row) => row > top)).toEqual([]);
        expect({ picture, cursor: frame.cursorRow }).toEqual({ picture, cursor: frame.lines.length });
        expect({ picture, stable: below.filter((line) => line.startsWith('▸ stable:1')).length }).toEqual({
          picture,
          stable: 1,
        });
      }
      watching.resize(60, 60);
      await pause(1_300);
      release();
      expect(await watching.exited).toBe(0);
      const { lines, wrapped, cursorHidden } = watching.screen.snapshot();
      // What is said at the end is for the window as it is by then.
      expect(
        wrapped.filter((row) => row > lines.findIndex((line) => line.startsWith('✓ succeeded'))),
      ).toEqual([]);
      expect(lines).toContain('Images');
      expect(cursorHidden).toBe(false);
    });
  });

  it('lets go at Ctrl+C: the last frame stays, how to come back stands below it, the release goes on', async () => {
    const { pools, release } = held();
    await withPools(env, pools, async () => {
      const started = await start();
      const watching = watch(started);
      await watching.until(isRollingOut);
      watching.type(CTRL_C);
      expect(await watching.exited).toBe(130);
      const { lines: shown, above, cursorHidden } = watching.screen.snapshot();
      const lines = [...above, ...shown];
      const at = lines.indexOf('Detached: the release goes on.');
      expect(at).toBeGreaterThan(0);
      expect(lines.join('\n')).not.toContain('^C');
      expect(lines.slice(at + 1, at + 3)).toEqual([
        '  come back:',
        `    slipway watch ${started.workflowId}`,
      ]);
      expect(headers(lines)).toBe(1);
      expect(cursorHidden).toBe(false);
      release();
      expect((await waitForRelease(client, started)).verdict).toBe('succeeded');
    });
  });

  it('stands still at Ctrl+Z with the cursor back, and goes on below what the shell says', async () => {
    const { pools, release } = held();
    await withPools(env, pools, async () => {
      const watching = watch(await start(), {
        rows: 40,
        shell: `exec bash --norc -i -c 'set -m; "$@"; tput cnorm; tput civis; echo away; sleep 1; fg; echo "code $?"; tput cnorm' bash "$@"`,
      });
      await watching.until(isRollingOut);
      watching.type(CTRL_Z);
      const { lines } = await watching.until(({ lines: shown }) => shown.includes('away'));
      expect(headers(lines)).toBe(1);
      expect(
        codesIn(watching.raw)
          .filter((code) => code.startsWith('[?25'))
          .slice(-3),
      ).toEqual(['[?25h', '[?25h', '[?25l']);
      const again = await watching.until(({ lines: shown, above }) => headers([...above, ...shown]) === 2);
      expect(headers(again.lines.slice(again.lines.indexOf('away')))).toBe(1);
      expect(again.cursorRow).toBe(again.lines.length);
      release();
      expect(await watching.exited).toBe(0);
      const { lines: end, above } = watching.screen.snapshot();
      expect([...above, ...end]).toContain('code 0');
    });
  });

  it('lets go at the first Ctrl+C also where Temporal does not answer', async () => {
    const { pools, release } = held();
    const proxy = await frozenProxy(env.address);
    await withPools(env, pools, async () => {
      const watching = watch(await start(), { env: { TEMPORAL_ADDRESS: proxy.address } });
      await watching.until(isRollingOut);
      proxy.freeze();
      await pause(700);
      const startedAt = Date.now();
      watching.type(CTRL_C);
      expect(await watching.exited).toBe(130);
      expect(Date.now() - startedAt).toBeLessThan(1_500);
      const { lines, above, cursorHidden } = watching.screen.snapshot();
      expect([...above, ...lines]).toContain('Detached: the release goes on.');
      expect(cursorHidden).toBe(false);
      release();
    }).finally(() => proxy.close());
  });

  it('ends at once at a second Ctrl+C, also where Temporal does not answer, with the cursor back', async () => {
    const { pools, release } = held();
    // Temporal as it is behind a network that has gone: connections stand, nothing comes back.
    const proxy = await frozenProxy(env.address);
    await withPools(env, pools, async () => {
      const watching = watch(await start(), { env: { TEMPORAL_ADDRESS: proxy.address } });
      await watching.until(isRollingOut);
      proxy.freeze();
      await pause(700);
      watching.type(CTRL_C);
      await pause(300);
      const startedAt = Date.now();
      watching.type(CTRL_C);
      expect(await watching.exited).toBe(130);
      expect(Date.now() - startedAt).toBeLessThan(1_500);
      expect(
        codesIn(watching.raw)
          .filter((code) => code.startsWith('[?25'))
          .at(-1),
      ).toBe('[?25h');
      release();
    }).finally(() => proxy.close());
  });

  it.each([
    ['SIGTERM', 130, 'lets go'],
    // As when the window is closed: nobody is there to be told.
    ['SIGHUP', 129, 'ends'],
  ] as const)('gives the cursor back at %s, and leaves with %i', async (signal, code, what) => {
    const { pools, release } = held();
    await withPools(env, pools, async () => {
      const watching = watch(await start(), { shell: '"$@" & echo $! > pid; wait $!; exit $?' });
      await watching.until(isRollingOut);
      process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')), signal);
      expect(await watching.exited).toBe(code);
      const { lines, above, cursorHidden } = watching.screen.snapshot();
      expect([...above, ...lines].includes('Detached: the release goes on.')).toBe(what === 'lets go');
      expect(cursorHidden).toBe(false);
      release();
    });
  });

  it('says how to answer a release that is held', async () => {
    const { pools, release } = held();
    await withPools(env, pools, async () => {
      const started = await start();
      const watching = watch(started);
      await watching.until(isRollingOut);
      await operate(client, started, 'pause', { id: 'p', who: 'ada', reason: 'lunch' });
      release();
      const { lines } = await watching.until(({ lines: shown }) =>
        shown.some((line) => line.startsWith('‖ paused by ada')),
      );
      expect(lines).toContain(`    slipway resume ${started.workflowId}`);
      await operate(client, started, 'resume', { id: 'r', who: 'ada' });
      expect(await watching.exited).toBe(0);
    });
  });

  it('stops watching after the time that was given, with the cursor back', async () => {
    const { pools, release } = held();
    await withPools(env, pools, async () => {
      const watching = watch(await start(), { args: ['--timeout', '2'] });
      expect(await watching.exited).toBe(124);
      expect(watching.screen.snapshot().cursorHidden).toBe(false);
      release();
    });
  });
});

describe('slipway watch elsewhere than in such a terminal', () => {
  it.each<[string, WatchSettings]>([
    ['with CI', { env: { CI: 'true' } }],
    ['with TERM=dumb', { env: { TERM: 'dumb' } }],
    ['with --no-live', { args: ['--no-live'] }],
    ['in a terminal of no size', { columns: 0, rows: 0 }],
    ['of which the progress goes to a pipe', { shell: '"$@" 2>&1 | cat' }],
  ])('%s prints lines, and moves no cursor', async (_what, settings) => {
    await withPools(env, new FakePools(), async () => {
      const watching = watch(await start(), {
        ...settings,
        ...(settings.columns === 0 ? {} : { columns: 120 }),
      });
      await watching.exited;
      expect(watching.frames).toEqual([]);
      expect(watching.raw).toContain('✓ promote');
      expect(codesIn(watching.raw).filter((code) => !code.endsWith('m'))).toEqual([]);
    });
  });

  it.each<[string, WatchSettings, boolean]>([
    ['NO_COLOR', { env: { NO_COLOR: '1' } }, false],
    ['--no-color', { args: ['--no-color'], env: { FORCE_COLOR: '1' } }, false],
    ['nothing said', {}, true],
  ])('has colours as people want them: %s', async (_what, settings, hasColors) => {
    await withPools(env, new FakePools(), async () => {
      const watching = watch(await start(), settings);
      expect(await watching.exited).toBe(0);
      expect(watching.frames.length).toBeGreaterThan(0);
      expect(codesIn(watching.raw).some((code) => code.endsWith('m'))).toBe(hasColors);
    });
  });
});

describe('slipway watch --output ndjson', () => {
  const eventsOf = (stdout: string): Record<string, unknown>[] =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const listen = async ({ workflowId }: StartedRelease) => {
    const run = await slipway(['watch', workflowId, '--output', 'ndjson'], {
      cwd: folder,
      env: { TEMPORAL_ADDRESS: env.address },
    });
    return { ...run, events: eventsOf(run.stdout) };
  };

  it('says the same events that last to those who come later; the last line is the report', async () => {
    await withPools(env, talkative(), async () => {
      const release = await start();
      const early = await listen(release);
      const late = await listen(release);
      expect([early.exitCode, late.exitCode]).toEqual([0, 0]);
      expect(early.stderr).toContain('✓ promote');
      for (const { events } of [early, late]) {
        expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
        expect(events.at(-1)).toMatchObject({ type: 'report', report: { verdict: 'succeeded' } });
      }
      const steps = ({ events }: typeof early) =>
        events.filter(({ type }) => type === 'step').map(({ seq: _seq, ...event }) => event);
      expect(steps(late)).toEqual(steps(early));
      expect(steps(early).length).toBeGreaterThan(20);
      const types = new Set(early.events.map(({ type }) => type));
      for (const type of ['release', 'step', 'service', 'rollout', 'progress', 'retry', 'warning']) {
        expect(types).toContain(type);
      }
      if (process.env.SLIPWAY_EVENTS) await writeFile(process.env.SLIPWAY_EVENTS, early.stdout);
    });
  });

  it('in a terminal prints nothing but events and lines: no frame tears them apart', async () => {
    await withPools(env, new FakePools(), async () => {
      const watching = watch(await start(), { args: ['--output', 'ndjson'] });
      expect(await watching.exited).toBe(0);
      expect(watching.frames).toEqual([]);
    });
  });

  it('says how to come back when it lets go', async () => {
    const { pools, release } = held();
    await withPools(env, pools, async () => {
      const started = await start();
      const watching = watch(started, { shell: '"$@" --output ndjson > events' });
      await watching.until(isRollingOut);
      watching.type(CTRL_C);
      await watching.exited;
      const events = eventsOf(await readFile(join(folder, 'events'), 'utf8'));
      expect(events.at(-1)).toMatchObject({
        type: 'detached',
        reason: 'interrupt',
        commands: expect.arrayContaining([
          { what: 'come back', command: `slipway watch ${started.workflowId}` },
        ]),
      });
      release();
    });
  });
});
