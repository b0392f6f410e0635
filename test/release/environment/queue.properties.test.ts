/** Random days of an environment: what must hold after every move. A failing run prints its seed; SEED repeats it. */
import { describe, expect, it } from '@jest/globals';
import { commitOrder } from '../../../src/release/environment/commit-order.ts';
import { firstInLine, isRollback } from '../../../src/release/environment/eligibility.ts';
import {
  attend,
  freeze,
  join,
  type Letter,
  ready,
  unfreeze,
} from '../../../src/release/environment/queue.ts';
import {
  type CommitLine,
  type Entrant,
  type EnvironmentState,
  QUEUE_POLICIES,
} from '../../../src/release/environment/state.ts';
import { randomFrom } from '../../random.ts';
import { commit, outcome, Scene } from './scenes.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = 60;
const MOVES = 60;

const FINAL: readonly string[] = ['granted', 'superseded', 'refused'];

interface Step {
  readonly before: EnvironmentState;
  readonly after: EnvironmentState;
  readonly letters: readonly Letter[];
  readonly what: string;
}

interface Day {
  readonly steps: readonly Step[];
  readonly scene: Scene;
  readonly entrants: ReadonlyMap<string, Entrant>;
  /** The tip of the protected branch says another policy from time to time. */
  readonly isFickle: boolean;
}

const live = (seed: number): Day => {
  const random = randomFrom(seed);
  const below = (end: number): number => Math.floor(random() * end);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const policy = pick(QUEUE_POLICIES);
  const scene = new Scene(policy);
  const entrants = new Map<string, Entrant>();
  const steps: Step[] = [];
  const isFickle = random() < 0.3;
  let head = 1;
  const anyCommit = (): CommitLine => {
    const kind = random();
    if (kind < 0.5) {
      head += 1;
      return commit(head);
    }
    if (kind < 0.75) return commit(1 + below(head));
    const from = 1 + below(head);
    return commit(from + 1 + below(3), 1 + below(2), from);
  };
  const act = (what: string, work: () => void): void => {
    const before = scene.state;
    const heard = scene.letters.length;
    work();
    steps.push({ before, after: scene.state, letters: scene.letters.slice(heard), what });
  };
  for (let index = 0; index < MOVES; index += 1) {
    scene.nowMs += below(1_000);
    const { turn, joined } = scene.state;
    const ids = [...joined.map(({ releaseId }) => releaseId), ...(turn ? [turn.releaseId] : [])];
    const kind = random();
    if (kind < 0.35 || ids.length === 0) {
      const id = `r${index}`;
      const more = {
        rollbackTo: random() < 0.1 ? 1 : null,
        startedAtMs: scene.nowMs,
        allowOlder: random() < 0.1,
        overrideFreeze: random() < 0.1 ? 'because' : null,
      };
      const line = anyCommit();
      if (isFickle && random() < 0.3) scene.rules = { policy: pick(QUEUE_POLICIES), freezes: [] };
      act(`join ${id}`, () => scene.join(id, line, more));
      entrants.set(id, { ...more, releaseId: id, commit: line, startedBy: 'ada' });
    } else if (kind < 0.65) {
      const id = pick(ids);
      act(`ready ${id}`, () => scene.ready(id));
    } else if (kind < 0.92) {
      const id = turn && random() < 0.5 ? turn.releaseId : pick(ids);
      const hasTurn = turn?.releaseId === id;
      const verdict = hasTurn
        ? pick(['succeeded', 'succeeded', 'rolled-back', 'rollback-failed'] as const)
        : 'failed';
      const end = random() < 0.15 ? null : outcome({ verdict, repaired: hasTurn, endedAtMs: scene.nowMs });
      act(`end ${id}`, () => scene.end(id, end));
    } else if (kind < 0.94) {
      const unattended = random() < 0.4 ? null : { queue: 'q', kind: 'activity' as const, sinceMs: below(3) };
      // Most of what is said is about the one that has the turn.
      const id = random() < 0.7 ? (scene.state.turn?.releaseId ?? 'nobody') : pick([...ids, 'nobody']);
      act(`attend ${id}`, () => scene.move(attend(scene.state, id, unattended)));
    } else if (kind < 0.96) {
      const untilMs = random() < 0.5 ? null : scene.nowMs + below(3_000);
      act('freeze', () => {
        scene.state = freeze(scene.state, { reason: 'no', owner: 'ada', sinceMs: scene.nowMs, untilMs });
      });
    } else {
      act('unfreeze', () => {
        scene.state = unfreeze(scene.state);
      });
    }
  }
  return { steps, scene, entrants, isFickle };
};

const days = Array.from({ length: RUNS }, (_, run) => ({ seed: SEED + run, ...live(SEED + run) }));

const everyDay = (check: (day: Day) => void): void => {
  for (const day of days) {
    try {
      check(day);
    } catch (error) {
      const story = day.steps.map(({ what, letters }) => `${what} → ${JSON.stringify(letters)}`).join('\n');
      throw new Error(`SEED=${day.seed}\n${story}`, { cause: error });
    }
  }
};

const everyStep = (check: (step: Step, day: Day) => void): void =>
  everyDay((day) => {
    for (const step of day.steps) check(step, day);
  });

describe(`the queue of an environment (SEED=${SEED})`, () => {
  it('grants a turn only when the one before has ended, under a fence that grows', () => {
    let granted = 0;
    everyStep(({ before, after }) => {
      expect(after.lastFence).toBeGreaterThanOrEqual(before.lastFence);
      if (!after.turn || after.turn.releaseId === before.turn?.releaseId) return;
      granted += 1;
      expect(after.turn.fence).toBe(after.lastFence);
      expect(after.turn.fence).toBeGreaterThan(before.lastFence);
      const ledgered = after.ledger.map(({ releaseId }) => releaseId);
      if (before.turn) expect(ledgered).toContain(before.turn.releaseId);
    });
    expect(granted).toBeGreaterThan(RUNS);
  });

  it('takes a turn from nobody who has it', () => {
    everyStep(({ before, after, what }) => {
      if (!before.turn || what === `end ${before.turn.releaseId}`) return;
      const { unattended: _, ...turn } = before.turn;
      expect(after.turn).toMatchObject(turn);
    });
  });

  it('changes nothing but what is said of the holder when nobody works on it', () => {
    let times = 0;
    everyStep(({ before, after, what, letters }) => {
      if (!what.startsWith('attend ')) return;
      expect({ ...after, turn: null }).toEqual({ ...before, turn: null });
      if (after === before) {
        expect(letters).toEqual([]);
        return;
      }
      times += 1;
      expect(what).toBe(`attend ${before.turn?.releaseId}`);
      for (const { answer } of letters) {
        expect(answer.kind).toBe('waiting');
        const isSaid = 'why' in answer && answer.why.includes('nobody works on it');
        expect(isSaid).toBe(after.turn?.unattended !== undefined);
      }
    });
    expect(times).toBeGreaterThan(0);
  });

  it('never leaves the turn lying about while somebody may have it', () => {
    everyStep(({ after }) => {
      if (after.turn === null) expect(firstInLine(after)).toBeUndefined();
    });
  });

  it('tells each release in the end either that it has the turn, or that it has not, and never both', () => {
    everyDay(({ scene }) => {
      const said = new Map<string, Set<string>>();
      for (const { releaseId, answer } of scene.letters) {
        said.set(releaseId, (said.get(releaseId) ?? new Set()).add(answer.kind));
      }
      for (const kinds of said.values()) {
        expect([...kinds].filter((kind) => FINAL.includes(kind)).length).toBeLessThanOrEqual(1);
      }
      const open = [...(scene.state.turn ? [scene.state.turn] : []), ...scene.state.joined];
      for (const { releaseId, number } of open) expect(scene.told.get(releaseId)).toMatchObject({ number });
    });
  });

  it('says nothing new when the same is said again', () => {
    everyStep(({ after }, { entrants, scene }) => {
      for (const { releaseId, phase } of [...(after.turn ? [after.turn] : []), ...after.joined]) {
        const again = join(after, entrants.get(releaseId) as Entrant, scene.rules, scene.nowMs);
        expect(again.state).toBe(after);
        if (phase !== 'preparing') expect(ready(after, releaseId, scene.nowMs).state).toBe(after);
      }
    });
  });

  it('lets no older commit replace a newer one, unless it may', () => {
    everyStep(({ before, after }, { entrants }) => {
      if (!after.turn || after.turn.releaseId === before.turn?.releaseId) return;
      const { allowOlder, commit: line, rollbackTo } = entrants.get(after.turn.releaseId) as Entrant;
      if (allowOlder || rollbackTo !== null || !after.serving) return;
      expect(commitOrder(line, after.serving.commit)).not.toBe('older');
    });
  });

  it('supersedes only for the sake of another one that goes on, or has succeeded', () => {
    let times = 0;
    everyStep(({ before, after, letters }, { entrants }) => {
      const wereOut = before.joined.filter(({ phase }) => phase === 'out').map(({ releaseId }) => releaseId);
      for (const { releaseId, answer } of letters) {
        if (answer.kind !== 'superseded' || wereOut.includes(releaseId)) continue;
        times += 1;
        const number = Number(/release (\d+)/.exec(answer.why)?.[1]);
        const goesOn = [...(after.turn ? [after.turn] : []), ...after.joined].filter(
          ({ phase }) => phase !== 'out',
        );
        const others = [...goesOn.map((each) => each.number), after.serving?.number];
        expect(others).toContain(number);
        expect(entrants.get(releaseId)?.rollbackTo).toBeNull();
      }
    });
    expect(times).toBeGreaterThan(RUNS / 10);
  });

  it('in a queue, gives deploys their turn in the order in which they came', () => {
    everyDay(({ steps, scene, isFickle }) => {
      if (isFickle || scene.rules.policy !== 'queue') return;
      const turns = steps.flatMap(({ after }) =>
        after.turn && !isRollback(after.turn) ? [after.turn.number] : [],
      );
      expect(turns).toEqual([...turns].sort((a, b) => a - b));
    });
  });

  it('is plain JSON at any time: that is how one run of the workflow hands it to the next', () => {
    everyDay(({ scene }) => expect(JSON.parse(JSON.stringify(scene.state))).toStrictEqual(scene.state));
  });

  it('rejecting, has one deploy under way at a time', () => {
    everyStep(({ after }, { scene, isFickle }) => {
      if (isFickle || scene.rules.policy !== 'reject') return;
      const deploys = [...(after.turn ? [after.turn] : []), ...after.joined].filter(
        (each) => each.phase !== 'out' && !isRollback(each),
      );
      expect(deploys.length).toBeLessThanOrEqual(1);
    });
  });
});
