/** What the live view writes, as a terminal shows it: after each frame just that frame, and nothing of those before. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { renderFrame } from '../../../src/cli/render/live/frame.ts';
import type { LiveState } from '../../../src/cli/render/live/state.ts';
import type { Screen } from '../../../src/cli/terminal.ts';
import { LiveView } from '../../../src/cli/watching/live-view.ts';
import type { ReleaseStatus } from '../../../src/release/verdict.ts';
import { randomFrom } from '../../random.ts';
import { BUILDING, HELD, ID, MANY, ROLLING_OUT, running, service, stateOf } from '../render/live/states.ts';
import { SUCCEEDED, step } from '../render/reports.ts';
import { FakeScreen } from './fake-screen.ts';

const AT_ONCE = { shortestMs: 0, longestMs: 3_600_000 };

let open: LiveView | undefined;
afterEach(() => open?.close());

const viewOn = (screen: FakeScreen, timing = AT_ONCE): LiveView => {
  open = new LiveView(screen as unknown as Screen, true, { workflowId: ID, link: null }, timing);
  return open;
};

const give = (view: LiveView, { status, pending }: LiveState): void => {
  if (status) view.show(status, pending);
};

/** Without the time that passes while a test draws, and without marks, which xterm keeps in its own order. */
const timeless = (lines: readonly string[]): string[] =>
  lines.map((line) =>
    line
      .normalize('NFD')
      .replaceAll(/\p{M}/gu, '')
      .trimEnd()
      .replaceAll(/ +\d+(s|m \d\ds|h \d\dm)/g, ' <time>'),
  );

const expected = ({ columns, rows }: FakeScreen, state: LiveState): string[] => {
  const lines = timeless(renderFrame(state, { columns, rows, color: false, nowMs: Date.now() }));
  return lines;
};

const STATES = [BUILDING, ROLLING_OUT, HELD] as const;

const chances = (seed: number) => {
  const next = randomFrom(seed);
  const integer = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    integer,
    chance: (share: number): boolean => next() < share,
    pick: <T>(all: readonly [T, ...T[]]): T => all[integer(0, all.length - 1)] ?? all[0],
  };
};

/** Steps come to their ends, services come and go, notices appear: lines are put in and taken out anywhere. */
const anyState = (random: ReturnType<typeof chances>): LiveState => {
  const states = ['succeeded', 'running', 'waiting', 'failed'] as const;
  const steps = Array.from({ length: random.integer(1, 30) }, (_, index) =>
    step('build', `s${index}`, random.pick(states), 0, random.chance(0.5) ? 100 : undefined),
  );
  const status: Partial<ReleaseStatus> = {
    steps,
    services: Array.from({ length: random.integer(0, 12) }, (_, index) => service(`x${index}`, 'updated')),
    warnings: Array.from({ length: random.integer(0, 4) }, (_, index) => `warning ${index}`),
    hold: random.chance(0.3) ? (HELD.status?.hold ?? null) : null,
  };
  return stateOf(running(status));
};

describe('the live view', () => {
  it('shows the frame of each state and nothing of the one before, whatever has changed', async () => {
    const screen = new FakeScreen();
    const view = viewOn(screen);
    const random = chances(1);
    for (let round = 0; round < 300; round += 1) {
      const state = random.chance(0.2) ? random.pick(STATES) : anyState(random);
      give(view, state);
      const shown = await screen.shown();
      expect(timeless(shown.lines)).toEqual(expected(screen, state));
      expect(shown).toMatchObject({
        wrapped: [],
        above: [],
        cursorRow: shown.lines.length,
        cursorColumn: 0,
      });
    }
  });

  it('puts the cursor where it belongs when a block ends with air between two others', async () => {
    const screen = new FakeScreen();
    const view = viewOn(screen);
    const steps = [step('plan', '', 'succeeded', 0, 100)];
    // A line more above, a line less below: as many as before, and one of the empty ones has moved.
    const before = stateOf(running({ steps, services: [], warnings: ['one', 'two'] }));
    const after = stateOf(running({ steps, services: [service('x', 'untouched')], warnings: ['two'] }));
    for (const state of [before, after]) {
      give(view, state);
      const shown = await screen.shown();
      expect(timeless(shown.lines)).toEqual(expected(screen, state));
      expect(shown.cursorRow).toBe(shown.lines.length);
    }
  });

  it('is right again after each change of the size of the window', async () => {
    const screen = new FakeScreen();
    const view = viewOn(screen);
    const random = chances(2);
    for (let round = 0; round < 80; round += 1) {
      const state = random.chance(0.3) ? MANY : anyState(random);
      give(view, state);
      screen.resize(random.integer(20, 120), random.integer(5, 50));
      const shown = await screen.shown();
      const frame = expected(screen, { ...state, link: null, trouble: null });
      // A window that has grown shows again what had left it at the top; below that is the frame, and nothing else.
      expect(timeless(shown.lines).slice(-frame.length)).toEqual(frame);
      const top = shown.lines.length - frame.length;
      expect(shown.wrapped.filter((row) => row > top)).toEqual([]);
    }
  });

  it('leaves nothing above the frame when the window becomes narrower', async () => {
    const screen = new FakeScreen(80, 40);
    await screen.terminal.write('$ slipway watch\r\n');
    const view = viewOn(screen);
    give(view, ROLLING_OUT);
    for (const columns of [60, 41, 40, 33, 80]) {
      screen.resize(columns, 40);
      const { lines } = await screen.shown();
      expect(timeless(lines)).toEqual(['$ slipway watch', ...expected(screen, ROLLING_OUT)]);
    }
  });

  it('draws ten frames a second at most, however much happens', async () => {
    const screen = new FakeScreen();
    const view = viewOn(screen, { shortestMs: 100, longestMs: 500 });
    const startedAt = Date.now();
    for (let round = 0; Date.now() - startedAt < 1_000; round += 1) {
      give(view, stateOf(running({ warnings: [`number ${round}`] })));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(screen.writes.length).toBeGreaterThan(4);
    expect(screen.writes.length).toBeLessThanOrEqual(11);
  });

  it('lets time pass on the screen while nothing happens', async () => {
    const screen = new FakeScreen();
    const steps = [{ ...step('plan', '', 'running', 0), startedAtMs: Date.now() }];
    give(viewOn(screen, { shortestMs: 10, longestMs: 50 }), stateOf(running({ steps })));
    const before = await screen.shown();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const after = await screen.shown();
    expect(after.lines).not.toEqual(before.lines);
    expect(timeless(after.lines)).toEqual(timeless(before.lines));
  });

  it('writes each frame at once, and nothing where nothing has changed', () => {
    const screen = new FakeScreen();
    const view = viewOn(screen);
    const ended = stateOf({ ...running(), endedAtMs: 1, phase: 'ended' });
    for (const _ of [1, 2, 3]) give(view, ended);
    expect(screen.writes).toHaveLength(1);
    const [frame = ''] = screen.writes;
    expect([frame.startsWith('\u001b[?2026h'), frame.endsWith('\u001b[?2026l')]).toEqual([true, true]);
  });

  it('gives a terminal that is slow to read fewer frames', () => {
    const screen = new FakeScreen();
    const view = viewOn(screen);
    screen.writableNeedDrain = true;
    for (const state of STATES) give(view, state);
    expect(screen.writes).toEqual([]);
    screen.writableNeedDrain = false;
    give(view, HELD);
    expect(screen.writes).toHaveLength(1);
  });

  it('leaves the last frame, and takes away what was typed below it', async () => {
    const screen = new FakeScreen();
    const view = viewOn(screen);
    give(view, ROLLING_OUT);
    await screen.terminal.write('^C');
    view.ended(SUCCEEDED);
    view.close();
    view.close();
    const { lines, cursorColumn } = await screen.shown();
    expect(lines[0]).toMatch(/^✓ succeeded {2}shop → production/);
    expect(lines.join('\n')).not.toContain('^C');
    expect(cursorColumn).toBe(0);
    expect(screen.listenerCount('resize')).toBe(0);
  });

  it('says who is away until they are back', async () => {
    const screen = new FakeScreen();
    const view = viewOn(screen);
    view.controlIsAway();
    expect((await screen.shown()).lines.at(-1)).toContain('no control worker answers');
    view.temporalIsAway();
    expect((await screen.shown()).lines.at(-1)).toContain('Temporal does not answer');
    give(view, BUILDING);
    expect((await screen.shown()).lines.join('\n')).not.toContain('does not answer');
  });
});
