/**
 * A release as lines that are only ever appended: for pipes, CI, and terminals that need no more.
 */
import type { PendingActivity } from '../../client/index.ts';
import type { ReleaseReport } from '../../release/verdict.ts';
import { serviceProgress } from '../render/heartbeat-text.ts';
import { activeHold } from '../render/hold.ts';
import {
  renderHeartbeat,
  renderNews,
  renderRetry,
  renderServiceProgress,
  type Shown,
} from '../render/progress.ts';
import { fitted } from '../render/wrap.ts';
import type { Terminal } from '../terminal.ts';
import { type ReleaseView, TROUBLE } from './release-view.ts';

/** Append-only lines, with a sign of life when nothing has changed for a while. */
export class LineView implements ReleaseView {
  readonly #terminal: Terminal;
  readonly #workflowId: string;
  readonly #heartbeatMs: number;
  readonly #retriesShown = new Map<string, number>();
  readonly #progressShown = new Map<string, string>();
  #shown: Shown | undefined;
  #lastLineMs = Date.now();
  #trouble: string | undefined;

  constructor(terminal: Terminal, workflowId: string, heartbeatMs: number) {
    this.#terminal = terminal;
    this.#workflowId = workflowId;
    this.#heartbeatMs = heartbeatMs;
  }

  show(status: Shown, pending: readonly PendingActivity[]): void {
    this.#trouble = undefined;
    const news = renderNews(this.#shown, status, this.#workflowId, this.#terminal.progressStyle);
    for (const line of news) this.#print(line);
    this.#shown = status;
    this.#showRetries(pending);
  }

  tick(pending: readonly PendingActivity[]): void {
    this.#showRetries(pending);
    this.#showProgress(pending);
    if (Date.now() - this.#lastLineMs < this.#heartbeatMs) return;
    const { steps = [] } = this.#shown ?? {};
    const hold = activeHold(this.#shown ?? {});
    this.#print(renderHeartbeat(steps, pending, hold, Date.now(), this.#terminal.progressStyle));
  }

  temporalIsAway(): void {
    this.#say(TROUBLE.temporal);
  }

  controlIsAway(): void {
    this.#say(TROUBLE.control);
  }

  ended(report: ReleaseReport): void {
    this.show(report, []);
  }

  /** Nothing to give back: what is written is written. */
  close(): void {}

  #showRetries(pending: readonly PendingActivity[]): void {
    for (const activity of pending) {
      if (activity.attempt <= (this.#retriesShown.get(activity.activityId) ?? 1)) continue;
      this.#retriesShown.set(activity.activityId, activity.attempt);
      this.#print(renderRetry(activity, this.#terminal.progressStyle));
    }
  }

  #showProgress(pending: readonly PendingActivity[]): void {
    for (const activity of pending) {
      for (const [name, text] of serviceProgress(activity)) {
        if (this.#progressShown.get(name) === text) continue;
        this.#progressShown.set(name, text);
        this.#print(renderServiceProgress(name, text, this.#terminal.progressStyle));
      }
    }
  }

  /** Once, until things are well again. */
  #say(trouble: string): void {
    if (this.#trouble === trouble) return;
    this.#trouble = trouble;
    this.#print(trouble);
  }

  #print(line: string): void {
    this.#lastLineMs = Date.now();
    this.#terminal.progress(fitted(line, this.#terminal.progressStyle));
  }
}
