/** The people of a scenario: they send their messages at their moments, and answer whatever waits for them in the end. */
import { setTimeout } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { OperatorAction, OperatorNote } from '../../src/release/operator.ts';
import type { ReleaseStatus } from '../../src/release/verdict.ts';
import type { Ending, Sent } from './record.ts';
import type { Message, Moment, Scenario } from './scenario.ts';

/** Between two looks at a release; each costs a workflow task. */
const LOOK_EVERY_MS = 400;
/** A release that has not ended after so long, though it was answered, hangs. */
const PATIENCE_MS = 60_000;

export class Operator {
  readonly sent: Sent[] = [];
  readonly #scenario: Scenario;
  readonly #handle: WorkflowHandle;
  readonly #answers: Sent[] = [];
  #counts = new Map<string, number>();
  #retries = 0;

  constructor(scenario: Scenario, handle: WorkflowHandle) {
    this.#scenario = scenario;
    this.#handle = handle;
  }

  /** Everything that was sent, by plan or as an answer. */
  all(): readonly Sent[] {
    return [...this.sent, ...this.#answers];
  }

  /** An attempt of an activity begins, or the release as a whole does, or has ended. */
  async at(moment: { readonly kind: 'early' | 'late' } | { readonly activity: string }): Promise<void> {
    const name = 'activity' in moment ? moment.activity : moment.kind;
    const nth = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, nth);
    const isNow = (at: Moment): boolean =>
      at.kind === 'activity' ? at.name === name && at.nth === nth : at.kind === name;
    for (const [index, message] of this.#scenario.messages.entries()) {
      if (isNow(message.at)) this.sent.push(await this.#send(message, `message-${index}`));
    }
  }

  /** Until the release has ended, or has stood still for too long. */
  async attend(ended: Promise<unknown>): Promise<Ending> {
    const over = ended.then(() => true);
    const startedAtMs = Date.now();
    let status: ReleaseStatus | undefined;
    while (Date.now() - startedAtMs < PATIENCE_MS) {
      if (await Promise.race([over, setTimeout(LOOK_EVERY_MS, false)])) return { kind: 'ended' };
      status = await this.#handle.query<ReleaseStatus>('status').catch(() => undefined);
      if (status) await this.#answer(status);
    }
    const reason = status?.hold?.reason ?? status?.stuck;
    return reason ? { kind: 'waiting', reason } : { kind: 'hung', status: JSON.stringify(status ?? null) };
  }

  async #answer({ hold, stuck }: ReleaseStatus): Promise<void> {
    const { answers, approval } = this.#scenario;
    switch (hold?.kind) {
      case 'paused':
        if (hold.untilMs === null) await this.#say(answers.paused);
        return;
      case 'approval':
        if (approval === 'approve' || approval === 'deny') await this.#say(approval);
        return;
      case 'decision':
        await this.#say(answers.decision);
        return;
      case undefined:
        break;
    }
    if (stuck === null) return;
    if (this.#retries < answers.retries) {
      this.#retries += 1;
      await this.#say('retry');
    } else if (answers.stuck === 'give-up') await this.#say('give-up');
    else {
      const names = [...this.#scenario.services.map(({ name }) => name), 'latest'];
      for (const name of names) if (stuck.includes(`${name}: `)) await this.#say('skip', name);
    }
  }

  async #say(action: OperatorAction, service = ''): Promise<void> {
    const message: Message = {
      at: { kind: 'late' },
      action,
      via: 'signal',
      copies: 1,
      forMs: null,
      service,
    };
    this.#answers.push(await this.#send(message, `answer-${this.#answers.length}`));
  }

  async #send(message: Message, id: string): Promise<Sent> {
    let taken = 0;
    for (let copy = 0; copy < message.copies; copy += 1) if (await this.#sendOnce(message, id)) taken += 1;
    return { message, id, taken };
  }

  /** False where Temporal, or the release by its validator, did not take it. */
  async #sendOnce({ action, via, forMs, service }: Message, id: string): Promise<boolean> {
    if (action === 'cancel') {
      return this.#handle.cancel().then(
        () => true,
        () => false,
      );
    }
    const note: OperatorNote = {
      id,
      who: 'Olga',
      reason: id,
      ...(forMs !== null && action === 'pause' ? { forMs } : {}),
      ...(action === 'skip' ? { service } : {}),
    };
    try {
      if (via === 'signal') await this.#handle.signal(action, note);
      // Waiting for an answer would hold up the activity at whose start it is sent.
      else await this.#handle.startUpdate(action, { args: [note], waitForStage: 'ACCEPTED' });
      return true;
    } catch (error) {
      // An update has an answer, and "no" comes as an error: of the validator, or of a workflow that ends just now.
      if (via === 'update' || isGone(error)) return false;
      throw error;
    }
  }
}

/** The release has ended: whoever is late is told so by Temporal. */
const isGone = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'WorkflowNotFoundError' || /already completed|not found/i.test(error.message));
