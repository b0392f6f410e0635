/** A verdict in one line: never more than what the steps and the services say. */
import { describe, expect, it } from '@jest/globals';
import { renderReport } from '../../../src/cli/render/report.ts';
import { meaningOf } from '../../../src/cli/render/verdict-text.ts';
import type { ReleaseReport, ServiceReport, StepStatus } from '../../../src/release/verdict.ts';
import { ROLLED_BACK, step } from './reports.ts';

const WHOLE = 'every service that was touched is back where it was, verified';
const service = (name: string, state: ServiceReport['state']): ServiceReport => ({
  name,
  service: name,
  state,
  baseline: null,
  taskDefinition: null,
});
const migrated = (state: StepStatus['state']) => step('migrate', '', state);
const repaired = (name: string, state: StepStatus['state']) => step('repair', name, state);
const causeOf = (kind: string) => ({ kind, step: 'x', summary: 'x', evidence: [] });

type Case = [string, Partial<ReleaseReport>, string];

describe('the meaning of a verdict', () => {
  it.each<Case>([
    ['all were restored', { services: [service('api', 'restored'), service('web', 'untouched')] }, WHOLE],
    [
      'one is somebody else’s now',
      { services: [service('web', 'restored'), service('api', 'left-alone')] },
      'every service of ours is back where it was, verified; left alone: api (somebody else changed it)',
    ],
    [
      'several are',
      { services: [service('web', 'restored'), service('api', 'left-alone'), service('b', 'left-alone')] },
      'every service of ours is back where it was, verified; left alone: api, b (somebody else changed them)',
    ],
    [
      'none was left to restore',
      { services: [service('api', 'left-alone')] },
      'no service is ours to roll back any more; left alone: api (somebody else changed it)',
    ],
    ['a migration stays', { steps: [migrated('succeeded')] }, `${WHOLE}; a migration was run`],
  ])('rolled back, where %s', (_what, more, expected) => {
    const report = {
      verdict: 'rolled-back',
      services: [],
      steps: [],
      warnings: [],
      cause: null,
      broughtBy: null,
      ...more,
    } as const;
    expect(meaningOf(report)).toBe(expected);
  });

  it.each<[string, Readonly<Record<string, 'passed' | 'not-asked'>>, string]>([
    ['all were asked', { api: 'passed', web: 'passed' }, 'every service runs this commit and is healthy'],
    [
      'some could not be asked',
      { api: 'passed', web: 'not-asked' },
      'every service runs this commit and is stable, and healthy where it was asked (not asked: web)',
    ],
    [
      'none could be asked',
      { web: 'not-asked' },
      'every service runs this commit and is stable; no health check was asked',
    ],
  ])('succeeded, where %s', (_what, asked, expected) => {
    const services = Object.entries(asked).map(([name, health]) => ({ ...service(name, 'updated'), health }));
    const report = {
      verdict: 'succeeded',
      services,
      steps: [],
      warnings: [],
      cause: null,
      broughtBy: null,
    } as const;
    expect(meaningOf(report)).toBe(expected);
  });

  it.each<[string, ServiceReport[], string]>([
    [
      'one is scaled to zero',
      [
        { ...service('api', 'updated'), health: 'passed' },
        { ...service('c', 'updated'), health: 'not-asked', empty: true },
      ],
      'every service runs this commit and is healthy; scaled to zero: c',
    ],
    [
      'all are',
      [{ ...service('c', 'updated'), health: 'not-asked', empty: true }],
      'this commit is in place, but nothing of it runs; scaled to zero: c',
    ],
  ])('succeeded, where %s', (_what, services, expected) => {
    const report = {
      verdict: 'succeeded',
      services,
      steps: [],
      warnings: [],
      cause: null,
      broughtBy: null,
    } as const;
    expect(meaningOf(report)).toBe(expected);
  });

  it('succeeded, where it was there before', () => {
    const services = [{ ...service('api', 'untouched'), health: 'passed' as const }];
    const report = {
      verdict: 'succeeded',
      services,
      steps: [],
      warnings: [],
      cause: null,
      broughtBy: 7,
    } as const;
    expect(meaningOf(report)).toBe(
      'nothing was changed: release 7 had brought it already; every service runs this commit and is healthy',
    );
  });

  it('rolled back, where one is scaled to zero', () => {
    const services = [{ ...service('c', 'restored'), empty: true as const }];
    const report = {
      verdict: 'rolled-back',
      services,
      steps: [],
      warnings: [],
      cause: null,
      broughtBy: null,
    } as const;
    expect(meaningOf(report)).toBe(`${WHOLE}; scaled to zero: c`);
  });

  const EARLIER = 'services of an earlier release were put right first';
  it.each<[string, readonly StepStatus[], string | null, string | null]>([
    ['nothing was begun', [step('plan', '', 'failed')], null, null],
    ['a migration was to come', [migrated('waiting'), migrated('skipped')], null, null],
    ['a migration succeeded', [migrated('succeeded')], null, 'a migration was run'],
    ['a migration failed', [migrated('failed')], 'migration-failed', 'a migration was run'],
    ['a migration could not be started', [migrated('failed')], 'migration-not-started', null],
    ['a migration was stopped', [migrated('cancelled')], 'operator-abort', 'a migration may have been run'],
    ['nothing was found to repair', [repaired('', 'succeeded')], null, null],
    ['a migration of an earlier one was waited for', [repaired('1.migration', 'succeeded')], null, null],
    [
      'an earlier release was repaired',
      [repaired('', 'succeeded'), repaired('1.1', 'succeeded')],
      null,
      EARLIER,
    ],
    [
      'an earlier release could not be repaired',
      [repaired('1.1', 'succeeded'), repaired('1.2', 'failed')],
      null,
      'services of an earlier release were not all put right',
    ],
    ['both', [repaired('1', 'succeeded'), migrated('succeeded')], null, `a migration was run; ${EARLIER}`],
  ])('failed and aborted, where %s', (_what, steps, kind, also) => {
    const report = {
      services: [],
      steps,
      warnings: [],
      broughtBy: null,
      cause: kind === null ? null : causeOf(kind),
    };
    expect(meaningOf({ ...report, verdict: 'failed' })).toBe(
      also === null ? 'nothing was changed in ECS' : `no service was updated; ${also}`,
    );
    expect(meaningOf({ ...report, verdict: 'aborted' })).toBe(
      also === null ? 'ended before anything was changed' : `ended before any service was updated; ${also}`,
    );
  });

  it('knows of a migration that was stopped what the release knows: that it has run', () => {
    const warnings = ['the migration was run, and is not undone: migrate'];
    const steps = [migrated('cancelled')];
    expect(
      meaningOf({ verdict: 'aborted', services: [], steps, warnings, cause: null, broughtBy: null }),
    ).toBe('ended before any service was updated; a migration was run');
  });

  it('stands below the verdict', () => {
    const report = { ...ROLLED_BACK, services: [service('api', 'left-alone')] };
    expect(renderReport(report, { color: false, width: 80 }).split('\n')[1]).toBe(`  ${meaningOf(report)}`);
  });
});
