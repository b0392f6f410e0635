/** What stays of a release that was watched to its end: how it ended, each of its steps – and what no report will say. */
import type { ReleaseReport } from '../../../release/verdict.ts';
import { meaningOf } from '../verdict-text.ts';
import { wrapLine } from '../wrap.ts';
import { headerBlock } from './header.ts';
import { noticesBlock } from './notices.ts';
import { servicesBlock } from './services.ts';
import type { FrameSize, LiveState } from './state.ts';
import { endedStatus } from './state.ts';
import { wholeSteps } from './steps.ts';

/** @param isReported the report goes on below it, with services, cause, warnings and whatever else there is */
export const lastFrame = (
  report: ReleaseReport,
  state: LiveState,
  terminal: FrameSize,
  isReported: boolean,
): readonly string[] => {
  const size = { ...terminal, columns: Math.max(1, terminal.columns - 1), rows: ANY };
  const status = endedStatus(report);
  const [, ...rest] = headerBlock({ ...state, status }, size).render(ANY);
  const [first = ''] = headerBlock({ ...state, status }, { ...size, columns: ANY }).render(1);
  const blocks = [
    [...wrapLine(first, size.columns), ...wrapLine(`  ${meaningOf(report)}`, size.columns), ...rest],
    wholeSteps(report.steps, size),
    ...(isReported
      ? []
      : [servicesBlock(status, [], size).render(ANY), noticesBlock(status, [], size).render(ANY)]),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
};

const ANY = 10_000;
