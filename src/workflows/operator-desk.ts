/**
 * Where operators' messages arrive: they are answered, recorded, and kept until the release comes to the point at
 * which they matter. What may be said when is decided by src/release/operator.ts.
 */
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  setHandler,
} from '@temporalio/workflow';
import {
  answerTo,
  type OperatorAction,
  type OperatorAnswer,
  type OperatorNote,
  readNote,
  type Situation,
} from '../release/operator.ts';
import type { Hold, OperatorRecord } from '../release/verdict.ts';
import { ACTION_DESCRIPTIONS } from './descriptions.ts';
import { operatorMessages } from './messages.ts';
import { OperatorLog } from './operator-log.ts';
import type { SignalHandlers } from './signals.ts';

type Standing = Pick<Situation, 'touched'> & {
  readonly phase: 'running' | 'restoring' | 'ended';
  /** Somebody has cancelled the workflow: that means what an abort means. */
  readonly cancelled: boolean;
};

/** What the timers are for, as Temporal's UI shows them. */
const PAUSED = { summary: 'paused until then' };
const APPROVABLE = { summary: 'until the approval expires' };
const STUCK = { summary: 'until it tries to restore again' };

export class OperatorDesk {
  readonly #log = new OperatorLog();
  readonly #standing: () => Standing;
  #approval: Situation['approval'] = 'expected';
  #pause: Hold | null = null;
  #waitsFor: Hold | null = null;
  #stop: OperatorRecord | null = null;
  #decision: OperatorRecord | null = null;
  #stuck: ReadonlyMap<string, string> = new Map();
  /** What people have told the compensation to leave: they knew that it was stuck. */
  readonly #dropped = new Map<string, OperatorRecord>();
  /** An earlier release is being put right. */
  #repairs = false;
  /** A retry, skip or give-up that no try has taken up yet. */
  #nudged = false;
  #onStop: (() => void) | null = null;
  #onNudge: (() => void) | null = null;

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
    return this.#waitsFor ?? this.#pause;
  }

  /** What the compensation cannot restore, and why, as one line; null while it gets on. */
  get stuck(): string | null {
    const open = this.#stuckNames;
    if (open.length === 0) return null;
    return open.map((name) => `${name}: ${this.#stuck.get(name)}`).join('; ');
  }

  /** But for what a person has just told to leave as it is: its try is being ended. */
  get #stuckNames(): readonly string[] {
    return [...this.#stuck.keys()].filter((name) => !this.#dropped.has(name));
  }

  get paused(): boolean {
    return this.#pause !== null;
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

  /** Runs one try to restore; a retry, skip or give-up interrupts the waiting in it. */
  async restoring<T>(interrupt: () => void, work: () => Promise<T>): Promise<T> {
    this.#onNudge = interrupt;
    try {
      return await work();
    } finally {
      this.#onNudge = null;
    }
  }

  /** To be passed before each change: stands still while the release is paused, ends where it was stopped. */
  async beforeChange(): Promise<void> {
    for (;;) {
      // What could not be interrupted may have ended well although somebody has stopped the release meanwhile.
      if (CancellationScope.current().consideredCancelled)
        throw new CancelledFailure('stopped before a change');
      const pause = this.#pause;
      if (!pause) return;
      const isOver = (): boolean => this.#pause !== pause;
      if (pause.untilMs === null) await condition(isOver);
      else if (!(await condition(isOver, Math.max(pause.untilMs - Date.now(), 1), PAUSED)))
        this.#pause = null;
    }
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
    return this.#waiting(
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
      this.#stuck = new Map();
      // The same services may be stuck anew in this release's own way back.
      this.#dropped.clear();
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
    await this.#waiting({ kind: 'decision', reason, sinceMs: Date.now(), untilMs: null }, () =>
      condition(() => this.#decision !== null || this.#standing().cancelled || this.#repairEnds),
    );
    if (this.#decision) return this.#decision;
    this.throwIfRepairEnds();
    return this.#log.addCancellation();
  }

  /**
   * What cannot be restored at the moment, and why. It stays so (and can be skipped, retried, given up) until it is
   * reported again, with less or nothing.
   */
  reportStuck(stuck: ReadonlyMap<string, string>): void {
    this.#stuck = new Map(stuck);
  }

  /** Waits before the next try, unless a person has said something since the last one, or does so meanwhile. */
  async beforeRetry(waitMs: number): Promise<void> {
    await condition(() => this.#nudged || this.#repairEnds, waitMs, STUCK);
    this.throwIfRepairEnds();
    this.#nudged = false;
  }

  /** Who has skipped it, or given it up. */
  dropped(name: string): OperatorRecord | undefined {
    return this.#dropped.get(name);
  }

  /** From now on everything goes back: that is not paused. */
  beginWayBack(): void {
    this.#pause = null;
  }

  async #waiting<T>(hold: Hold, work: () => Promise<T>): Promise<T> {
    this.#waitsFor = hold;
    try {
      return await work();
    } finally {
      this.#waitsFor = null;
    }
  }

  #situation(): Situation {
    const { phase, touched } = this.#standing();
    return {
      phase: this.#phase(phase),
      touched,
      paused: this.#pause !== null,
      approval: this.#approval,
      stuck: this.#stuckNames,
      stopping: this.#stop !== null,
      nowMs: Date.now(),
    };
  }

  #phase(phase: Standing['phase']): Situation['phase'] {
    const decides = this.#waitsFor?.kind === 'decision';
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
        this.#pause = pauseOf(record, note);
        return;
      case 'resume':
        this.#pause = null;
        return;
      case 'approve':
        this.#approval = 'none';
        return;
      case 'rollback':
      case 'abort':
      case 'deny':
        // While an earlier release is put right, only a rollback is an answer about that one.
        if (this.#waitsFor?.kind === 'decision' && (record.action === 'rollback' || !this.#repairs)) {
          this.#decision = record;
          return;
        }
        this.#stop = record;
        this.#pause = null;
        this.#onStop?.();
        // What is stuck is not tried to its end.
        if (this.#stuckNames.length > 0) this.#nudge();
        return;
      case 'skip':
        this.#dropped.set(note.service ?? '', record);
        this.#nudge();
        return;
      case 'give-up':
        if (this.#waitsFor?.kind === 'decision') {
          this.#decision = record;
          return;
        }
        for (const name of this.#stuckNames) this.#dropped.set(name, record);
        this.#nudge();
        return;
      case 'retry':
        this.#nudge();
    }
  }

  #nudge(): void {
    this.#nudged = true;
    this.#onNudge?.();
  }
}

const pauseOf = ({ atMs, who, reason }: OperatorRecord, { forMs }: OperatorNote): Hold => ({
  kind: 'paused',
  reason: `paused by ${who}${reason === '' ? '' : `: ${reason}`}`,
  sinceMs: atMs,
  untilMs: forMs === undefined ? null : atMs + forMs,
});
