/** An environment as people read it. */
import { describe, expect, it } from '@jest/globals';
import {
  type HolderStanding,
  renderEntry,
  renderEnvironment,
  renderHistory,
  type SeenEnvironment,
} from '../../../src/cli/render/environment.ts';
import type { ServiceStanding } from '../../../src/release/environment/drift.ts';
import type { LedgerEntry } from '../../../src/release/environment/ledger.ts';
import type { EnvironmentStatus } from '../../../src/release/environment/status.ts';
import { workflowIdOf } from '../../../src/release/names.ts';

const OPTIONS = { color: false, width: 120 };
const SHOP = { app: 'shop', environment: 'production' };
const NOW = Date.parse('2026-11-24T12:00:00Z');
const MINUTE = 60_000;

const entry = (number: number, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  number,
  releaseId: `deploy/shop/production/${'a'.repeat(40)}/run-${number}`,
  commit: { sha: `${number}`.repeat(40), subject: `Change ${number}` },
  rollbackTo: null,
  startedBy: 'ada',
  overrideFreeze: null,
  broughtBy: null,
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
  approvedBy: null,
  pauses: [],
  stages: [],
  supersededBy: null,
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
    { ...release(7), phase: 'out', told: { kind: 'superseded', why: 'by release 5', by: 5 } },
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
    expect(renderEnvironment(status, null, NOW, OPTIONS)).toMatchSnapshot();
  });

  it('says what the release that has the turn waits for, and what answers it', () => {
    const hold = { kind: 'paused', reason: 'paused by ada\u001b[2J', sinceMs: NOW, untilMs: null } as const;
    const { turn } = busy;
    const of = (standing: Partial<HolderStanding>): string =>
      renderEnvironment({ ...busy, ...standing }, null, NOW, OPTIONS);
    const id = turn?.releaseId.slice(0, turn.releaseId.lastIndexOf('/'));
    expect(of({ hold, stuck: null })).toContain(`‖ paused by ada\n    go on:   slipway resume ${id}\n`);
    expect(of({ hold: null, stuck: 'api: refused' })).toContain('‼ rollback stuck: api: refused\n');
    expect(of({ hold: null, stuck: null })).toBe(of({}));
  });

  it('says of one that has not got the turn yet that it is held, and what answers it', () => {
    const hold = { kind: 'approval', reason: 'waits for an approval', sinceMs: NOW, untilMs: null } as const;
    const of = (status: SeenEnvironment): string => renderEnvironment(status, null, NOW, OPTIONS);
    const shown = of({
      ...busy,
      joined: busy.joined.map((each) => (each.number === 5 ? { ...each, hold } : each)),
    });
    const id = workflowIdOf(release(5).releaseId);
    expect(shown).toMatch(/ release 5 .* is held before its turn\n {2}\? waits for an approval/);
    expect(shown).toContain(`slipway approve ${id}\n`);
    expect(shown).not.toContain('tests and builds');
    expect(of({ ...busy, joined: busy.joined.map((each) => ({ ...each, hold: null })) })).toBe(of(busy));
  });

  const standing = (name: string, more: Partial<ServiceStanding>): ServiceStanding => ({
    name,
    service: name,
    taskDefinition: `arn:x/${name}:7`,
    state: 'as-recorded',
    live: `arn:x/${name}:7`,
    now: `2 tasks of ${name}:7 serve`,
    empty: false,
    differences: [],
    ...more,
  });

  it('whose services somebody else has changed', () => {
    const services = [
      standing('api', {}),
      standing('web', {
        state: 'changed',
        now: '2 tasks of web:9 serve',
        differences: [
          'cpu 256 → 512',
          'container web: variable DEBUG is new',
          `container web: image 1.dkr.ecr.eu-central-1.amazonaws.com/web@sha256:${'a'.repeat(64)} → 1.dkr.ecr.eu-central-1.amazonaws.com/web@sha256:${'b'.repeat(64)}`,
        ],
      }),
      standing('runner', { state: 'gone', live: null, now: 'the service is gone' }),
      standing('runnerd', { state: 'unsettled', now: 'no task runs' }),
    ];
    const text = (status: EnvironmentStatus): string =>
      renderEnvironment(status, { kind: 'known', services }, NOW, OPTIONS);
    expect(text(quiet)).toMatchSnapshot();
    // Whoever has the turn changes them, and is nobody else.
    expect(text(busy)).toContain('release 4 has the turn: it may be changing them');
  });

  it('whose services nobody could look at', () => {
    const survey = { kind: 'unknown', why: 'no deploy worker has looked within 15 s' } as const;
    expect(renderEnvironment(quiet, survey, NOW, OPTIONS)).toContain(
      'ECS could not be asked: no deploy worker has looked within 15 s',
    );
  });

  it('is not frozen any more after the end', () => {
    expect(renderEnvironment(busy, null, NOW + 61 * MINUTE, OPTIONS)).not.toContain('black friday');
  });

  it('is frozen by its configuration too', () => {
    const rules = { ...quiet.rules, freezes: [{ name: 'weekend', fromMs: NOW, untilMs: NOW + MINUTE }] };
    expect(renderEnvironment({ ...quiet, rules }, null, NOW, OPTIONS)).toContain(
      '‖ frozen until 2026-11-24T12:01Z: weekend',
    );
  });
});

describe('an environment whose holder stands still', () => {
  const { turn } = busy;
  it.each([
    [
      'activity' as const,
      '‼ needs attention: release 4 has the turn, and no worker polls slipway-deploy-eu since 2026-11-24 11:58:00 UTC',
    ],
    [
      'failing' as const,
      '‼ needs attention: release 4 has the turn, and workers of slipway-deploy-eu fail at it since 2026-11-24 11:58:00 UTC',
    ],
  ])('says so (%s)', (kind, text) => {
    if (!turn) throw new Error('nobody has the turn');
    const unattended = { queue: 'slipway-deploy-eu', kind, sinceMs: NOW - 2 * MINUTE };
    const told = renderEnvironment({ ...busy, turn: { ...turn, unattended } }, null, NOW, OPTIONS);
    expect(told.split('\n')).toContain(text);
    expect(renderEnvironment(busy, null, NOW, OPTIONS)).not.toContain('needs attention');
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

  it('tells where a release found its commit in place', () => {
    const found = entry(5, { turnAtMs: null, broughtBy: 2 });
    expect(renderHistory([found], OPTIONS)).toContain('in place since release 2');
    expect(renderEntry(found, SHOP, OPTIONS)).toContain(
      'release 2 had brought the same: it has changed nothing, and looked whether it is healthy',
    );
  });

  it('shows one release whole', () => {
    const told = [{ action: 'approve', who: 'grace', reason: 'looks good', atMs: NOW }];
    expect(
      renderEntry({ ...failed, notes: told, overrideFreeze: 'urgent' }, SHOP, OPTIONS),
    ).toMatchSnapshot();
    expect(renderEntry(entry(5, { turnAtMs: null, verdict: 'superseded' }), SHOP, OPTIONS)).toContain(
      'it never had the turn: it has changed nothing',
    );
  });

  it('shows who let a release go on, who held it up, and where its time went', () => {
    const text = renderEntry(
      entry(8, {
        approvedBy: 'grace',
        pauses: [
          { who: 'ada', reason: 'lunch', fromMs: NOW - 14 * MINUTE, untilMs: NOW - 12 * MINUTE },
          { who: 'eve', reason: '', fromMs: NOW - 11 * MINUTE, untilMs: NOW - 10 * MINUTE },
        ],
        stages: [
          { kind: 'plan', durationMs: 1_400 },
          { kind: 'register', durationMs: 200 },
          { kind: 'stable', durationMs: 3 * MINUTE },
        ],
      }),
      SHOP,
      OPTIONS,
    );
    expect(text).toMatchSnapshot();
  });

  it('says who, also where the subject is long', () => {
    const long = entry(2, {
      commit: { sha: '2'.repeat(40), subject: 'x'.repeat(300) },
      startedBy: 'github:ada',
    });
    const [line = ''] = renderHistory([long], { color: false, width: 100 }).split('\n');
    expect(line).toMatch(/“x+…” {2}by github:ada$/);
    expect(line.length).toBeLessThanOrEqual(100);
    expect(renderHistory([entry(2, { startedBy: null })], OPTIONS)).not.toContain(' by ');
  });

  it('of a release that was rolled back names what serves again once', () => {
    const services = [{ name: 'api', taskDefinition: 'arn:x/api:7', baseline: 'arn:x/api:7' }];
    expect(renderEntry({ ...failed, services }, SHOP, OPTIONS)).toContain('Services\n  api  api:7\n');
  });

  it('says which release has taken the place of one', () => {
    const superseded = entry(5, { turnAtMs: null, verdict: 'superseded', supersededBy: 6 });
    expect(renderEntry(superseded, SHOP, OPTIONS).split('\n')[0]).toBe(
      '⊘ superseded  release 5, by release 6',
    );
  });

  it('says who has verified what one has brought', () => {
    const text = renderEntry(
      entry(6, { promotedFrom: { environment: 'staging', number: 12 } }),
      SHOP,
      OPTIONS,
    );
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
        approvedBy: evil,
        pauses: [{ who: evil, reason: evil, fromMs: 0, untilMs: 1 }],
      }),
      SHOP,
      OPTIONS,
    );
    expect(text).not.toContain('\u001b');
    expect(text).not.toMatch(/^\s*::/m);
  });
});
