/**
 * A release as a stream of events, one JSON object a line (docs/watching.md): for scripts that follow it.
 */
import type { FoundRelease, PendingActivity } from '../../client/index.ts';
import type { ReleaseReport, ReleaseStatus } from '../../release/verdict.ts';
import {
  holdEvent,
  lastingEvents,
  progressEvent,
  type ReleaseEvent,
  releaseEvent,
  serviceEvents,
} from '../render/events.ts';
import { endedStatus } from '../render/live/state.ts';
import { stepActivities } from '../render/live/step-activities.ts';
import { rolloutsIn } from '../render/rollouts.ts';
import { jsonText } from '../render/sanitize.ts';
import type { ReleaseView } from './release-view.ts';

/** Numbers the lines of one run of the command, from 1 and without gaps. */
export class EventWriter {
  readonly #write: (line: string) => void;
  #seq = 0;
  #lastAtMs = Date.now();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** When the last one was written. */
  get lastAtMs(): number {
    return this.#lastAtMs;
  }

  write({ type, atMs, id, ...fields }: ReleaseEvent): void {
    this.#seq += 1;
    this.#lastAtMs = Date.now();
    const at = new Date(atMs ?? this.#lastAtMs).toISOString();
    this.#write(jsonText({ seq: this.#seq, at, type, ...(id === undefined ? {} : { id }), ...fields }));
  }
}

export class EventView implements ReleaseView {
  readonly #events: EventWriter;
  readonly #release: FoundRelease;
  readonly #aliveEveryMs: number;
  readonly #seen = new Set<string>();
  /** What is said again only when it has changed. */
  readonly #said = new Map<string, string>();
  #status: ReleaseStatus | null = null;

  constructor(events: EventWriter, release: FoundRelease, aliveEveryMs: number) {
    this.#events = events;
    this.#release = release;
    this.#aliveEveryMs = aliveEveryMs;
  }

  show(status: ReleaseStatus, pending: readonly PendingActivity[]): void {
    this.#said.delete('trouble');
    this.#status = status;
    const { workflowId, runId } = this.#release;
    this.#sayChanged('release', releaseEvent(status, workflowId, runId));
    for (const event of lastingEvents(status)) {
      if (event.id === undefined || this.#seen.has(event.id)) continue;
      this.#seen.add(event.id);
      this.#events.write(event);
    }
    for (const event of serviceEvents(status)) this.#sayChanged(`service ${event.service}`, event);
    const hold = holdEvent(status, workflowId);
    if (hold.hold !== null || this.#said.has('hold')) this.#sayChanged('hold', hold);
    for (const { id, state, detail } of status.steps) {
      if (state !== 'running' || detail === undefined) continue;
      this.#sayChanged(`detail ${id}`, { type: 'detail', step: id, detail });
    }
    this.#sayPending(pending);
  }

  tick(pending: readonly PendingActivity[]): void {
    this.#sayPending(pending);
    if (Date.now() - this.#events.lastAtMs < this.#aliveEveryMs) return;
    const running = this.#status?.steps.filter(({ state }) => state === 'running').map(({ id }) => id) ?? [];
    this.#events.write({ type: 'alive', running });
  }

  temporalIsAway(): void {
    this.#sayChanged('trouble', { type: 'trouble', who: 'temporal', text: 'Temporal does not answer' });
  }

  controlIsAway(): void {
    this.#sayChanged('trouble', { type: 'trouble', who: 'control', text: 'no control worker answers' });
  }

  ended(report: ReleaseReport): void {
    this.show(endedStatus(report), []);
    this.#events.write({ type: 'report', atMs: report.endedAtMs, id: 'report', report });
  }

  close(): void {}

  #sayPending(pending: readonly PendingActivity[]): void {
    const { byStep } = stepActivities(this.#status?.steps ?? [], pending);
    const stepOf = new Map([...byStep].map(([step, { activityId }]) => [activityId, step]));
    for (const activity of pending) {
      const { activityId, type, attempt, lastFailure = null } = activity;
      const step = stepOf.get(activityId) ?? null;
      if (attempt > 1) {
        this.#sayChanged(
          `retry ${activityId}`,
          { type: 'retry', activity: type, step, attempt, failure: lastFailure },
          String(attempt),
        );
      }
      const progress = progressEvent(activity, step);
      if (progress) this.#sayChanged(`progress ${activityId}`, progress);
    }
    for (const [service, rollout] of rolloutsIn(pending)) {
      this.#sayChanged(`rollout ${service}`, { type: 'rollout', service, ...rollout });
    }
  }

  /** @param mark what decides whether it is new; default: all of it */
  #sayChanged(about: string, event: ReleaseEvent, mark = JSON.stringify(event)): void {
    if (this.#said.get(about) === mark) return;
    this.#said.set(about, mark);
    this.#events.write(event);
  }
}
