/** Whatever there is to say, at any width of a terminal: no line is longer than it is wide. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { columnsOf } from '../../../src/cli/render/columns.ts';
import { renderDoctor } from '../../../src/cli/render/doctor.ts';
import { renderEntry, renderEnvironment, renderHistory } from '../../../src/cli/render/environment.ts';
import { renderOverview } from '../../../src/cli/render/logs.ts';
import { renderPreview } from '../../../src/cli/render/plan.ts';
import { renderReport, renderRest } from '../../../src/cli/render/report.ts';
import { renderStatus } from '../../../src/cli/render/status.ts';
import type { RenderOptions } from '../../../src/cli/render/style.ts';
import type { LedgerEntry } from '../../../src/release/environment/ledger.ts';
import { joinPreview } from '../../../src/release/preview/join-preview.ts';
import type { ReleaseReport } from '../../../src/release/verdict.ts';
import { factsOf } from '../../release/preview/facts.ts';
import { EVIL, MANY, NOW } from './live/states.ts';
import { ROLLBACK_FAILED, ROLLED_BACK, SUCCEEDED, said } from './reports.ts';

const SHA = 'c0ffee0123'.repeat(4);
const ID = `deploy/shop/production/${SHA}`;
const LONG = `registry.example/${'x'.repeat(90)}@sha256:${'ab'.repeat(32)} was not found, ${EVIL}`;

const HOSTILE: ReleaseReport = {
  ...ROLLBACK_FAILED,
  commit: { sha: SHA, subject: EVIL.repeat(4), author: EVIL },
  cause: { kind: 'task-failed', step: 'stable:1', summary: LONG, evidence: [LONG, `  ${LONG}`, EVIL] },
  warnings: [LONG],
  operators: [said({ reason: LONG })],
  steps: ROLLBACK_FAILED.steps.map((each) => ({ ...each, detail: LONG })),
};

const entry = (more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  number: 12,
  releaseId: `${ID}/run-12`,
  commit: { sha: SHA, subject: EVIL.repeat(3) },
  rollbackTo: null,
  startedBy: EVIL,
  overrideFreeze: null,
  broughtBy: null,
  startedAtMs: NOW,
  turnAtMs: NOW,
  verdict: 'rolled-back',
  cause: { kind: 'task-failed', summary: LONG },
  images: [{ name: 'api', digest: `sha256:${'d'.repeat(64)}` }],
  services: [{ name: 'api', taskDefinition: 'arn:x/api:8', baseline: 'arn:x/api:7' }],
  repaired: true,
  notes: [],
  approvedBy: null,
  pauses: [{ who: 'ada', reason: LONG, fromMs: NOW, untilMs: NOW + 60_000 }],
  stages: [],
  supersededBy: null,
  endedAtMs: NOW + 600_000,
  ...more,
});

const release = { ...entry(), allowOlder: false };
const environment = {
  app: 'shop',
  environment: 'production',
  rules: { policy: 'supersede', freezes: [] },
  turn: { ...release, fence: 1, sinceMs: NOW, unattended: null },
  joined: [{ ...release, phase: 'preparing' }],
  freeze: null,
  serving: { number: 3, origin: 3, commit: { sha: SHA, subject: EVIL } },
  needsRepair: { number: 2, releaseId: `${ID}/run-2`, sinceMs: NOW },
  ledger: [entry(), entry({ verdict: 'succeeded', cause: null })],
} as unknown as Parameters<typeof renderEnvironment>[0];

const TEXTS: Readonly<Record<string, (options: RenderOptions) => string>> = {
  'the report of a success': (options) => renderReport(SUCCEEDED, options, ID),
  'the report of a rollback': (options) => renderReport(ROLLED_BACK, options, ID),
  'the report of what went wrong in all ways': (options) => renderReport(HOSTILE, options, ID),
  'what follows the last frame': (options) => renderRest(HOSTILE, options, ID),
  'the status of a release': (options) =>
    MANY.status ? renderStatus(MANY.status, ID, 'running', options, MANY.pending) : '',
  'an environment': (options) => renderEnvironment(environment, null, NOW, options),
  'its history': (options) => renderHistory([entry(), entry({ rollbackTo: 3 })], options),
  'one of its releases': (options) =>
    renderEntry(entry(), { app: 'shop', environment: 'production' }, options),
  'a plan': (options) => renderPreview(joinPreview(factsOf({})), {}, options),
  'the findings of doctor': (options) =>
    renderDoctor(
      'all',
      [{ id: 'aws.changes', what: 'changes of services', state: 'broken', says: LONG, fix: LONG }],
      options,
    ),
  'the list of logs': (options) =>
    renderOverview(
      {
        app: 'shop',
        environment: 'production',
        workflowId: ID,
        steps: HOSTILE.steps.map((step) => ({ step, bytes: 1_234 })),
        services: [{ name: 'api', service: 'shop-production-api-of-a-long-name' }],
      },
      { end: null, example: `slipway logs ${ID} check:unit` },
      options,
    ),
};

describe.each(Object.entries(TEXTS))('%s', (_what, render) => {
  it.each([120, 80, 60, 40, 20])('fits %d columns, with colours and without', (width) => {
    const plain = render({ color: false, width, wrap: true });
    for (const line of plain.split('\n')) {
      expect({ line, fits: columnsOf(line) <= width }).toEqual({ line, fits: true });
    }
    const colored = stripVTControlCharacters(render({ color: true, width, wrap: true }));
    expect(colored).toBe(plain);
  });

  it('has the same words in a pipe, where nothing is broken', () => {
    const words = (text: string): string => text.replaceAll(/[\s\\│…]/g, '').replaceAll(/“.*?”/g, '');
    const wide = render({ color: false, width: 160 });
    const options = { color: false, width: 160, wrap: true };
    expect(words(render(options))).toBe(words(wide));
  });
});

it('a report in eighty columns', () => {
  const text = renderReport(
    { ...ROLLED_BACK, commit: { sha: SHA, subject: 'feat: a cart', author: 'Ada' } },
    {
      color: false,
      width: 80,
      wrap: true,
    },
    ID,
  );
  expect(text).toMatchSnapshot();
});

it('a report and a history in forty columns', () => {
  const narrow = { color: false, width: 40, wrap: true };
  const commit = { sha: SHA, subject: 'feat: a cart', author: 'Ada' };
  const past = entry({
    commit,
    startedBy: 'ada',
    cause: { kind: 'x', summary: 'api: exit code 1' },
  });
  expect(
    `${renderReport({ ...ROLLBACK_FAILED, commit }, narrow, ID)}\n${renderHistory([past], narrow)}`,
  ).toMatchSnapshot();
});
