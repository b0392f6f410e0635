/** An environment as people read it. */
import { describe, expect, it } from '@jest/globals';
import { renderEntry, renderEnvironment, renderHistory } from '../../../src/cli/render/environment.ts';
import type { LedgerEntry } from '../../../src/release/environment/ledger.ts';
import type { EnvironmentStatus } from '../../../src/release/environment/status.ts';

const OPTIONS = { color: false, width: 120 };
const NOW = Date.parse('2026-11-24T12:00:00Z');
const MINUTE = 60_000;

const entry = (number: number, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  number,
  releaseId: `deploy/shop/production/${'a'.repeat(40)}/run-${number}`,
  commit: { sha: `${number}`.repeat(40), subject: `Change ${number}` },
  rollbackTo: null,
  startedBy: 'ada',
  overrideFreeze: null,
  startedAtMs: NOW - 20 * MINUTE,
  turnAtMs: NOW - 15 * MINUTE,
  verdict: 'succeeded',
  cause: null,
  images: [{ name: 'api', digest: `sha256:${'d'.repeat(64)}` }],
  services: [
    { name: 'api', taskDefinition: 'arn:aws:ecs:x:1:task-definition/api:8', baseline: 'arn:x/api:7' },
    { name: 'web', taskDefinition: null, baseline: null },
  ],
  repaired: true,
  notes: [],
  endedAtMs: NOW - 10 * MINUTE,
  ...more,
});

const release = (number: number) => ({
  releaseId: `deploy/shop/production/${'b'.repeat(40)}/run-${number}`,
  commit: { sha: `${number}`.repeat(40), subject: `Change ${number}` },
  rollbackTo: null,
  startedBy: 'ada',
  startedAtMs: NOW - MINUTE,
  allowOlder: false,
  overrideFreeze: null,
  number,
});

const quiet: EnvironmentStatus = {
  app: 'shop',
  environment: 'production',
  rules: { policy: 'supersede', freezes: [] },
  turn: null,
  joined: [],
  freeze: null,
  serving: null,
  needsRepair: null,
  rollbackTarget: { kind: 'none', why: 'no release has succeeded here yet' },
  ledger: [],
};

const busy: EnvironmentStatus = {
  ...quiet,
  turn: { ...release(4), phase: 'ready', fence: 9, sinceMs: NOW - MINUTE },
  joined: [
    { ...release(5), phase: 'preparing' },
    { ...release(6), phase: 'ready', rollbackTo: 1, startedBy: null },
    { ...release(7), phase: 'out', told: { kind: 'superseded', why: 'by release 5' } },
  ],
  freeze: { reason: 'black friday', owner: 'ada', sinceMs: NOW, untilMs: NOW + 60 * MINUTE },
  serving: { number: 3, origin: 1, commit: { sha: '1'.repeat(40), subject: 'Change 1' } },
  needsRepair: { releaseId: 'x/y', number: 2, sinceMs: NOW - MINUTE },
  ledger: [
    entry(3, { rollbackTo: 1 }),
    entry(2, { verdict: 'broken-off', cause: { kind: 'b', summary: 'gone' } }),
  ],
};

describe('an environment', () => {
  it.each<[string, EnvironmentStatus]>([
    ['in which nothing has happened', quiet],
    ['in which much happens', busy],
  ])('%s', (_what, status) => {
    expect(renderEnvironment(status, NOW, OPTIONS)).toMatchSnapshot();
  });

  it('is not frozen any more after the end', () => {
    expect(renderEnvironment(busy, NOW + 61 * MINUTE, OPTIONS)).not.toContain('black friday');
  });

  it('is frozen by its configuration too', () => {
    const rules = { ...quiet.rules, freezes: [{ name: 'weekend', fromMs: NOW, untilMs: NOW + MINUTE }] };
    expect(renderEnvironment({ ...quiet, rules }, NOW, OPTIONS)).toContain(
      '‖ frozen until 2026-11-24T12:01Z: weekend',
    );
  });
});

describe('its history', () => {
  const failed = entry(12, {
    verdict: 'rolled-back',
    cause: { kind: 'task-failed', summary: 'api: container api exited with code 1, 2 times' },
  });

  it('has a line for each release', () => {
    expect(renderHistory([failed, entry(3, { rollbackTo: 1 }), entry(2)], OPTIONS)).toMatchSnapshot();
  });

  it('fits the terminal where it can', () => {
    const lines = renderHistory([failed, entry(2)], { color: false, width: 100 })
      .trimEnd()
      .split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('says so where there is none', () => {
    expect(renderHistory([], OPTIONS)).toBe('nothing was released yet\n');
  });

  it('shows one release whole', () => {
    const told = [{ action: 'approve', who: 'grace', reason: 'looks good', atMs: NOW }];
    expect(renderEntry({ ...failed, notes: told, overrideFreeze: 'urgent' }, OPTIONS)).toMatchSnapshot();
    expect(renderEntry(entry(5, { turnAtMs: null, verdict: 'superseded' }), OPTIONS)).toContain(
      'it never had the turn: it has changed nothing',
    );
  });

  it('says who has verified what one has brought', () => {
    const text = renderEntry(entry(6, { promotedFrom: { environment: 'staging', number: 12 } }), OPTIONS);
    expect(text).toContain('\nImages\n  verified by release 12 of staging\n');
  });

  it('lets nothing of a commit or of people through', () => {
    const evil = '\u001b[31m::error::x\n::set-env::y';
    const text = renderEntry(
      entry(1, {
        commit: { sha: 'c'.repeat(40), subject: evil },
        startedBy: evil,
        cause: { kind: evil, summary: evil },
        overrideFreeze: evil,
      }),
      OPTIONS,
    );
    expect(text).not.toContain('\u001b');
    expect(text).not.toMatch(/^\s*::/m);
  });
});
