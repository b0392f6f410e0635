import { describe, expect, it } from '@jest/globals';
import type { ChecksStatus } from '../../../src/release/checks.ts';
import { bytesOf, MOST_BYTES } from '../../../src/release/page/blocks.ts';
import { checksPage } from '../../../src/release/page/checks-page.ts';
import { notifyPage } from '../../../src/release/page/notify-page.ts';
import { proseOf } from './prose.ts';
import { HOSTILE, NOW, SHA } from './scenes.ts';

const step = (name: string, state: 'succeeded' | 'failed' | 'running') =>
  ({ id: `check:${name}`, kind: 'check', name, state }) as const;
const status = (more: Partial<ChecksStatus> = {}): ChecksStatus => ({
  verdict: null,
  app: 'shop',
  commit: { sha: SHA, subject: 'feat: a cart', author: 'ada' },
  pullRequest: 7,
  startedBy: 'github:ada',
  cause: null,
  steps: [step('unit', 'succeeded'), step('lint', 'running')],
  checks: [],
  startedAtMs: NOW,
  endedAtMs: null,
  ...more,
});
const cause = (summary: string) => ({
  kind: 'check-failed',
  step: 'check:lint',
  summary,
  evidence: [summary],
});
const subject = {
  kind: 'checks',
  repository: 'ada/shop',
  label: '',
  app: 'shop',
  environment: '',
  sha: SHA,
} as const;

describe('the page of checks', () => {
  it('says how they stand, of what, and why they failed', () => {
    const running = checksPage(status());
    expect(running).toContain('## ▸ running · checks of `shop`');
    expect(running).toContain('pull request 7');
    expect(running).toMatch(/^✓ done +check:unit/m);
    const failed = checksPage(
      status({ verdict: 'failed', endedAtMs: NOW + 1_000, cause: cause('exit code 1') }),
    );
    expect(failed).toContain('## ✗ failed');
    expect(failed).toContain('`exit code 1` (`check:lint`)');
  });

  it.each(HOSTILE)('makes nothing of hostile text (case %#)', (text) => {
    const page = checksPage(
      status({
        app: text,
        startedBy: text,
        cause: cause(text),
        commit: { sha: SHA, subject: text, author: '' },
      }),
    );
    expect(proseOf(page)).not.toMatch(/[<>[\]*]|https?:/);
  });

  it('is bounded', () => {
    const steps = Array.from({ length: 500 }, (_, n) => step(`c${n}-${'x'.repeat(60)}`, 'failed'));
    const page = checksPage(status({ steps, cause: cause('x'.repeat(100_000)) }));
    expect(bytesOf(page)).toBeLessThanOrEqual(MOST_BYTES);
  });
});

describe('the page of what GitHub is told', () => {
  it.each(HOSTILE)('names it, and makes nothing of hostile text (case %#)', (text) => {
    const one = { context: 'slipway/checks', state: 'pending', description: text } as const;
    const statuses = Array.from({ length: 200 }, () => one);
    const page = notifyPage({ ...subject, runId: `${text}/run` }, { deployment: null, statuses }, [text]);
    expect(page).toContain('## tells GitHub · `ada/shop`');
    expect(page).toMatch(/^pending +slipway\/checks/m);
    expect(proseOf(page)).not.toMatch(/[<>[\]*]|https?:/);
    expect(bytesOf(page)).toBeLessThanOrEqual(MOST_BYTES);
  });
});
