/** Commits, releases and walks through the queue, for the tests of the environment's rules. */
import type { LedgerEntry, Outcome } from '../../../src/release/environment/ledger.ts';
import { ended, join, type Move, ready, type TurnAnswer } from '../../../src/release/environment/queue.ts';
import {
  ANCESTOR_DIGITS,
  type CommitLine,
  type Entrant,
  type EnvironmentState,
  emptyEnvironment,
  type QueuePolicy,
  type Rules,
} from '../../../src/release/environment/state.ts';

export const shaOf = (place: number, branch = 0): string =>
  `${branch}${String(place).padStart(ANCESTOR_DIGITS - 1, '0')}`.padEnd(40, 'c');

/** Commit `place` of the main line (branch 0), or of one that left it at commit `from`. */
export const commit = (place: number, branch = 0, from = 0): CommitLine => {
  const own = Array.from({ length: place - from - 1 }, (_, index) => shaOf(place - 1 - index, branch));
  const shared = branch === 0 ? [] : Array.from({ length: from }, (_, index) => shaOf(from - index));
  const ancestors = [...own, ...shared].map((sha) => sha.slice(0, ANCESTOR_DIGITS));
  return { sha: shaOf(place, branch), subject: `commit ${place}`, ancestors };
};

export const entrant = (id: string, line: CommitLine, more: Partial<Entrant> = {}): Entrant => ({
  releaseId: id,
  commit: line,
  rollbackTo: null,
  startedBy: 'ada',
  startedAtMs: 1_000,
  allowOlder: false,
  overrideFreeze: null,
  ...more,
});

export const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  verdict: 'succeeded',
  cause: null,
  images: [],
  services: [],
  broughtBy: null,
  repaired: true,
  notes: [],
  approvedBy: null,
  pauses: [],
  stages: [],
  endedAtMs: 5_000,
  ...more,
});

/** Follows one environment; what each release was told last is kept. */
export class Scene {
  state: EnvironmentState = emptyEnvironment('shop', 'production');
  /** What the store gets, in the order of the ends. */
  readonly entries: LedgerEntry[] = [];
  readonly told = new Map<string, TurnAnswer>();
  readonly letters: { readonly releaseId: string; readonly answer: TurnAnswer }[] = [];
  rules: Rules;
  nowMs = 10_000;

  constructor(policy: QueuePolicy = 'supersede') {
    this.rules = { policy, freezes: [] };
  }

  join(id: string, line: CommitLine, more: Partial<Entrant> = {}): this {
    return this.move(join(this.state, entrant(id, line, more), this.rules, this.nowMs));
  }

  ready(...ids: string[]): this {
    for (const id of ids) this.move(ready(this.state, id, this.nowMs));
    return this;
  }

  /** Joins and is ready at once. */
  arrive(id: string, line: CommitLine, more: Partial<Entrant> = {}): this {
    return this.join(id, line, more).ready(id);
  }

  end(id: string, how: Outcome | null = outcome()): this {
    const { entry, ...move } = ended(this.state, id, how, this.nowMs);
    if (entry) this.entries.push(entry);
    return this.move(move);
  }

  kindOf(id: string): string | undefined {
    return this.told.get(id)?.kind;
  }

  whyOf(id: string): string {
    const answer = this.told.get(id);
    return answer && 'why' in answer ? answer.why : '';
  }

  move({ state, letters }: Move): this {
    this.state = state;
    this.nowMs += 10;
    for (const letter of letters) {
      this.told.set(letter.releaseId, letter.answer);
      this.letters.push(letter);
    }
    return this;
  }
}
