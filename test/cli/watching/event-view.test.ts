import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { EventView, EventWriter } from '../../../src/cli/watching/event-view.ts';
import type { ReleaseStatus } from '../../../src/release/verdict.ts';
import { activity, BUILDING, EVIL, HELD, ID, ROLLING_OUT, running, service } from '../render/live/states.ts';
import { START, SUCCEEDED, step } from '../render/reports.ts';

const NEVER = Number.POSITIVE_INFINITY;
const RELEASE = { workflowId: ID, runId: 'run-1' };

function viewOf(aliveEveryMs = NEVER) {
  const lines: string[] = [];
  const view = new EventView(new EventWriter((line) => lines.push(line)), RELEASE, aliveEveryMs);
  const events = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line));
  return { view, lines, events, of: (type: string) => events().filter((event) => event.type === type) };
}

/** What lasts of a release, without the number of the line. */
const lasting = (events: readonly Record<string, unknown>[]) =>
  events.filter(({ id }) => id !== undefined).map(({ seq: _seq, ...event }) => event);

const FIRST = running({ steps: [step('plan', '', 'running', 0)], services: [] });
const SECOND = running({
  steps: [
    step('plan', '', 'succeeded', 0, 800, { detail: '2 images' }),
    step('check', 'unit', 'succeeded', 900, 1_000),
    step('turn', '', 'running', 1_100, undefined, { detail: 'waits for release 4' }),
    step('bake', '', 'skipped'),
  ],
  warnings: ['no breaker'],
  services: [service('api', 'not-restored')],
});

describe('events of a release', () => {
  it('are numbered from 1 without gaps, and have a time and a type', () => {
    const { view, events } = viewOf();
    view.show(FIRST, []);
    view.show(SECOND, []);
    view.ended(SUCCEEDED);
    expect(events().map(({ seq }) => seq)).toEqual(events().map((_, index) => index + 1));
    for (const { at, type } of events()) {
      expect(new Date(String(at)).toISOString()).toBe(at);
      expect(type).toEqual(expect.any(String));
    }
    expect(events()[0]).toMatchObject({
      type: 'release',
      workflowId: ID,
      runId: 'run-1',
      app: 'shop',
      number: 1,
    });
  });

  it('say the begin and the end of each step, also of those that nobody saw running, in order of time', () => {
    const { view, of } = viewOf();
    view.show(FIRST, []);
    view.show(SECOND, []);
    view.show(SECOND, []);
    expect(of('step').map(({ id }) => id)).toEqual([
      `step/plan/running/${START}`,
      `step/plan/succeeded/${START + 800}`,
      `step/check:unit/running/${START + 900}`,
      `step/check:unit/succeeded/${START + 1_000}`,
      `step/turn/running/${START + 1_100}`,
      'step/bake/skipped',
    ]);
    expect(of('step')[1]).toMatchObject({ at: new Date(START + 800).toISOString(), detail: '2 images' });
    expect(of('detail')).toEqual([expect.objectContaining({ step: 'turn', detail: 'waits for release 4' })]);
  });

  it('that last are the same for those who come later', () => {
    const early = viewOf();
    early.view.show(FIRST, []);
    early.view.show(SECOND, []);
    early.view.ended(SUCCEEDED);
    const late = viewOf();
    late.view.show(SECOND, []);
    late.view.ended(SUCCEEDED);
    // What has no time of its own has that of the look.
    const comparable = (events: ReturnType<typeof lasting>) =>
      events
        .map(({ at, ...event }) =>
          /^(step\/.*\/\d|operator|report)/.test(String(event.id)) ? { at, ...event } : event,
        )
        .sort((one, other) => String(one.id).localeCompare(String(other.id)));
    expect(comparable(lasting(late.events()))).toEqual(comparable(lasting(early.events())));
  });

  it('say again a step that is tried again', () => {
    const { view, of } = viewOf();
    for (const from of [0, 5_000]) {
      view.show(running({ steps: [step('restore', '1', 'running', from)] }), []);
      view.show(running({ steps: [step('restore', '1', 'failed', from, from + 100)] }), []);
    }
    expect(of('step').map(({ state }) => state)).toEqual(['running', 'failed', 'running', 'failed']);
  });

  it('say how far things are when that has changed, and of which step', () => {
    const { view, of } = viewOf();
    const status = BUILDING.status ?? running();
    view.show(status, BUILDING.pending);
    view.tick(BUILDING.pending);
    expect(of('progress')).toEqual([
      expect.objectContaining({
        step: 'build:api',
        activity: 'buildImage',
        phase: 'building',
        progress: {
          done: 3,
          total: 7,
          unit: 'steps',
          current: '[4/7] RUN make',
          bytes: { done: 12_300_000, total: 40_000_000 },
        },
      }),
      expect.objectContaining({ step: 'build:web', attempt: 2 }),
    ]);
    expect(of('retry')).toEqual([
      expect.objectContaining({
        step: 'build:web',
        attempt: 2,
        failure: 'image web: the Docker engine went away',
      }),
    ]);
  });

  it('say how each service rolls out, and never that one is not restored while that is not decided', () => {
    const { view, of, lines } = viewOf();
    view.show(ROLLING_OUT.status ?? running(), ROLLING_OUT.pending);
    expect(of('rollout')[0]).toMatchObject({
      service: 'api',
      phase: 'starting',
      tasks: { old: { running: 2 }, new: { running: 1, desired: 2, pending: 1, failed: 1 } },
      targets: { healthy: 1, total: 3 },
    });
    expect(of('service')[0]).toMatchObject({ service: 'api', ecsService: 'shop-api', state: 'updated' });
    expect(lines.join('')).not.toContain('not-restored');
  });

  it('say a hold with the commands that answer, and its end', () => {
    const { view, of } = viewOf();
    const status = HELD.status ?? running();
    view.show(status, []);
    view.show(status, []);
    view.show({ ...status, hold: null }, []);
    expect(of('hold').map(({ hold }) => hold)).toEqual([
      {
        kind: 'paused',
        reason: 'paused by ada: lunch',
        since: new Date(START).toISOString(),
        until: new Date(START + 600_000).toISOString(),
        commands: [
          { what: 'go on', command: `slipway resume ${ID}` },
          { what: 'end it', command: `slipway abort ${ID}` },
        ],
      },
      null,
    ]);
    expect(of('operator')).toHaveLength(1);
  });

  it('say who is away once, until they are back', () => {
    const { view, of } = viewOf();
    view.controlIsAway();
    view.controlIsAway();
    view.temporalIsAway();
    view.show(FIRST, []);
    view.temporalIsAway();
    expect(of('trouble').map(({ who }) => who)).toEqual(['control', 'temporal', 'temporal']);
  });

  it('give a sign of life when nothing else was said', () => {
    const { view, of } = viewOf(0);
    view.show(FIRST, []);
    view.tick([]);
    expect(of('alive')).toEqual([expect.objectContaining({ running: ['plan'] })]);
  });

  it('end with the whole report', () => {
    const { view, events } = viewOf();
    view.ended(SUCCEEDED);
    expect(events().at(-1)).toMatchObject({ type: 'report', id: 'report', report: SUCCEEDED });
  });

  it('are in the documentation, each type with its fields', async () => {
    const table = new Map(
      (await readFile('docs/watching.md', 'utf8'))
        .split('\n')
        .filter((line) => /^\| `\w+` \|/.test(line))
        .map((line) => [/`(\w+)`/.exec(line)?.[1], line]),
    );
    const { view, events } = viewOf(0);
    view.controlIsAway();
    for (const { status, pending } of [BUILDING, ROLLING_OUT, HELD]) view.show(status ?? running(), pending);
    view.show(SECOND, []);
    view.tick([]);
    view.ended(SUCCEEDED);
    expect(new Set(events().map(({ type }) => type)).size).toBeGreaterThanOrEqual(12);
    for (const { seq: _seq, at: _at, id: _id, type, ...fields } of events()) {
      for (const field of Object.keys(fields)) expect(table.get(String(type))).toContain(`\`${field}\``);
    }
  });

  it('are one line each and hold nothing that a terminal or a CI runner obeys', () => {
    const { view, lines } = viewOf();
    const hostile: ReleaseStatus = running({
      commit: { sha: 'c', subject: `${EVIL}\n::error::x ##[error]y`, author: EVIL },
      warnings: [EVIL],
    });
    view.show(hostile, [activity('runCheck', { phase: EVIL }, { attempt: 2, lastFailure: EVIL })]);
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      expect(line).toMatch(/^\{"seq":\d+,.*\}$/);
      expect(line).not.toMatch(/[\p{Cc}\u200b-\u200f\u202a-\u202e]/u);
      expect(line).not.toContain('##[');
    }
    expect(JSON.parse(lines[0] ?? '').commit).toEqual(hostile.commit);
  });
});
