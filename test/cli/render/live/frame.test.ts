import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import stringWidth from 'string-width';
import { renderFrame } from '../../../../src/cli/render/live/frame.ts';
import { endedStatus, type LiveState } from '../../../../src/cli/render/live/state.ts';
import { SUCCEEDED, step } from '../reports.ts';
import {
  activity,
  BUILDING,
  EVIL,
  HELD,
  ID,
  MANY,
  NOW,
  ROLLING_OUT,
  rollout,
  running,
  service,
  stateOf,
  tasks,
} from './states.ts';

const draw = (state: LiveState, columns = 80, rows = 24, color = false): readonly string[] =>
  renderFrame(state, { columns, rows, color, nowMs: NOW });
const picture = (state: LiveState, columns = 80, rows = 24): string =>
  `\n${draw(state, columns, rows)
    .map((line) => line.trimEnd())
    .join('\n')}\n`;

const STATES = {
  'that is not known yet': stateOf(null, { trouble: 'Temporal does not answer' }),
  'that builds': BUILDING,
  'that rolls out': ROLLING_OUT,
  'that is held': HELD,
  'of forty steps and a hundred services, all of it hostile': MANY,
  'that has ended': stateOf(endedStatus(SUCCEEDED)),
} as const satisfies Record<string, LiveState>;

/** `ESC [ 31 m`, and nothing else. */
const stripColors = (line: string): string =>
  line
    .split('\u001b')
    .map((part, index) => (index === 0 ? part : part.replace(/^\[\d+m/, '')))
    .join('');

const SIZES = [
  [80, 24],
  [200, 60],
  [60, 15],
  [40, 10],
  [33, 7],
  [20, 5],
  [7, 4],
  [1, 1],
] as const;

describe.each(Object.entries(STATES))('the frame of a release %s', (_what, state) => {
  it.each(SIZES)('is narrower and lower than a terminal of %d×%d', (columns, rows) => {
    for (const color of [false, true]) {
      const lines = draw(state, columns, rows, color);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
      for (const line of lines) {
        const columnsTaken = stringWidth(line);
        expect({ line, fits: columnsTaken <= Math.max(1, columns - 1) }).toEqual({ line, fits: true });
      }
    }
  });

  it('holds no control character but the colours that we put there', () => {
    for (const line of draw(state, 120, 200, true)) {
      expect(stripColors(line)).not.toMatch(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
    }
    for (const line of draw(state, 120, 200, false)) expect(line).not.toMatch(/\p{Cc}/u);
  });

  it('says the same without colour', () => {
    expect(draw(state, 80, 24, true).map(stripVTControlCharacters)).toEqual(draw(state, 80, 24, false));
  });
});

describe('the frame', () => {
  it('has its columns in one place while counts and foldings change', () => {
    const column = (state: LiveState, rows: number, find: RegExp): number[] =>
      draw(state, 80, rows).flatMap((line) => find.exec(line)?.index ?? []);
    const counted = (fresh: number) => ({
      ...ROLLING_OUT,
      pending: [rollout({ api: { phase: 'starting', detail: '', tasks: tasks(fresh, 2), targets: null } })],
    });
    const states = [0, 1, 2].flatMap((fresh) => column(counted(fresh), 24, /state$/));
    expect(new Set(states).size).toBe(1);
    const steps = [
      step('check', 'of-a-very-long-name', 'succeeded', 0, 1),
      ...['a', 'b', 'c', 'd', 'e'].map((name) => step('check', name, 'succeeded', 0, 1)),
      step('build', 'x', 'running', 2),
    ];
    const whole = column(stateOf(running({ steps })), 24, /running +\d/);
    expect(column(stateOf(running({ steps })), 9, /running +\d/)).toEqual(whole);
    expect(draw(stateOf(running({ steps })), 80, 9).join('\n')).toContain('done  check:of-a-very-long-name');
  });

  it('has the numbers of a bar also where there is little room', () => {
    expect(draw(BUILDING, 55).join('\n')).toMatch(/build:api .*██?░+ 3\/7/);
  });

  it('of a release that builds has a bar for each build, its attempt and its worker', () => {
    expect(picture(BUILDING, 100)).toMatchInlineSnapshot(`
"
▸ running  shop → production  1m 30s  release 1
  c0ffeec0ffee  “feat: a cart”  by ada

✓ plan        done          0.8s  2 images, 2 services
✓ check:unit  done          8.5s
▸ build:api   running     1m 29s  arm64  █████░░░░░░░ 3/7 steps  4711@build-host
    │ building: 12.3 MB of 40.0 MB: [4/7] RUN make
▸ build:web   running     1m 29s  amd64  attempt 2  █████████░░░ 6/8 steps  4711@build-host
    │ after image web: the Docker engine went away: building: [7/8] RUN make
· push:api    waiting             arm64
· push:web    waiting             amd64
· turn        waiting
· promote     waiting
"
`);
  });

  it('of a release that rolls out has a table of its services', () => {
    expect(picture(ROLLING_OUT)).toMatchInlineSnapshot(`
"
▸ running  shop → production  1m 30s  release 1
  c0ffeec0ffee  “feat: a cart”  by ada
  if it fails, back to api:6, web:6

✓ plan       done          0.8s
✓ build:api  done         12.3s  arm64
✓ update:1   done          0.2s  api, web
▸ stable:1   running     1m 15s  4711@build-host
· health:1   waiting
· promote    waiting

  service  old  new               health       state
  api      2/2  1/2, 1 pending,…  1/3 healthy  starting  container app exited …
  web      -    2/2               2/2 healthy  stable

! web has no deployment circuit breaker
"
`);
  });

  it('of a release that is held has the commands that answer', () => {
    expect(picture(HELD)).toMatchInlineSnapshot(`
"
‖ held  shop → production  1m 30s  release 1
  c0ffeec0ffee  “feat: a cart”  by ada
  if it fails, back to api on shop-api:6

✓ plan      done          0.8s
· update:1  waiting

  service  state
  api      updated

⚑ ada: pause (lunch) – it stops before the next change

‖ paused by ada: lunch (goes on by itself at 2026-09-21 14:23:20 UTC)
  go on:   slipway resume deploy/shop/production/c0ffee
  end it:  slipway abort deploy/shop/production/c0ffee
"
`);
  });

  it('of a narrow terminal keeps name, new tasks and state', () => {
    expect(picture(ROLLING_OUT, 40, 20)).toMatchInlineSnapshot(`
"
▸ running  shop → production  1m 30s
  c0ffeec0ffee  “feat: a ca…”  by ada
  if it fails, back to api:6, web:6

✓ plan       done          0.8s
✓ build:api  done         12.3s  arm64
✓ update:1   done          0.2s  api, …
▸ stable:1   running     1m 15s  4711@…
· health:1   waiting
· promote    waiting

  service  new               state
  api      1/2, 1 pending,…  starting
  web      2/2               stable

! web has no deployment circuit breaker
"
`);
  });

  it('of a low terminal folds what is done and what is to come, and keeps what runs', () => {
    expect(picture(BUILDING, 80, 9)).toMatchInlineSnapshot(`
"
▸ running  shop → production  1m 30s  release 1
  c0ffeec0ffee  “feat: a cart”  by ada

✓ plan        done          0.8s  2 images, 2 services
✓ check:unit  done          8.5s
▸ build:api   running     1m 29s  arm64  █████░░░░░░░ 3/7 steps  4711@build-ho…
▸ build:web   running     1m 29s  amd64  attempt 2  █████████░░░ 6/8 steps  47…
· 4 to come  push:api, push:web, turn, promote
"
`);
  });

  it('names each command whole, also where it does not fit into a line', () => {
    const lines = draw(HELD, 50, 24).map((line) => line.trim());
    expect(lines.join(' ')).toContain(`slipway resume ${ID}`);
    expect(lines.join(' ')).toContain(`slipway abort ${ID}`);
  });

  it('keeps a hold and its commands where nearly nothing has room', () => {
    const lines = draw(
      { ...MANY, status: { ...running(), ...HELD.status, steps: MANY.status?.steps ?? [] } },
      80,
      6,
    );
    expect(lines).toContain(`  go on:   slipway resume ${ID}`);
    expect(lines).toContain(`  end it:  slipway abort ${ID}`);
  });

  it('counts the services that have no room, those that need an eye stand first', () => {
    const phase = (index: number): string => (index === 77 ? 'failed' : index < 60 ? 'stable' : 'starting');
    const names = Array.from({ length: 100 }, (_, index) => `s${index}`);
    const state = stateOf(
      running({
        steps: [step('stable', '1', 'running', 0)],
        services: names.map((name) => service(name, 'not-restored')),
      }),
      {
        pending: [
          rollout(
            Object.fromEntries(
              names.map((name, index) => [name, { phase: phase(index), detail: '', tasks: tasks(1, 1) }]),
            ),
          ),
        ],
      },
    );
    const lines = draw(state, 80, 14);
    const head = lines.findIndex((line) => line.includes('service'));
    expect(lines[head + 1]).toMatch(/^ {2}s77 .* failed/);
    expect(lines.join('\n')).toMatch(/… 9\d more: \d+ starting, 60 stable/);
  });

  it('shows the address of the UI whole or not at all', () => {
    const link = `http://127.0.0.1:8233/namespaces/default/workflows/${'x'.repeat(60)}`;
    expect(draw({ ...BUILDING, link }, 200).join('\n')).toContain(link);
    expect(draw({ ...BUILDING, link }, 80).join('\n')).not.toContain('http');
  });

  it('says what a release goes back to, as many as there is room for', () => {
    expect(draw(ROLLING_OUT).join('\n')).toContain('if it fails, back to api:6, web:6');
    const services = Array.from({ length: 100 }, (_, index) => service(`service-${index}`, 'not-restored'));
    const lines = draw(stateOf(running({ services })), 80, 60);
    expect(lines.join('\n')).toMatch(/back to service-0:6, service-1:6, .* and \d+ more/);
    const again = running({ rollbackTo: 7, commit: null, services: [] });
    expect(draw(stateOf(again))[1]).toBe('  back to release 7  by ada');
  });

  it('never says that a service is not restored while that is not decided', () => {
    const services = [service('api', 'not-restored')];
    expect(picture(stateOf(running({ services })))).toMatch(/api {3,}updated/);
    expect(picture(stateOf(running({ services, phase: 'restoring' })))).toMatch(/api {3,}to-restore/);
    expect(picture(stateOf(running({ services, phase: 'ended', verdict: 'rollback-failed' })))).toMatch(
      /api {3,}not-restored/,
    );
  });

  it('says why a rollback has begun', () => {
    const cause = { kind: 'task-failed', step: 'stable:1', summary: 'api: exit code 1', evidence: [] };
    const lines = draw(stateOf(running({ phase: 'restoring', cause })));
    expect(lines[0]).toMatch(/^↩ rolling back {2}shop → production/);
    expect(lines).toContain('✗ stable:1: api: exit code 1');
  });

  it('says which queue has nobody, of what belongs to no step as well', () => {
    const steps = [step('build', 'api', 'running', 0), step('build', 'web', 'running', 0)];
    const waiting = activity('buildImage', undefined, {
      worker: '',
      taskQueue: 'slipway-build-arm64',
      isPolled: false,
    });
    expect(draw(stateOf(running({ steps }), { pending: [waiting] })).join('\n')).toContain(
      'buildImage: nobody asks queue slipway-build-arm64 for work',
    );
  });

  it('takes heartbeats of any shape', () => {
    const odd = [
      null,
      7,
      'x',
      [],
      { services: [] },
      { services: { a: null, b: 7, c: {} } },
      { step: 7, phase: [], measured: [] },
    ];
    const measured = [
      { done: -1, total: 2 },
      { done: 3, total: 2 },
      { done: 1, total: 0 },
      { done: Number.NaN, total: 1 },
      { done: 1, total: 2, bytes: 7 },
    ];
    const pending = [...odd, ...measured.map((each) => ({ step: 'build:api', phase: 'x', measured: each }))];
    const steps = [step('build', 'api', 'running', 0), step('stable', '1', 'running', 0)];
    for (const heartbeat of pending) {
      expect(
        draw(stateOf(running({ steps }), { pending: [activity('buildImage', heartbeat)] })).length,
      ).toBeGreaterThan(2);
    }
  });

  it('shows hostile text for what it is worth', () => {
    const commit = { sha: 'c'.repeat(40), subject: EVIL, author: 'x' };
    expect(draw(stateOf(running({ commit })))[1]).toMatch(/“::error::x👩👩👧👦🇩🇪👍🏽.*” {2}by ada$/);
  });
});
