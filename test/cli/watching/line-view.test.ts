/** What the append-only view says, and what it does not say twice. */
import { describe, expect, it } from '@jest/globals';
import { LineView } from '../../../src/cli/watching/line-view.ts';
import { fakeTerminal } from '../fake-terminal.ts';
import { step } from '../render/reports.ts';

const ALWAYS = 0;
const NEVER = Number.POSITIVE_INFINITY;
const pending = (heartbeat: unknown, attempt = 1) => [
  { activityId: '7', type: 'waitUntilStable', attempt, worker: 'host', heartbeat },
];
const rollout = (detail: string) => ({ services: { api: { phase: 'starting', detail } } });

function viewOf(heartbeatMs: number) {
  const fake = fakeTerminal();
  return {
    view: new LineView(fake.terminal, 'deploy/shop/production/c0ffee', heartbeatMs),
    lines: () => fake.stderr().split('\n').slice(0, -1),
  };
}

describe('the line view', () => {
  it('says how a rollout stands, once per change', () => {
    const { view, lines } = viewOf(NEVER);
    view.tick(pending(rollout('0 of 2')));
    view.tick(pending(rollout('0 of 2')));
    view.tick(pending(rollout('1 of 2')));
    expect(lines()).toEqual(['    api  starting: 0 of 2', '    api  starting: 1 of 2']);
  });

  it('begins no line with a text that a CI runner takes for a command', () => {
    const { view, lines } = viewOf(NEVER);
    view.tick(pending({ services: { '::error::x': { phase: 'a' } } }));
    expect(lines()).toEqual(['    │ ::error::x  a']);
  });

  it('says a retry once per attempt', () => {
    const { view, lines } = viewOf(NEVER);
    for (const attempt of [1, 2, 2, 3]) view.tick(pending(undefined, attempt));
    expect(lines()).toEqual(['↻ waitUntilStable  attempt 2', '↻ waitUntilStable  attempt 3']);
  });

  it('gives a sign of life when nothing else was said, and only then', () => {
    const status = { steps: [step('plan', '', 'running', 0)], commit: null, warnings: [], operators: [] };
    const quiet = viewOf(NEVER);
    quiet.view.show(status, []);
    quiet.view.tick([]);
    expect(quiet.lines()).toEqual(['▸ plan  started']);
    const silent = viewOf(ALWAYS);
    silent.view.show(status, []);
    silent.view.tick([]);
    expect(silent.lines()).toEqual(['▸ plan  started', expect.stringContaining('still running: plan (')]);
  });

  it('says that a release is held, how to answer, and keeps saying it in signs of life', () => {
    const hold = { kind: 'approval' as const, reason: 'waits for an approval', sinceMs: 1, untilMs: null };
    const status = { steps: [], commit: null, warnings: [], operators: [], hold };
    const { view, lines } = viewOf(ALWAYS);
    view.show(status, []);
    view.show(status, []);
    view.tick([]);
    view.show({ ...status, hold: null }, []);
    expect(lines()).toEqual([
      '? waits for an approval',
      '  yes:  slipway approve deploy/shop/production/c0ffee',
      '  no:   slipway deny deploy/shop/production/c0ffee',
      '… waits for an approval – still waiting',
      '▸ no longer held',
    ]);
  });

  it('says that somebody is away once, and again after they were back', () => {
    const { view, lines } = viewOf(NEVER);
    view.controlIsAway();
    view.controlIsAway();
    view.show({ steps: [], commit: null, warnings: [], operators: [] }, []);
    view.controlIsAway();
    view.temporalIsAway();
    expect(lines()).toEqual([
      expect.stringContaining('no control worker'),
      expect.stringContaining('no control worker'),
      expect.stringContaining('Temporal does not answer'),
    ]);
  });
});
