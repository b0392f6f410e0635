/**
 * The `environment` workflow: one for each app and environment, for years. It gives the turn to one release at a time
 * and remembers what became of each. Who gets it is decided in src/release/environment; here is what a durable program
 * needs around that: messages, the wait for the end of each release, and the step into the next run.
 *
 * While no release is under way it waits for a message and costs nothing: no timer, no activity.
 */
import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { readArrival } from '../release/environment/arrival.ts';
import { readAttendance } from '../release/environment/attendance.ts';
import { type Foresight, foresee } from '../release/environment/foresight.ts';
import { frozen, unfrozen, whyFrozen } from '../release/environment/freeze.ts';
import { readFreeze } from '../release/environment/freeze-request.ts';
import {
  arrive,
  attend,
  ended,
  freeze,
  type Letter,
  type Move,
  unfreeze,
} from '../release/environment/queue.ts';
import { type EnvironmentState, emptyEnvironment } from '../release/environment/state.ts';
import { statusOf } from '../release/environment/status.ts';
import { workflowIdOf } from '../release/names.ts';
import { environmentPage } from '../release/page/environment-page.ts';
import { ENVIRONMENT_DESCRIPTIONS } from './desks/descriptions.ts';
import {
  arrivalSignal,
  attendanceSignal,
  environmentStatusQuery,
  foreseeQuery,
  freezeSignal,
  freezeUpdate,
  turnSignal,
  unfreezeSignal,
  unfreezeUpdate,
} from './desks/environment-messages.ts';
import { hearInOrder } from './desks/signals.ts';
import { checkedInput, type EnvironmentInput } from './environment-input.ts';
import { LongMemory } from './long-memory.ts';
import { awaitsReleases, recalls } from './pools/control.ts';
import { keepPage } from './telling/page.ts';

/** What the store takes at once is waited for; a store that is away is no reason to tell nobody anything. */
const LONGEST_FAREWELL_MS = 5_000;

/** @param input by hand it may be anything: one that stood still would have the id of the environment for ever */
export const environment = async (input: EnvironmentInput): Promise<never> =>
  new Keeper(checkedInput(input)).keep();

class Keeper {
  readonly #input: EnvironmentInput;
  #state: EnvironmentState;
  /** False until the store has been asked: what comes before is kept for then. */
  #knows: boolean;
  readonly #early: (() => void)[] = [];
  /** What is not said by this run any more. */
  readonly #unsaid: Letter[] = [];
  #handled = 0;
  /** Letters on their way. */
  #underWay = 0;
  readonly #watches = new Map<string, CancellationScope>();
  /** By release: what it is told arrives in the order in which it was said. */
  readonly #posts = new Map<string, Promise<void>>();
  readonly #memory: LongMemory;

  constructor(input: EnvironmentInput) {
    const { app, environment: name, carried } = input;
    this.#input = input;
    this.#state = carried?.state ?? emptyEnvironment(app, name);
    this.#knows = carried !== undefined;
    this.#memory = new LongMemory({ app, environment: name }, () => this.#state.freeze);
    const { status, arrival, attendance, freeze: freezing, unfreeze: unfreezing } = ENVIRONMENT_DESCRIPTIONS;
    setHandler(environmentStatusQuery, () => statusOf(this.#state), { description: status });
    setHandler(foreseeQuery, (coming, nowMs) => this.#foresee(coming, nowMs), {
      description: ENVIRONMENT_DESCRIPTIONS.foresee,
    });
    hearInOrder({
      [arrivalSignal.name]: { hear: (letter) => this.#arrived(letter), description: arrival },
      [attendanceSignal.name]: { hear: (letter) => this.#attended(letter), description: attendance },
      [freezeSignal.name]: { hear: (wish) => this.#freezeAsWished(wish), description: freezing },
      [unfreezeSignal.name]: { hear: () => void this.#freeze(null), description: unfreezing },
    });
    setHandler(freezeUpdate, (wish?: unknown) => this.#answer(readFreeze(wish, Date.now()).freeze), {
      description: freezing,
      validator: (wish?: unknown) => {
        const { problem } = readFreeze(wish, Date.now());
        if (problem !== null) throw ApplicationFailure.nonRetryable(problem, 'NotNow');
      },
    });
    setHandler(unfreezeUpdate, () => this.#answer(null), { description: unfreezing });
    keepPage(() => environmentPage(statusOf(this.#state), Date.now()));
  }

  async keep(): Promise<never> {
    const { carried, app, environment: name } = this.#input;
    if (carried) {
      this.#post(carried.letters);
      this.#memory.goOn(carried.unkept);
    } else await this.#recall(app, name);
    this.#watch();
    const isSaid = (): boolean => this.#isOver && this.#underWay === 0 && allHandlersFinished();
    // Looked at again: a release may have ended between the moment when it was so and this one.
    for (let hasWaited = false; !(isSaid() && (hasWaited || this.#memory.isIdle)); ) {
      await condition(isSaid);
      hasWaited = true;
      await condition(() => this.#memory.isIdle, LONGEST_FAREWELL_MS, { summary: 'waits for the store' });
    }
    for (const scope of this.#watches.values()) scope.cancel();
    return continueAsNew<typeof environment>({
      ...this.#input,
      carried: {
        state: this.#state,
        letters: this.#unsaid,
        unkept: this.#memory.unkept,
      },
    });
  }

  async #recall(app: string, name: string): Promise<void> {
    const recalled = await recalls.recallEnvironment({ app, environment: name });
    this.#state = { ...this.#state, ...recalled };
    this.#knows = true;
    for (const handle of this.#early) handle();
  }

  /** Enough has happened in this run; what comes now is taken in, and told by the next one. */
  get #isOver(): boolean {
    const { continueAsNewSuggested } = workflowInfo();
    return this.#handled >= (this.#input.runLength ?? Number.POSITIVE_INFINITY) || continueAsNewSuggested;
  }

  /** @param nowMs of whoever asks: here the clock stands still between two messages */
  #foresee(input: unknown, nowMs: number): Foresight | null {
    const arrival = readArrival(input);
    if (!arrival) throw new Error('expected an arrival');
    return this.#knows ? foresee(this.#state, arrival, nowMs) : null;
  }

  #arrived(input: unknown): void {
    const arrival = readArrival(input);
    if (!arrival) {
      log.warn('an arrival that is none is ignored');
      return;
    }
    this.#handle(() => this.#make(arrive(this.#state, arrival, Date.now())));
  }

  #attended(input: unknown): void {
    const attendance = readAttendance(input);
    if (!attendance) {
      log.warn('an attendance that is none is ignored');
      return;
    }
    const { releaseId, unattended } = attendance;
    this.#handle(() => this.#make(attend(this.#state, releaseId, unattended)));
  }

  #freezeAsWished(wish: unknown): void {
    const { freeze: wanted, problem } = readFreeze(wish, Date.now());
    if (wanted) this.#freeze(wanted);
    else log.warn(`freeze is ignored: ${problem}`);
  }

  /** Only when it is so: before that, nobody knows whether it was frozen. */
  async #answer(what: EnvironmentState['freeze']): Promise<string> {
    if (!this.#knows) await condition(() => this.#knows);
    return this.#freeze(what);
  }

  /** @param what null ends it */
  #freeze(what: EnvironmentState['freeze']): string {
    const was = this.#state.freeze;
    const replaced = whyFrozen(was, [], Date.now());
    this.#handle(() => {
      this.#state = what ? freeze(this.#state, what) : unfreeze(this.#state);
      this.#memory.keepFreeze();
    });
    if (what === null) return unfrozen(was, whyFrozen(null, this.#state.rules.freezes, Date.now()));
    return frozen(what, replaced);
  }

  #handle(handle: () => void): void {
    this.#handled += 1;
    if (this.#knows) handle();
    else this.#early.push(handle);
  }

  #make({ state, letters }: Move): void {
    this.#state = state;
    this.#post(letters);
    this.#watch();
  }

  #post(letters: readonly Letter[]): void {
    for (const letter of letters) {
      if (this.#isOver) this.#unsaid.push(letter);
      else this.#deliver(letter);
    }
  }

  #deliver(letter: Letter): void {
    const { releaseId } = letter;
    const before = this.#posts.get(releaseId);
    const post = this.#send(async () => {
      await before;
      await getExternalWorkflowHandle(workflowIdOf(releaseId)).signal(turnSignal, letter);
    });
    this.#posts.set(releaseId, post);
  }

  /** Each release that has not ended has one activity that waits for its end. */
  #watch(): void {
    if (!this.#knows) return;
    const { turn, joined } = this.#state;
    for (const { releaseId } of [...(turn ? [turn] : []), ...joined]) {
      if (this.#watches.has(releaseId)) continue;
      const scope = new CancellationScope();
      this.#watches.set(releaseId, scope);
      void scope
        .run(() => this.#seeOff(releaseId))
        .catch((error: unknown) => {
          if (!isCancellation(error)) throw error;
        });
    }
  }

  async #seeOff(releaseId: string): Promise<void> {
    const { app, environment: name } = this.#input;
    const { turn } = this.#state;
    const unattended = (turn?.releaseId === releaseId ? turn.unattended : undefined) ?? null;
    const outcome = await awaitsReleases.awaitRelease({ app, environment: name, releaseId, unattended });
    this.#watches.delete(releaseId);
    this.#posts.delete(releaseId);
    this.#handled += 1;
    const { entry, ...move } = ended(this.#state, releaseId, outcome, Date.now());
    this.#make(move);
    if (entry) this.#memory.keepEntry(entry);
  }

  /** Whom a letter does not reach has ended. */
  #send(work: () => Promise<void>): Promise<void> {
    this.#underWay += 1;
    return work()
      .catch((error: unknown) => {
        log.warn('a letter was not delivered', { error });
      })
      .finally(() => {
        this.#underWay -= 1;
      });
  }
}
