/**
 * The demo's last page: verdicts, durations, images, requests.
 */

import type { StepStatus } from '../../release/verdict.ts';
import { humanDuration } from '../render/duration.ts';
import { oneLine } from '../render/sanitize.ts';
import { ACTS, type Act, broken, COMMIT_OF, type DemoOutcome, type Ended } from './outcome.ts';

type Told = readonly (readonly [Act, Ended])[];

export function renderSummary(outcome: DemoOutcome): string {
  const told: Told = ACTS.flatMap((act) => {
    const ended = outcome.releases[act];
    return ended ? [[act, ended] as const] : [];
  });
  const sections = [
    ['Releases', ...table(facts(told, outcome))],
    ['Steps', ...table([['', ...told.map(([act]) => act)], ...stepRows(told)])],
    ['Images', ...table(told.flatMap(imageRows))],
    ['Requests through the load balancer', ...requests(outcome)],
    ['Serving now', ...table(outcome.serving.map(({ service, commit }) => [service, oneLine(commit)]))],
    ['Why', ...table(reasons(told))],
  ];
  return [...sections, verdict(outcome)]
    .map(([title, ...lines]) => [title, ...lines.map((line) => `  ${line}`)].join('\n'))
    .join('\n\n');
}

const facts = (told: Told, { commits }: DemoOutcome): string[][] => [
  ['', ...told.map(([act]) => act)],
  ['number', ...told.map(([, { report }]) => String(report.number ?? '-'))],
  ['commit', ...told.map(([act]) => (commits[COMMIT_OF[act]] ?? '').slice(0, 12))],
  ['verdict', ...told.map(([, { report }]) => report.verdict)],
  ['exit code', ...told.map(([, { exitCode }]) => String(exitCode))],
  ['took', ...told.map(([, { report }]) => humanDuration(report.endedAtMs - report.startedAtMs))],
];

/** Of those that did not go through. */
const reasons = (told: Told): string[][] =>
  told.flatMap(([act, { report }]) =>
    report.cause ? [[act, report.verdict, oneLine(report.cause.summary)]] : [],
  );

function verdict(outcome: DemoOutcome): string[] {
  const problems = broken(outcome);
  if (problems.length === 0) return ['✓ The demo went as promised.'];
  return ['✗ The demo did not go as promised:', ...problems];
}

function stepRows(told: Told): string[][] {
  const ids = [...new Set(told.flatMap(([, { report }]) => report.steps.map(({ id }) => id)))];
  return ids.map((id) => [
    oneLine(id),
    ...told.map(([, { report }]) => cell(report.steps.find((one) => one.id === id))),
  ]);
}

function cell(step: StepStatus | undefined): string {
  if (!step || step.state === 'skipped' || step.state === 'waiting') return '-';
  const { startedAtMs, endedAtMs, state } = step;
  const took =
    startedAtMs === undefined || endedAtMs === undefined ? '' : humanDuration(endedAtMs - startedAtMs);
  return state === 'succeeded' ? took : `${took} ${state}`;
}

const imageRows = ([act, { report }]: Told[number]): string[][] =>
  report.images.map((image) => [
    act,
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
