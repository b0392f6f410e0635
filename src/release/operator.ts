/**
 * What operators may say to a release, and what it answers at each moment: pure, so that signals (which are never
 * answered) and updates (whose validators answer at once) follow the same rules.
 */

export const OPERATOR_ACTIONS = [
  'pause',
  'resume',
  'rollback',
  'abort',
  'approve',
  'deny',
  'retry',
  'skip',
  'give-up',
] as const;
export type OperatorAction = (typeof OPERATOR_ACTIONS)[number];

/** What comes with a message; all of it is optional, and all of it is only claimed. */
export interface OperatorNote {
  readonly who?: string;
  readonly reason?: string;
  /** Of `pause`: resume by itself after this long. */
  readonly forMs?: number;
  /** Of `skip`: name of the service in `slipway.yaml`. */
  readonly service?: string;
  /** The same id twice is the same message. */
  readonly id?: string;
  /** What of it could not be understood. */
  readonly unclear?: string;
}

/** Where a release stands, as far as the answers depend on it. */
export interface Situation {
  /**
   * `decision`: a failure after an irreversible migration waits for a person; `repairing`: an earlier release that was
   * broken off is being put right, before anything of this one is changed; `repair-decision`: that one had such a migration.
   */
  readonly phase: 'running' | 'decision' | 'repairing' | 'repair-decision' | 'restoring' | 'ended';
  readonly touched: boolean;
  readonly paused: boolean;
  /** `open`: waits for an answer now; `expected`: will ask later; `none`: never asks, or has its answer. */
  readonly approval: 'none' | 'expected' | 'open';
  /** Services that the compensation cannot restore at the moment. */
  readonly stuck: readonly string[];
  /** Somebody has asked for a rollback or an abort already. */
  readonly stopping: boolean;
  /** The moment of the message. */
  readonly nowMs: number;
}

export interface OperatorAnswer {
  readonly accepted: boolean;
  readonly text: string;
}

const yes = (text: string): OperatorAnswer => ({ accepted: true, text });
const no = (text: string): OperatorAnswer => ({ accepted: false, text });

export const answerTo = (
  action: OperatorAction,
  note: OperatorNote,
  situation: Situation,
): OperatorAnswer => {
  const { phase } = situation;
  if (phase === 'ended') return no('the release has ended');
  if (note.unclear !== undefined && action !== 'pause') return no(`not understood: ${note.unclear}`);
  switch (action) {
    case 'pause':
      if (phase === 'decision' || phase === 'repair-decision')
        return no('the release waits for a decision already');
      if (phase === 'restoring') return no('the release is being rolled back: that is not paused');
      if (situation.stopping) return no('the release is being stopped already');
      return pause(note, situation);
    case 'resume':
      return situation.paused ? yes('it goes on') : no('the release is not paused');
    case 'rollback':
      if (phase === 'decision') return yes('the services go back to the version before');
      if (phase === 'restoring' || situation.stopping) return no(already(situation));
      if (phase === 'repair-decision')
        return yes('the services of the earlier release go back, then this one goes on');
      if (phase === 'repairing')
        return no('nothing of this release to roll back: it is putting an earlier one right (abort ends it)');
      return situation.touched
        ? yes('every service that was touched goes back')
        : no('nothing to roll back: nothing has been changed yet (abort ends the release)');
    case 'abort':
      if (phase === 'decision') return yes('the services go back to the version before');
      if (phase === 'restoring' || situation.stopping) return no(already(situation));
      if (phase === 'repairing')
        return yes(
          'it ends when the earlier release is put right; what is stuck there is left to the next one',
        );
      if (phase === 'repair-decision')
        return yes('it ends; the earlier release is left as it is, for the next one to put right');
      return yes(
        situation.touched ? 'every service that was touched goes back' : 'it ends, nothing was changed',
      );
    case 'approve':
      return approval(situation, 'approved');
    case 'deny':
      return approval(situation, 'denied');
    case 'retry':
      return situation.stuck.length > 0 ? yes('tried again at once') : no('nothing is stuck');
    case 'skip': {
      const { service } = note;
      if (service === undefined) return no('skip needs the name of a service: {"service": "api"}');
      if (situation.stuck.includes(service)) return yes(`${service} is left as it is`);
      const stuck = situation.stuck.length > 0 ? `; stuck: ${situation.stuck.join(', ')}` : '';
      return no(`${service} is not stuck${stuck}`);
    }
    case 'give-up':
      if (phase === 'decision') return yes('the services stay as they are, and the release ends');
      if (phase === 'repair-decision') return yes('the services stay as they are, and the release goes on');
      return situation.stuck.length > 0
        ? yes('what cannot be restored is left as it is')
        : no('nothing is stuck');
  }
};

/** To hold is the safe reading of what is unclear; to hold for another time than was said is not. */
const pause = ({ unclear, forMs }: OperatorNote, { paused, nowMs }: Situation): OperatorAnswer => {
  if (unclear === undefined) {
    const end =
      forMs === undefined ? 'until somebody resumes it' : `and goes on by itself at ${moment(nowMs + forMs)}`;
    return yes(`${paused ? 'it stays paused' : 'it stops before the next change'}, ${end}`);
  }
  return paused
    ? no(`it stays paused as it is: ${unclear}`)
    : yes(`it stops before the next change, until somebody resumes it: ${unclear}`);
};

/** To the second: a pause may be short. */
const moment = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const already = ({ touched }: Situation): string =>
  touched ? 'already rolling back' : 'the release is being stopped already';

const approval = (situation: Situation, word: string): OperatorAnswer => {
  const { approval: state, phase, stopping } = situation;
  if (phase === 'restoring') return no('the release is being rolled back');
  if (stopping) return no(already(situation));
  if (phase === 'decision' || phase === 'repair-decision')
    return no('the release waits for another decision: rollback, or give-up');
  if (state === 'none') return no('the release waits for no approval');
  return yes(word);
};

/** Longer texts are cut: they go into the history and the report. */
const LONGEST_TEXT = 500;
const LONGEST_PAUSE_MS = 7 * 24 * 3_600_000;

const TEXTS = ['who', 'reason', 'service', 'id'] as const;

/**
 * Temporal's UI and CLI accept anything: nothing, `null`, a bare text (the reason; of `skip`: the service), an object with
 * any of the fields. What is of another type is not guessed at; fields that we do not know are left out.
 */
export const readNote = (action: OperatorAction, input: unknown): OperatorNote => {
  if (input === undefined || input === null) return {};
  if (typeof input === 'string') return action === 'skip' ? { service: cut(input) } : { reason: cut(input) };
  if (!isObject(input)) return { unclear: `expected an object such as {"reason":"…"}, a text, or no input` };
  const texts: Partial<Record<(typeof TEXTS)[number], string>> = {};
  const unclear: string[] = [];
  for (const field of TEXTS) {
    const value = input[field] ?? undefined;
    if (typeof value === 'string') {
      if (value.trim() !== '') texts[field] = cut(value);
    } else if (value !== undefined) unclear.push(`${field} has to be a text`);
  }
  const forMs = action === 'pause' ? (input.forMs ?? undefined) : undefined;
  const isTime = typeof forMs === 'number' && Number.isFinite(forMs) && forMs > 0;
  if (forMs !== undefined && !isTime) unclear.push('forMs has to be a number of milliseconds above 0');
  if (unclear.length > 0) return { ...texts, unclear: unclear.join('; ') };
  return isTime ? { ...texts, forMs: Math.min(forMs, LONGEST_PAUSE_MS) } : texts;
};

/** No list, and no bytes. */
const isObject = (input: unknown): input is Readonly<Record<string, unknown>> =>
  Object.prototype.toString.call(input) === '[object Object]';

const cut = (text: string): string => text.trim().slice(0, LONGEST_TEXT);
