/**
 * Where operators' messages arrive: they are answered, recorded, and kept until the release comes to the point at
 * which they matter. What may be said when is decided by src/release/operator.ts.
 */
import { ApplicationFailure, CancelledFailure, condition, setHandler } from '@temporalio/workflow';
import {
  answerTo,
  type OperatorAction,
  type OperatorAnswer,
  type OperatorNote,
  readNote,
  type Situation,
} from '../../release/operator.ts';
import type { Hold, OperatorRecord } from '../../release/verdict.ts';
import { ACTION_DESCRIPTIONS } from './descriptions.ts';
import { Holds } from './holds.ts';
import { operatorMessages } from './messages.ts';
import { OperatorLog } from './operator-log.ts';
import type { SignalHandlers } from './signals.ts';
import { StuckList } from './stuck-list.ts';

type Standing = Pick<Situation, 'touched'> & {
  readonly phase: 'running' | 'restoring' | 'ended';
  /** Somebody has cancelled the workflow: that means what an abort means. */
  readonly cancelled: boolean;
};

/** What the timer is for, as Temporal's UI shows it. */
const APPROVABLE = { summary: 'until the approval expires' };

export class OperatorDesk {
  /** What the way back reports, and asks before each try. */
  readonly stuck = new StuckList();
  readonly #log = new OperatorLog();
  readonly #holds = new Holds();
  readonly #standing: () => Standing;
  #approval: Situation['approval'] = 'expected';
  #stop: OperatorRecord | null = null;
  #decision: OperatorRecord | null = null;
  /** An earlier release is being put right. */
  #repairs = false;
  #onStop: (() => void) | null = null;

  /** @param standing how the release stands at the moment of a message. */
  constructor(standing: () => Standing) {
    this.#standing = standing;
    for (const { action, update } of operatorMessages) {
      setHandler(update, (input?: unknown) => this.#take(action, readNote(action, input)).text, {
        description: ACTION_DESCRIPTIONS[action],
        validator: (input?: unknown) => {
          const note = readNote(action, input);
          if (this.#log.answerBefore(action, note)) return;
          const answer = answerTo(action, note, this.#situation());
          if (!answer.accepted) throw ApplicationFailure.nonRetryable(answer.text, 'NotNow');
        },
      });
    }
  }

  /** What it hears without an answer. */
  get signals(): SignalHandlers {
    return Object.fromEntries(
      operatorMessages.map(({ action, signal }) => [
        signal.name,
        {
          hear: (input) => void this.#take(action, readNote(action, input)),
          description: ACTION_DESCRIPTIONS[action],
        },
      ]),
    );
  }

  get records(): readonly OperatorRecord[] {
    return this.#log.records;
  }

  /** Why the release stands still, or will before its next change; null while nobody has to say anything. */
  get hold(): Hold | null {
    return this.#holds.current;
  }

  get paused(): boolean {
    return this.#holds.paused;
  }

  /** The rollback, abort or denial that ended the way forward. */
  get stop(): OperatorRecord | null {
    return this.#stop;
  }

  /** Runs the way forward; a rollback, abort or denial interrupts it. */
  async forward<T>(interrupt: () => void, work: () => Promise<T>): Promise<T> {
    this.#onStop = interrupt;
    // Signals of the first workflow task come while the desk is set up.
    if (this.#stop) interrupt();
    try {
      return await work();
    } finally {
      this.#onStop = null;
    }
  }

  /** To be passed before each change: stands still while the release is paused, ends where it was stopped. */
  beforeChange(): Promise<void> {
    return this.#holds.beforeChange();
  }

  /** False when the deadline has passed; a denial comes as a stop. An approval that came early counts. */
  async approved(deadlineMs: number | undefined): Promise<boolean> {
    if (deadlineMs === undefined) {
      this.#approval = 'none';
      return true;
    }
    if (this.#approval === 'none') return true;
    this.#approval = 'open';
    const sinceMs = Date.now();
    return this.#holds.waiting(
      { kind: 'approval', reason: 'waits for an approval', sinceMs, untilMs: sinceMs + deadlineMs },
      () => condition(() => this.#approval === 'none', deadlineMs, APPROVABLE),
    );
  }

  /** Of an interrupted release: a stop ends it where it does not get on by itself, and leaves the rest to the next one. */
  async repairing<T>(work: () => Promise<T>): Promise<T> {
    this.#repairs = true;
    try {
      return await work();
    } finally {
      this.#repairs = false;
      this.stuck.clear();
    }
  }

  /** To be passed where a repair does not get on by itself. */
  throwIfRepairEnds(): void {
    if (this.#repairEnds) throw new CancelledFailure('the rest of the repair is left to the next release');
  }

  get #repairEnds(): boolean {
    return this.#repairs && (this.#stop !== null || this.#standing().cancelled);
  }

  /** What must not be rolled back by itself: what a person decided, and who. */
  async decision(reason: string): Promise<OperatorRecord> {
    this.#decision = null;
    await this.#holds.waiting({ kind: 'decision', reason, sinceMs: Date.now(), untilMs: null }, () =>
      condition(() => this.#decision !== null || this.#standing().cancelled || this.#repairEnds),
    );
    if (this.#decision) return this.#decision;
    this.throwIfRepairEnds();
    return this.#log.addCancellation();
  }

  /** Waits before the next try, unless a person has said something since the last one, or does so meanwhile. */
  async beforeRetry(waitMs: number): Promise<void> {
    await this.stuck.beforeRetry(waitMs, () => this.#repairEnds);
    this.throwIfRepairEnds();
  }

  /** From now on everything goes back: that is not paused. */
  beginWayBack(): void {
    this.#holds.resume();
  }

  #situation(): Situation {
    const { phase, touched } = this.#standing();
    return {
      phase: this.#phase(phase),
      touched,
      paused: this.paused,
      approval: this.#approval,
      stuck: this.stuck.names,
      stopping: this.#stop !== null,
      nowMs: Date.now(),
    };
  }

  #phase(phase: Standing['phase']): Situation['phase'] {
    const decides = this.#holds.waitsForDecision;
    if (this.#repairs) return decides ? 'repair-decision' : 'repairing';
    return decides ? 'decision' : phase;
  }

  #take(action: OperatorAction, note: OperatorNote): OperatorAnswer {
    const before = this.#log.answerBefore(action, note);
    if (before) return before;
    const answer = answerTo(action, note, this.#situation());
    const record = this.#log.keep(action, note, answer);
    if (answer.accepted) this.#apply(record, note);
    return answer;
  }

  #apply(record: OperatorRecord, note: OperatorNote): void {
    switch (record.action) {
      case 'pause':
        this.#holds.pause(record, note);
        return;
      case 'resume':
        this.#holds.resume();
        return;
      case 'approve':
        this.#approval = 'none';
        return;
      case 'rollback':
      case 'abort':
      case 'deny':
        // While an earlier release is put right, only a rollback is an answer about that one.
        if (this.#holds.waitsForDecision && (record.action === 'rollback' || !this.#repairs)) {
          this.#decision = record;
          return;
        }
        this.#stop = record;
        this.#holds.resume();
        this.#onStop?.();
        // What is stuck is not tried to its end.
        if (this.stuck.names.length > 0) this.stuck.nudge();
        return;
      case 'skip':
        this.stuck.drop([note.service ?? ''], record);
        return;
      case 'give-up':
        if (this.#holds.waitsForDecision) {
          this.#decision = record;
          return;
        }
        this.stuck.drop(this.stuck.names, record);
        return;
      case 'retry':
        this.stuck.nudge();
    }
  }
}
