/** Which view a release is followed with: frames where there is a terminal for them, lines elsewhere; events for machines. */
import type { FoundRelease } from '../../client/index.ts';
import { columnsOf } from '../render/columns.ts';
import { inert } from '../render/sanitize.ts';
import type { Terminal } from '../terminal.ts';
import { EventView, type EventWriter } from './event-view.ts';
import { LineView } from './line-view.ts';
import { LiveView } from './live-view.ts';
import { bothViews, type ReleaseView } from './release-view.ts';

export interface ViewOptions {
  /** Of Temporal's UI. */
  readonly link: string | null;
  readonly live: boolean;
  /** The report for people follows. */
  readonly isReported: boolean;
  /** Where events are asked for. */
  readonly events?: EventWriter | undefined;
  /** A CI job has a view of its own. */
  readonly ofJob?: ReleaseView | undefined;
}

/** Silence is never mistaken for a hang. */
export const SIGN_OF_LIFE_MS = 30_000;

export function chooseView(terminal: Terminal, release: FoundRelease, options: ViewOptions): ReleaseView {
  const { events } = options;
  const progress = progressView(terminal, release, options);
  return events ? bothViews(new EventView(events, release, SIGN_OF_LIFE_MS), progress) : progress;
}

function progressView(terminal: Terminal, release: FoundRelease, options: ViewOptions): ReleaseView {
  const { screen, progressStyle } = terminal;
  const { link, events, ofJob, isReported } = options;
  const { workflowId } = release;
  // Events that come to the same terminal would tear a frame apart.
  const isLive =
    options.live && ofJob === undefined && screen !== undefined && !(events && terminal.resultIsScreen);
  const fits = isLive && link !== null && columnsOf(link) + 3 <= screen.columns;
  // An address that would be cut stands above the frame, where the terminal may wrap it.
  if (link !== null && !fits) terminal.progress(inert(`  ${link}`));
  if (ofJob !== undefined) return ofJob;
  return isLive
    ? new LiveView(screen, progressStyle.color, {
        workflowId,
        link: fits ? link : null,
        leavesSteps: isReported && terminal.resultIsScreen === true,
      })
    : new LineView(terminal, workflowId, SIGN_OF_LIFE_MS);
}
