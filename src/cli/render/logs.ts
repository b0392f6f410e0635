/**
 * Log lines for people, and for pipes. All of it was written by others: nothing of it reaches the terminal, or a CI
 * runner, as more than text.
 */

import type { ServiceLogLine } from '../../release/logs/log-question.ts';
import type { StepStatus } from '../../release/verdict.ts';
import { type NamedService, whyNoServices, whyNoSteps } from '../logs/log-target.ts';
import { widest } from './columns.ts';
import { adviceLines } from './command-lines.ts';
import { inert, jsonText, oneLine, safeLines } from './sanitize.ts';
import { renderStep } from './step-line.ts';
import { type Colors, colorsFor, type RenderOptions } from './style.ts';
import { fitted } from './wrap.ts';

export type LogFormat = 'text' | 'json' | 'ndjson';

/** The same fields for both kinds; `at` of a step's line is not known. */
interface LogObject {
  readonly at: string | null;
  readonly step: string | null;
  readonly service: string | null;
  readonly task: string | null;
  readonly container: string | null;
  readonly line: string;
}

/** One line; an empty one is kept. */
const safe = (text: string): string => safeLines(text).join(' ');

export const stepLogLines = (step: string, lines: readonly string[], format: LogFormat): string[] =>
  lines.map((text) => {
    const line = safe(text);
    if (format === 'text') return inert(line);
    return objectLine({ at: null, step, service: null, task: null, container: null, line });
  });

export interface ServiceLines {
  readonly service: string;
  /** Whether a task has several containers whose logs are shown. */
  readonly hasSeveral: (task: string) => boolean;
  readonly timestamps: boolean;
}

/** `hello/3fa9c2d1 │ GET / 200`; with several containers `hello/3fa9c2d1/app │ …`. */
export const serviceLogLines = (
  lines: readonly ServiceLogLine[],
  { service, hasSeveral, timestamps }: ServiceLines,
  format: LogFormat,
  options: RenderOptions,
): string[] => {
  const colors = colorsFor(options);
  return lines.map(({ atMs, task, container, line: text }) => {
    const line = safe(text);
    const at = new Date(atMs).toISOString();
    if (format !== 'text') return objectLine({ at, step: null, service, task, container, line });
    const parts = [service, shortTask(task), ...(hasSeveral(task) ? [container] : [])].map(oneLine);
    const prefix = colorOf(task, colors)(parts.join('/'));
    return `${timestamps ? `${colors.dim(at)} ` : ''}${prefix} │ ${line}`;
  });
};

const objectLine = (line: LogObject): string => jsonText(line);

const shortTask = (task: string): string => task.slice(0, 8);

/** The same for a task as long as it is followed; only to tell neighbours apart. */
const colorOf = (task: string, colors: Colors): ((text: string) => string) => {
  const all = [colors.cyan, colors.magenta, colors.yellow, colors.blue, colors.green];
  const sum = [...task].reduce((before, character) => before + (character.codePointAt(0) ?? 0), 0);
  return all[sum % all.length] ?? colors.cyan;
};

export interface LogOverview {
  readonly app: string;
  readonly environment: string;
  readonly workflowId: string;
  readonly steps: readonly { readonly step: StepStatus; readonly bytes: number | null }[];
  readonly services: readonly NamedService[];
}

/** Which logs there are; steps that have none (yet) say so. */
export const renderOverview = (
  { app, environment, workflowId, steps, services }: LogOverview,
  { end, example }: { readonly end: string | null; readonly example: string | undefined },
  options: RenderOptions,
): string => {
  const colors = colorsFor(options);
  const width = widest(steps.map(({ step }) => step.id));
  const lines = [
    `${oneLine(app)} → ${oneLine(environment)}  ${colors.dim(oneLine(workflowId))}`,
    '',
    colors.bold('Steps'),
    ...(steps.length === 0 ? [`  ${oneLine(whyNoSteps(end))}`] : []),
    ...steps.map(
      ({ step, bytes }) => `  ${sizeText(bytes).padStart(8)}  ${renderStep(step, options, width)}`,
    ),
    '',
    colors.bold('Services'),
    ...(services.length === 0 ? [`  ${oneLine(whyNoServices(end))}`] : []),
    ...services.map(({ name, service }) =>
      service === null || name === service
        ? `  ${oneLine(name)}`
        : `  ${oneLine(name)}  ${colors.dim(oneLine(service))}`,
    ),
    ...(example === undefined ? [] : ['', ...adviceLines(`one of them: ${oneLine(example)}`, options, '')]),
  ];
  return fitted(`${lines.join('\n')}\n`, options);
};

export const sizeText = (bytes: number | null): string => {
  if (bytes === null) return 'no log';
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
};
