/**
 * The demo's last page: verdicts, durations, images, requests.
 */

import type { ReleaseReport, StepStatus } from '../../release/verdict.ts';
import { humanDuration } from '../render/duration.ts';
import { oneLine } from '../render/sanitize.ts';
import { broken, type DemoOutcome } from './outcome.ts';

export function renderSummary(outcome: DemoOutcome): string {
  const { releases, commits } = outcome;
  const titles = releases.map((_release, index) => `release ${index + 1}`);
  const facts = [
    ['', ...titles],
    ['commit', ...releases.map((_release, index) => (commits[index] ?? '').slice(0, 12))],
    ['verdict', ...releases.map(({ verdict }) => verdict)],
    ['took', ...releases.map((release) => humanDuration(release.endedAtMs - release.startedAtMs))],
  ];
  const sections = [
    ['Releases', ...table(facts)],
    ['Steps', ...table([['', ...titles], ...stepRows(releases)])],
    ['Images', ...table(releases.flatMap(imageRows))],
    ['Requests through the load balancer', ...requests(outcome)],
    ['Serving now', ...table(outcome.serving.map(({ service, commit }) => [service, oneLine(commit)]))],
  ];
  const [lastRelease] = releases.slice(-1);
  const cause = lastRelease?.cause
    ? [['Why the last one was rolled back', oneLine(lastRelease.cause.summary)]]
    : [];
  return [...sections, ...cause, verdict(outcome)]
    .map(([title, ...lines]) => [title, ...lines.map((line) => `  ${line}`)].join('\n'))
    .join('\n\n');
}

function verdict(outcome: DemoOutcome): string[] {
  const problems = broken(outcome);
  if (problems.length === 0) return ['✓ The demo went as promised.'];
  return ['✗ The demo did not go as promised:', ...problems];
}

function stepRows(releases: readonly ReleaseReport[]): string[][] {
  const ids = [...new Set(releases.flatMap(({ steps }) => steps.map(({ id }) => id)))];
  return ids.map((id) => [
    oneLine(id),
    ...releases.map(({ steps }) => cell(steps.find((one) => one.id === id))),
  ]);
}

function cell(step: StepStatus | undefined): string {
  if (!step || step.state === 'skipped' || step.state === 'waiting') return '-';
  const { startedAtMs, endedAtMs, state } = step;
  const took =
    startedAtMs === undefined || endedAtMs === undefined ? '' : humanDuration(endedAtMs - startedAtMs);
  return state === 'succeeded' ? took : `${took} ${state}`;
}

const imageRows = (release: ReleaseReport, index: number): string[][] =>
  release.images.map((image) => [
    `release ${index + 1}`,
    oneLine(image.name),
    image.architecture,
    oneLine(image.digest),
    image.reused ? 'in the registry already' : '',
  ]);

function requests({ probes }: DemoOutcome): string[] {
  const rows = probes.phases.map(({ phase, sent, failed, slowestMs }) => [
    phase,
    `${sent} sent`,
    `${failed} failed`,
    `slowest ${slowestMs} ms`,
  ]);
  const failures = probes.failures.map(
    ({ atMs, target, connection, reason }) =>
      `✗ ${new Date(atMs).toISOString()}  ${target}  ${connection}  ${oneLine(reason)}`,
  );
  return [...table(rows), ...failures];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, text] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, text.length);
  }
  return rows.map((row) =>
    row
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
