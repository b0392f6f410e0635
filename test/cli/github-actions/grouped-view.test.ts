/** A release in the log of a job: which line stands in which group. */
import { describe, expect, it } from '@jest/globals';
import { GroupedView } from '../../../src/cli/github-actions/grouped-view.ts';
import { phaseOf } from '../../../src/cli/github-actions/phases.ts';
import type { StepStatus } from '../../../src/release/verdict.ts';
import { fakeTerminal } from '../fake-terminal.ts';
import { step } from '../render/reports.ts';

const NEVER = Number.POSITIVE_INFINITY;
const statusOf = (...steps: readonly StepStatus[]) => ({ steps, commit: null, warnings: [], operators: [] });

function viewOf(heartbeatMs = NEVER) {
  const fake = fakeTerminal();
  return {
    view: new GroupedView(fake.terminal, 'deploy/shop/production/c0ffee', heartbeatMs),
    lines: () => fake.stderr().split('\n').slice(0, -1),
  };
}

const planned = step('plan', '', 'succeeded', 0, 800);

describe('the grouped view', () => {
  it('tells what ended a phase in its own group, also where the next one has begun by then', () => {
    const { view, lines } = viewOf();
    view.show(statusOf(step('plan', '', 'running', 0)), []);
    view.show(statusOf(planned, step('check', 'unit', 'running', 800), step('push', 'api', 'waiting')), []);
    view.show(
      statusOf(
        planned,
        step('check', 'unit', 'succeeded', 800, 2_000),
        step('push', 'api', 'running', 2_000),
      ),
      [],
    );
    view.close();
    expect(lines()).toEqual([
      '::group::Plan',
      '▸ plan  started',
      '✓ plan  0.8s',
      '::endgroup::',
      '✓ Plan  0.8s',
      '::group::Test and build',
      '▸ check:unit  started',
      '✓ check:unit  1.2s',
      '::endgroup::',
      '✓ Test and build  1.2s',
      '::group::Push',
      '▸ push:api  started',
      '::endgroup::',
      '▸ Push: push:api still running',
    ]);
  });

  it('opens no group twice, and none for what is waited for or skipped', () => {
    const { view, lines } = viewOf();
    view.show(statusOf(planned, step('update', '1', 'running', 900), step('promote', '', 'skipped')), []);
    view.show(
      statusOf(planned, step('update', '1', 'failed', 900, 950), step('check', 'late', 'cancelled', 1, 2)),
      [],
    );
    view.close();
    view.close();
    expect(lines().filter((line) => line.startsWith('::group'))).toEqual([
      '::group::Plan',
      '::group::Deploy',
    ]);
    expect(lines().filter((line) => line === '::endgroup::')).toHaveLength(2);
    expect(lines().at(-1)).toBe('✗ Deploy: update:1 failed');
  });

  it('gives a sign of life inside of the open group', () => {
    const { view, lines } = viewOf(0);
    view.show(statusOf(step('plan', '', 'running', 0)), []);
    view.tick([]);
    expect(lines().at(-1)).toContain('still running: plan');
  });

  it('begins no line of others as a command', () => {
    const { view, lines } = viewOf();
    view.show({ ...statusOf(step('check', '::error::x', 'failed', 0, 1)), warnings: ['::add-mask::x'] }, []);
    view.close();
    expect(lines().filter((line) => /^\s*::(?!group::Test|endgroup)/.test(line))).toEqual([]);
    expect(lines().at(-1)).toBe('✗ Test and build: check:::error::x failed');
  });

  it('takes a step of a newer control for a part of what goes on', () => {
    expect(phaseOf({ ...planned, kind: 'teleport' as 'plan' })).toBe('Deploy');
  });
});
