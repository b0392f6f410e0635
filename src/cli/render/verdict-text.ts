/**
 * What a verdict means, in one line: no more than what the steps and the services of this release say.
 */
import type { ReleaseReport, ServiceReport, StepStatus, Verdict } from '../../release/verdict.ts';
import { oneLine } from './sanitize.ts';

interface Headline {
  readonly text: string;
  readonly color: 'green' | 'red' | 'yellow';
}

export const HEADLINE: Readonly<Record<Verdict, Headline>> = {
  succeeded: { text: '✓ succeeded', color: 'green' },
  failed: { text: '✗ failed', color: 'red' },
  'rolled-back': { text: '↩ rolled back', color: 'yellow' },
  'rollback-failed': { text: '‼ rollback failed', color: 'red' },
  superseded: { text: '⊘ superseded', color: 'yellow' },
  aborted: { text: '⊘ aborted', color: 'yellow' },
  refused: { text: '✗ refused', color: 'red' },
};

type Facts = Pick<ReleaseReport, 'verdict' | 'broughtBy' | 'steps' | 'services' | 'cause' | 'warnings'>;

export function meaningOf(report: Facts): string {
  switch (report.verdict) {
    case 'succeeded':
      return [...before(report), ...succeeded(report.services), ...scaledToZero(report)].join('; ');
    case 'failed':
      return changed(report, 'nothing was changed in ECS', 'no service was updated');
    case 'rolled-back':
      return [rolledBack(report.services), ...scaledToZero(report), ...alsoDone(report)].join('; ');
    case 'rollback-failed':
      return 'not every service could be restored: a person is needed';
    case 'superseded':
      return ['a newer commit took its place', ...alsoDone(report)].join('; ');
    case 'aborted':
      return changed(report, 'ended before anything was changed', 'ended before any service was updated');
    case 'refused':
      return ['the release was not allowed to begin', ...alsoDone(report)].join('; ');
  }
}

/** It was there before: nothing was deployed. */
const before = ({ broughtBy }: Facts): string[] =>
  broughtBy === null ? [] : [`nothing was changed: release ${broughtBy} had brought it already`];

/** Without a check of its own, a service is as healthy as ECS knows: stable. */
function succeeded(all: readonly ServiceReport[]): string[] {
  const services = all.filter(({ empty }) => !empty);
  if (services.length === 0 && all.length > 0) return ['this commit is in place, but nothing of it runs'];
  const unasked = services.filter(({ health }) => health === 'not-asked').map(({ name }) => oneLine(name));
  const everyone = 'every service runs this commit and is';
  if (unasked.length === 0) return [`${everyone} healthy`];
  const none = unasked.length === services.length;
  return none
    ? [`${everyone} stable; no health check was asked`]
    : [`${everyone} stable, and healthy where it was asked (not asked: ${unasked.join(', ')})`];
}

/** A service without a task is where it should be, but nothing of it has been seen to run. */
const scaledToZero = ({ services }: Facts): string[] => {
  const names = services.filter(({ empty }) => empty).map(({ name }) => oneLine(name));
  return names.length > 0 ? [`scaled to zero: ${names.join(', ')}`] : [];
};

const changed = (report: Facts, nothing: string, noService: string): string => {
  const done = alsoDone(report);
  return done.length === 0 ? nothing : [noService, ...done].join('; ');
};

function rolledBack(services: readonly ServiceReport[]): string {
  const foreign = services.filter(({ state }) => state === 'left-alone').map(({ name }) => oneLine(name));
  if (foreign.length === 0) return 'every service that was touched is back where it was, verified';
  const ours = services.some(({ state }) => state === 'restored')
    ? 'every service of ours is back where it was, verified'
    : 'no service is ours to roll back any more';
  return `${ours}; left alone: ${foreign.join(', ')} (somebody else changed ${foreign.length > 1 ? 'them' : 'it'})`;
}

/** Changes of a release beside the update of its services: they stay when it fails. */
const alsoDone = (report: Facts): string[] =>
  [migrationText(report), repairText(report.steps)].filter((text) => text !== null);

/** The workflow warns where it knows that one has run: a step that was cancelled does not tell. */
function migrationText({ steps, cause, warnings }: Facts): string | null {
  const states = steps.filter(({ kind }) => kind === 'migrate').map(({ state }) => state);
  const hasFailed = states.includes('failed') && cause?.kind !== 'migration-not-started';
  const isSaid = warnings.some((line) => line.startsWith('the migration was run'));
  if (states.includes('succeeded') || hasFailed || isSaid) return 'a migration was run';
  return states.includes('cancelled') ? 'a migration may have been run' : null;
}

/** `repair` alone looks for broken-off releases, `repair:1.migration` waits for a migration of one: no change yet. */
function repairText(steps: readonly StepStatus[]): string | null {
  const states = steps
    .filter(({ kind, name }) => kind === 'repair' && name !== '' && !name.endsWith('.migration'))
    .map(({ state }) => state)
    .filter((state) => state !== 'waiting' && state !== 'skipped');
  if (states.length === 0) return null;
  return states.every((state) => state === 'succeeded')
    ? 'services of an earlier release were put right first'
    : 'services of an earlier release were not all put right';
}
