/**
 * The live view: draws the frame of what is known, when something is new and once in a while, and gives the terminal
 * back as it was: the last frame stays, the cursor is there again. What a frame holds is render/live/frame.ts.
 */
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { createLogUpdate } from 'log-update';
import type { PendingActivity } from '../../client/index.ts';
import type { ReleaseReport, ReleaseStatus } from '../../release/verdict.ts';
import { columnsOf } from '../render/columns.ts';
import { renderFrame } from '../render/live/frame.ts';
import { lastFrame } from '../render/live/last-frame.ts';
import { endedStatus, type LiveState } from '../render/live/state.ts';
import type { Screen } from '../terminal.ts';
import { type ReleaseView, TROUBLE } from './release-view.ts';
import { onSuspend } from './suspend.ts';

export interface LiveTiming {
  /** Ten frames a second at most, whatever happens. */
  readonly shortestMs: number;
  /** Times that pass are seen to pass. */
  readonly longestMs: number;
}

export const LIVE_TIMING: LiveTiming = { shortestMs: 100, longestMs: 500 };

export interface LiveRelease {
  readonly workflowId: string;
  readonly link: string | null;
  /** The rest of the report follows on this terminal. */
  readonly leavesSteps?: boolean;
}

const SYNCHRONIZED = '\u001B[?2026h';
const SHOWN = '\u001B[?2026l';
const ERASE_LINE = '\r\u001B[2K';
/** Line by line: tmux keeps in its history what is erased as a whole screen. */
const eraseUpwards = (lines: number): string => `${ERASE_LINE}\u001B[1A`.repeat(lines) + ERASE_LINE;

export class LiveView implements ReleaseView {
  readonly leavesSteps: boolean;
  readonly #screen: Screen;
  readonly #color: boolean;
  readonly #timing: LiveTiming;
  readonly #update: ReturnType<typeof createLogUpdate>;
  #state: LiveState;
  #drawnAtMs = 0;
  #drawn: readonly string[] = [];
  #due: NodeJS.Timeout | undefined;
  #clock: NodeJS.Timeout | undefined;
  #isOpen = false;
  #report: ReleaseReport | undefined;
  #endSuspending = (): void => {};
  #waiting = '';
  readonly #onResize = (): void => this.#resized();

  constructor(
    screen: Screen,
    color: boolean,
    { workflowId, link, leavesSteps = false }: LiveRelease,
    timing: LiveTiming = LIVE_TIMING,
  ) {
    this.leavesSteps = leavesSteps;
    this.#screen = screen;
    this.#color = color;
    this.#timing = timing;
    this.#update = createLogUpdate(this.#sink());
    this.#state = { workflowId, link, status: null, pending: [], trouble: null };
  }

  show(status: ReleaseStatus, pending: readonly PendingActivity[]): void {
    this.#change({ status, pending, trouble: null });
  }

  tick(pending: readonly PendingActivity[]): void {
    this.#change({ pending });
  }

  temporalIsAway(): void {
    this.#change({ trouble: TROUBLE.temporal });
  }

  controlIsAway(): void {
    this.#change({ trouble: TROUBLE.control });
  }

  ended(report: ReleaseReport): void {
    this.#report = report;
    this.#change({ status: endedStatus(report), pending: [], trouble: null });
  }

  close(): void {
    if (!this.#isOpen) return;
    clearTimeout(this.#due);
    clearInterval(this.#clock);
    this.#screen.off('resize', this.#onResize);
    this.#endSuspending();
    if (this.#report) this.#leave(this.#report);
    else this.#drawNow();
    this.#isOpen = false;
    this.#update.done();
    // What was typed meanwhile (^C) stands where the next line begins.
    this.#screen.write(ERASE_LINE);
  }

  /** What log-update writes to. */
  #sink(): NodeJS.WritableStream {
    const screen = this.#screen;
    const sink = new Writable({
      decodeStrings: false,
      write: (text, _encoding, done) => {
        this.#waiting += String(text);
        done();
      },
    });
    Object.defineProperties(sink, {
      columns: { get: () => Math.max(1, screen.columns) },
      rows: { get: () => Math.max(1, screen.rows) },
    });
    return sink;
  }

  #change(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change };
    if (!this.#isOpen) this.#open();
    this.#drawSoon();
  }

  #open(): void {
    this.#isOpen = true;
    this.#screen.on('resize', this.#onResize);
    this.#endSuspending = onSuspend({ letGo: () => this.#letGo(), takeUp: () => this.#draw() });
    this.#clock = setInterval(() => this.#drawSoon(), this.#timing.longestMs);
  }

  #drawSoon(): void {
    if (this.#due !== undefined) return;
    const waitMs = this.#drawnAtMs + this.#timing.shortestMs - Date.now();
    if (waitMs <= 0) this.#draw();
    else this.#due = setTimeout(() => this.#draw(), waitMs);
  }

  #draw(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
    // Whoever is slow to read gets fewer frames, not old ones.
    if (!this.#screen.writableNeedDrain) this.#drawNow();
  }

  #drawNow(): void {
    this.#drawnAtMs = Date.now();
    const { columns, rows } = this.#screen;
    const before = this.#drawn.length;
    this.#drawn = renderFrame(this.#state, { columns, rows, color: this.#color, nowMs: Date.now() });
    // What log-update 7.1 redraws of a frame is right only while lines stay where they are, and an empty line that has
    // changed leaves its cursor a line too high (test/cli/watching/live-view.test.ts). So: all of it, and no line is empty.
    if (before !== this.#drawn.length && before > 0) this.#update.clear();
    this.#update(this.#drawn.map((line) => line || ' ').join('\n'));
    this.#flush();
  }

  /** What stands there stays, the cursor is shown, and the next frame begins below what others write meanwhile. */
  #letGo(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
    this.#update.done();
    this.#drawn = [];
    this.#screen.write(ERASE_LINE);
  }

  /** What stays is not drawn again: so it may be as high as it needs to be. */
  #leave(report: ReleaseReport): void {
    const { columns, rows } = this.#screen;
    const size = { columns, rows, color: this.#color, nowMs: Date.now() };
    this.#update.clear();
    this.#waiting += `${lastFrame(report, this.#state, size, this.leavesSteps).join('\n')}\n`;
    this.#flush();
  }

  /** A frame is one write, and terminals that can (synchronized output) show it at once. */
  #flush(): void {
    if (this.#waiting !== '') this.#screen.write(`${SYNCHRONIZED}${this.#waiting}${SHOWN}`);
    this.#waiting = '';
  }

  /**
   * A terminal that has become narrower has wrapped what stands there (most do), so that it takes more lines than were
   * drawn. All of them go, then the frame is drawn anew; the cursor stands below the last one. What has been pushed out at
   * the top by that is out of reach (in tmux: as many lines as there were wrapped).
   */
  #resized(): void {
    const columns = Math.max(1, this.#screen.columns);
    const lines = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(columnsOf(stripVTControlCharacters(line)) / columns)),
      0,
    );
    this.#waiting = eraseUpwards(lines);
    // It forgets the frame; that it shows the cursor for a moment goes by unseen.
    this.#update.done();
    this.#drawn = [];
    this.#draw();
  }
}
