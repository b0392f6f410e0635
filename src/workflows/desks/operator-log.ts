/** What operators have said and what they were answered: bounded, and each message once, however often it comes. */
import type { OperatorAction, OperatorAnswer, OperatorNote } from '../../release/operator.ts';
import type { OperatorRecord } from '../../release/verdict.ts';

/** Beyond so many, messages that change nothing are answered but not kept; at last none is: the report has to stay small. */
const KEPT_RECORDS = 100;
const MOST_RECORDS = 200;

export class OperatorLog {
  readonly #records: OperatorRecord[] = [];
  /** By action and id of the note: a message that comes twice has the answer that it had. */
  readonly #answered = new Map<string, OperatorAnswer>();
  readonly #refused = new Set<string>();

  get records(): readonly OperatorRecord[] {
    return this.#records;
  }

  /** The answer to a message that has come before; undefined for one that is new, or was refused. */
  answerBefore(action: OperatorAction, { id }: OperatorNote): OperatorAnswer | undefined {
    return id === undefined ? undefined : this.#answered.get(`${action} ${id}`);
  }

  /** Returns the record of it: whether or not it is among those that are kept. */
  keep(action: OperatorAction, note: OperatorNote, answer: OperatorAnswer): OperatorRecord {
    const { id, who = 'somebody', reason = '', forMs } = note;
    const end = action === 'pause' && forMs !== undefined ? { forMs } : {};
    const { accepted, text } = answer;
    const record = { atMs: Date.now(), action, who, reason, ...end, accepted, answer: text };
    const key = `${action} ${id}`;
    // A refused one may be said again when it means something; until then once is enough.
    const isSaidAgain = id !== undefined && !accepted && this.#refused.has(key);
    if (id !== undefined && accepted) this.#answered.set(key, answer);
    if (id !== undefined && !accepted) this.#refused.add(key);
    const hasRoom = this.#records.length < (accepted ? MOST_RECORDS : KEPT_RECORDS);
    if (!isSaidAgain && hasRoom) this.#records.push(record);
    return record;
  }

  /** Of the workflow, by whoever may do that in Temporal: where a decision is asked for, it is one. */
  addCancellation(): OperatorRecord {
    const record: OperatorRecord = {
      atMs: Date.now(),
      action: 'abort',
      who: 'somebody',
      reason: 'the workflow was cancelled',
      accepted: true,
      answer: 'the services go back to the version before',
    };
    this.#records.push(record);
    return record;
  }
}
