/**
 * A release on the way to the turn of its environment: it joins when it knows its commit, asks for the turn when it
 * is ready to change things, and may hear at any time before that it will not get it.
 */
import { condition, log } from '@temporalio/workflow';
import type { Place } from '../../activities/contracts/environment.ts';
import type { Letter, Served, TurnAnswer } from '../../release/environment/queue.ts';
import type { Arrival, Dismissal, Turn } from '../../release/environment/state.ts';
import { isFields } from '../../release/fields.ts';
import { NOT_ALLOWED } from '../../release/refusals.ts';
import { toEnvironment } from '../pools/control.ts';
import { ReleaseFailure } from '../release-failure.ts';
import { TURN_DESCRIPTION } from './descriptions.ts';
import { turnSignal } from './environment-messages.ts';
import type { SignalHandlers } from './signals.ts';

/** An environment that was terminated has forgotten who waits: it is told again after this long without a word. */
const ASK_AGAIN_MS = 10 * 60_000;

type Kind = TurnAnswer['kind'];
type Answer<Of extends Kind> = Extract<TurnAnswer, { readonly kind: Of }>;

export class TurnDesk {
  readonly #releaseId: string;
  #answer: TurnAnswer | null = null;
  #arrival: (Place & { readonly arrival: Arrival }) | null = null;
  #onDismissal: (() => void) | null = null;
  #onWaiting: ((why: string) => void) | null = null;

  constructor(releaseId: string) {
    this.#releaseId = releaseId;
  }

  get signals(): SignalHandlers {
    return {
      [turnSignal.name]: {
        hear: (letter) => this.#open(letter),
        description: TURN_DESCRIPTION,
      },
    };
  }

  /** Its number among the releases of the environment; null before that one has answered. */
  get number(): number | null {
    return this.#answer?.number ?? null;
  }

  /** Why it gets no turn; null: it may still get it, or has it. */
  get dismissal(): Dismissal | null {
    const answer = this.#answer;
    return answer?.kind === 'superseded' || answer?.kind === 'refused' ? answer : null;
  }

  /** Runs the way forward; a dismissal interrupts it. */
  async forward<T>(interrupt: () => void, work: () => Promise<T>): Promise<T> {
    this.#onDismissal = interrupt;
    try {
      return await work();
    } finally {
      this.#onDismissal = null;
    }
  }

  /** Returns what serves now; null: nothing is known. Throws a ReleaseFailure where it may not even begin. */
  async join(place: Place, arrival: Omit<Arrival, 'ready'>): Promise<Served | null> {
    this.#arrival = { ...place, arrival: { ...arrival, ready: false } };
    const answer = await this.#ask('plan', 'joined', 'waiting', 'granted');
    return answer.kind === 'waiting' ? null : answer.serving;
  }

  /**
   * Returns the turn, and what serves by then. Throws a ReleaseFailure where the release does not get it.
   *
   * @param onWaiting told why it waits, as often as that changes
   */
  async take(
    onWaiting: (why: string) => void,
  ): Promise<{ readonly turn: Turn; readonly serving: Served | null }> {
    if (!this.#arrival) throw new Error('a release joins before it asks for the turn');
    const { app, environment, arrival } = this.#arrival;
    this.#arrival = { app, environment, arrival: { ...arrival, ready: true } };
    this.#onWaiting = onWaiting;
    const { number, fence, serving } = await this.#ask('turn', 'granted');
    const turn: Turn = { ...arrival.entrant, number, fence, phase: 'ready', sinceMs: Date.now() };
    return { turn, serving };
  }

  async #ask<Of extends Kind>(step: string, ...until: readonly Of[]): Promise<Answer<Of>> {
    const isThere = (answer: TurnAnswer | null): answer is Answer<Of> =>
      until.some((kind) => kind === answer?.kind);
    const isOver = (): boolean => isThere(this.#answer) || this.dismissal !== null;
    while (!isOver()) {
      if (this.#arrival) await toEnvironment.tellEnvironment(this.#arrival);
      await condition(isOver, ASK_AGAIN_MS, { summary: 'until it asks for the turn again' });
    }
    const answer = this.#answer;
    if (isThere(answer)) return answer;
    throw dismissed(this.dismissal ?? { kind: 'refused', why: 'no answer' }, step);
  }

  #open(letter: unknown): void {
    if (!isLetter(letter)) {
      log.warn('a letter that is none is ignored');
      return;
    }
    // What was granted or refused once stays so, whatever an environment says that has forgotten it.
    if (letter.releaseId !== this.#releaseId || this.#isSettled) return;
    this.#answer = letter.answer;
    if (letter.answer.kind === 'waiting') this.#onWaiting?.(letter.answer.why);
    if (this.dismissal) this.#onDismissal?.();
  }

  get #isSettled(): boolean {
    return this.dismissal !== null || this.#answer?.kind === 'granted';
  }
}

/** Anybody may send one, with anything in it. */
const isLetter = (given: unknown): given is Letter => {
  if (!isFields(given) || !isFields(given.answer)) return false;
  const { kind, number, why, fence } = given.answer;
  if (typeof number !== 'number') return false;
  switch (kind) {
    case 'joined':
      return true;
    case 'granted':
      return typeof fence === 'number';
    case 'waiting':
    case 'superseded':
    case 'refused':
      return typeof why === 'string';
    default:
      return false;
  }
};

/**
 * As the cause of the end of the release.
 * @param step in which it has heard it: the one that the steps show as cut short
 */
export const dismissed = ({ kind, why }: Dismissal, step: string): ReleaseFailure =>
  kind === 'refused'
    ? new ReleaseFailure(NOT_ALLOWED, step, why)
    : new ReleaseFailure(kind, step, `superseded ${why}`);
