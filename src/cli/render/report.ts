/**
 * A release's report for people: the verdict first, then why, what was done, how things stand, what to do next.
 */

import type { Commit } from '../../release/plan.ts';
import type {
  Cause,
  ImageReport,
  PromotedFrom,
  ReleaseReport,
  ServiceReport,
  StepStatus,
} from '../../release/verdict.ts';
import { arnText } from './arn.ts';
import { cutTo, padded, widest } from './columns.ts';
import { nextLines } from './command-lines.ts';
import { humanDuration } from './duration.ts';
import { logHint } from './log-hint.ts';
import { operatorLine } from './operators.ts';
import { nextCommands } from './report-next.ts';
import { oneLine, safeLines } from './sanitize.ts';
import { said, shortNames } from './short-names.ts';
import { renderStep } from './step-line.ts';
import { type Colors, colorsFor, type RenderOptions } from './style.ts';
import { HEADLINE, meaningOf } from './verdict-text.ts';
import { fitted } from './wrap.ts';

/** @param workflowId where it is known: people can then ask for the report again */
export function renderReport(report: ReleaseReport, options: RenderOptions, workflowId?: string): string {
  const colors = colorsFor(options);
  const steps = section('Steps', stepLines(report.steps, options), colors);
  const rest = restSections(report, options, workflowId);
  return whole([headline(report, options, colors), ...rest.slice(0, -1), steps, ...rest.slice(-1)], options);
}

/** What the last frame of the live view does not say. */
export const renderRest = (report: ReleaseReport, options: RenderOptions, workflowId: string): string =>
  whole(restSections(report, options, workflowId), options);

const whole = (sections: readonly string[], options: RenderOptions): string =>
  fitted(`${sections.filter(Boolean).join('\n\n')}\n`, options);

/** All but how it ended and its steps; the last one is what to do next. */
function restSections(report: ReleaseReport, options: RenderOptions, workflowId?: string): readonly string[] {
  const colors = colorsFor(options);
  return [
    section('Cause', causeLines(report.cause, options), colors),
    section('Done about it', doneAbout(report), colors),
    section('Services', serviceLines(report.services, colors), colors),
    section('Warnings', report.warnings.map(said), colors),
    section('Operators', report.operators.map(operatorLine), colors),
    section('Watched', report.watched.map(said), colors),
    section(
      'Images',
      [...promotedLine(report.promotedFrom), ...images(report.images, report.rollbackTo)],
      colors,
    ),
    nextSection(
      [...logHint(report, workflowId, options), ...nextCommands(report, workflowId, options)],
      options,
    ),
  ];
}

function headline(report: ReleaseReport, options: RenderOptions, colors: Colors): string {
  const { text, color } = HEADLINE[report.verdict];
  const commit = report.commit ? `  ${report.commit.sha.slice(0, 12)}` : '';
  const what = `${oneLine(report.app)} → ${oneLine(report.environment)}${commit}`;
  const took = humanDuration(report.endedAtMs - report.startedAtMs);
  const lines = [`${colors[color](colors.bold(text))}  ${what}  ${took}`, `  ${meaningOf(report)}`];
  if (report.commit) lines.push(colors.dim(`  ${subjectText(report.commit, options.width - 4)}`));
  return lines.join('\n');
}

/** In quotes: the text is somebody's, and so never begins a line. */
export const subjectText = ({ subject }: Commit, width: number): string =>
  `“${cutTo(oneLine(subject), width)}”`;

export function section(title: string, lines: readonly string[], colors: Colors): string {
  return lines.length === 0 ? '' : [colors.bold(title), ...lines.map((line) => `  ${line}`)].join('\n');
}

/** What a section leaves of the width. */
export const within = (options: RenderOptions): RenderOptions => ({ ...options, width: options.width - 2 });

/** Commands to copy. */
export const nextSection = (lines: readonly string[], options: RenderOptions): string =>
  lines.length === 0 ? '' : [colorsFor(options).bold('Next'), ...nextLines(lines, options)].join('\n');

/** Evidence stands behind a bar, so that no line of a log can pose as one of ours (or as a CI command). */
export function causeLines(cause: Cause | null, options: RenderOptions): string[] {
  if (!cause) return [];
  const evidence = cause.evidence.flatMap(evidenceLines).map((line) => `│ ${cutTo(line, options.width * 3)}`);
  return [said(cause.summary), `(${oneLine(cause.kind)} in ${oneLine(cause.step)})`, ...evidence];
}

/** What a container has written is indented, and stays as it was. */
const evidenceLines = (text: string): string[] =>
  safeLines(text).map((line) => (line.startsWith(' ') ? line : shortNames(line)));

const DONE: Readonly<Partial<Record<ServiceReport['state'], string>>> = {
  restored: 'back on the version before, waited for and verified',
  'left-alone': 'left alone: somebody else has changed it in the meantime',
  'not-restored': 'NOT restored: a person has to look at it',
};

/** One line for each end that services came to, where something was undone. */
function doneAbout({ verdict, services }: ReleaseReport): string[] {
  if (verdict === 'succeeded') return [];
  return Object.entries(DONE).flatMap(([state, text]) => {
    const names = services.filter((service) => service.state === state).map(({ name }) => oneLine(name));
    return names.length > 0 ? [`${names.join(', ')}: ${text}`] : [];
  });
}

const SERVICE_COLOR: Readonly<Record<ServiceReport['state'], 'green' | 'yellow' | 'red' | 'dim'>> = {
  updated: 'green',
  restored: 'yellow',
  untouched: 'dim',
  'left-alone': 'yellow',
  'not-restored': 'red',
};

/** Room for two task definitions with long names. */
const LONGEST_NOW = 400;

/** A line for each, and a second one where what runs now is not what this release wanted. */
export function serviceLines(all: readonly ServiceReport[], colors: Colors): string[] {
  const name = widest(all.map((service) => service.name));
  const state = widest(all.map((service) => service.state));
  return all.flatMap((service) => {
    const after = arnText(service.taskDefinition);
    const before = arnText(service.baseline);
    const change = changeOf(service.state, before, after);
    const word = colors[SERVICE_COLOR[service.state]](service.state.padEnd(state));
    const detail = service.detail ? `  ${colors.dim(said(service.detail))}` : '';
    const line = `${padded(oneLine(service.name), name)}  ${word}  ${change}${detail}`;
    return service.now
      ? [line, `${' '.repeat(name)}  now: ${cutTo(said(service.now), LONGEST_NOW)}`]
      : [line];
  });
}

/** What runs now is known only where we have seen to it ourselves; of the others `now` says what was seen. */
function changeOf(state: ServiceReport['state'], before: string, after: string): string {
  if (state === 'not-restored' || state === 'left-alone') return `was ${before}`;
  if (state === 'untouched') return after;
  return state === 'updated' && before !== after ? `${before} → ${after}` : before;
}

/** Whose word it is that they are good. */
export const promotedLine = (from: PromotedFrom | undefined): string[] =>
  from ? [oneLine(`verified by release ${from.number} of ${from.environment}`)] : [];

/** @param back the release that they are of, where one is brought back: nobody has built them, or looked whether they are there */
function images(all: readonly ImageReport[], back: number | null): string[] {
  const name = widest(all.map((image) => image.name));
  return all.map((image) => {
    const from = back === null ? 'in the registry already' : `of release ${back}`;
    const reused = image.reused ? `  ${from}` : '';
    return `${padded(oneLine(image.name), name)}  ${image.architecture}  ${said(image.digest)}${reused}`;
  });
}

export function stepLines(all: readonly StepStatus[], options: RenderOptions): string[] {
  const name = widest(all.map(({ id }) => id));
  return all.map((step) => renderStep(step, options, name));
}
