/** The environment's workflow on a real server: turns, their end in every way, runs that follow each other. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { SlipwayError, TransientError } from '../../../src/errors.ts';
import { QUEUE_POLICIES, type QueuePolicy } from '../../../src/release/environment/state.ts';
import { commit } from '../../release/environment/scenes.ts';
import { startServer } from '../harness.ts';
import type { Pretence } from './pretend-workflows.ts';
import { EnvironmentScene } from './scene.ts';

let server: TestWorkflowEnvironment;
let scene: EnvironmentScene;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.teardown());
beforeEach(async () => {
  scene = await EnvironmentScene.create(server);
});
afterEach(() => scene.close());

const overlaps = (): number => {
  const sorted = [...scene.changes].sort((a, b) => a.from - b.from);
  return sorted.filter((each, index) => index > 0 && each.from < (sorted[index - 1]?.to ?? 0)).length;
};

/** Holds the turn of whoever comes first until it is let go. */
const holdFirst = (): { readonly held: Promise<void>; readonly letGo: () => void } => {
  let [begun, letGo] = [() => {}, () => {}];
  const held = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const free = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let isFirst = true;
  scene.onChange = async () => {
    if (!isFirst) return;
    isFirst = false;
    begun();
    await free;
  };
  return { held, letGo };
};

/** So many releases are waited for at this moment. */
const watchersAre = async (count: number): Promise<void> => {
  for (;;) {
    const { raw } = await scene.handle.describe();
    const begun = raw.pendingActivities?.filter(({ lastStartedTime }) => lastStartedTime) ?? [];
    if (begun.length === count) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/**
 * In a queue each has its turn, unless a newer commit has had it before: they come in any order. One in four keeps its
 * turn for a second after its change; if all did, that is what the test would wait for.
 */
const unordered = (policy: QueuePolicy, index: number): Partial<Pretence> =>
  policy === 'queue'
    ? { commit: { ...commit(index + 1), ancestors: [] }, restMs: index % 4 === 0 ? 1 : 0 }
    : {};

describe.each(QUEUE_POLICIES)('twenty releases at once (%s)', (policy) => {
  it('change the environment one at a time, and each gets its word', async () => {
    scene.policy = policy;
    await scene.withControl(async () => {
      const handles = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          scene.release(index + 1, { prepareMs: (index * 37) % 200, ...unordered(policy, index) }),
        ),
      );
      const verdicts = await scene.verdicts(handles);
      expect(overlaps()).toBe(0);
      const succeeded = verdicts.filter((verdict) => verdict === 'succeeded').length;
      expect(scene.changes).toHaveLength(succeeded);
      expect(succeeded).toBeGreaterThan(0);
      if (policy === 'queue') expect(succeeded).toBe(20);
      const others = verdicts.filter((verdict) => verdict !== 'succeeded');
      expect(new Set(others).size).toBeLessThanOrEqual(1);
      const status = await scene.statusWhen(({ ledger }) => ledger.length === 20);
      expect(status).toMatchObject({ turn: null, joined: [], needsRepair: null });
      if (policy === 'supersede') {
        // The newest one is superseded by none.
        expect(status.serving?.commit.subject).toBe('commit 20');
        expect(others[0] ?? 'superseded').toBe('superseded');
      }
    });
  });
});

describe('a turn', () => {
  it.each(['preparing', 'waiting', 'holding'])(
    'does not leak where a release is terminated while %s',
    async (when) => {
      const { held, letGo } = holdFirst();
      await scene.withControl(async () => {
        const first = await scene.release(1);
        await held;
        const victim =
          when === 'holding'
            ? first
            : await scene.release(2, { prepareMs: when === 'preparing' ? 60_000 : 0 });
        await scene.statusWhen(({ turn, joined }) =>
          when === 'holding'
            ? turn !== null
            : joined[0]?.phase === (when === 'preparing' ? 'preparing' : 'ready'),
        );
        await victim.terminate('gone');
        letGo();
        const next = await scene.release(3);
        expect(await scene.verdicts([next])).toEqual(['succeeded']);
        const { ledger, needsRepair, joined } = await scene.statusWhen(({ turn }) => turn === null);
        expect(joined).toEqual([]);
        expect(ledger.find(({ verdict }) => verdict === 'broken-off')).toMatchObject({
          turnAtMs: when === 'holding' ? expect.any(Number) : null,
        });
        // The next one has put it right, or there was nothing to put right.
        expect(needsRepair).toBeNull();
        expect(overlaps()).toBe(0);
      });
    },
  );

  it('is marked as one that needs repair from the end of its holder on', async () => {
    const { held, letGo } = holdFirst();
    await scene.withControl(async () => {
      const first = await scene.release(1);
      await held;
      await first.terminate('gone');
      letGo();
      const { needsRepair } = await scene.statusWhen(({ turn }) => turn === null);
      expect(needsRepair).toMatchObject({ number: 1 });
    });
  });

  it('does not leak where what the store has of its holder cannot be read', async () => {
    const { held, letGo } = holdFirst();
    await scene.withControl(async () => {
      const first = await scene.release(1);
      await held;
      const { turn } = await scene.statusWhen((status) => status.turn !== null);
      const hash = createHash('sha256')
        .update(turn?.releaseId ?? '')
        .digest('hex')
        .slice(0, 32);
      await scene.store.putDocument(`releases/${scene.app}/production/open/${hash}`, { what: 'ever' });
      await first.terminate('gone');
      letGo();
      expect(await scene.verdicts([await scene.release(2)])).toEqual(['succeeded']);
      const { ledger } = await scene.statusWhen((status) => status.ledger.length === 2);
      expect(ledger[1]).toMatchObject({ number: 1, verdict: 'broken-off' });
    });
  }, 30_000);

  it('does not keep a control worker from stopping, and the next worker waits for its end', async () => {
    await scene.start();
    const handle = await scene.withControl(async () => {
      const started = await scene.release(1, { prepareMs: 60_000 });
      await scene.statusWhen(({ joined }) => joined.length === 1);
      await watchersAre(1);
      return started;
    });
    await scene.withControl(async () => {
      await handle.terminate('gone');
      const { ledger } = await scene.statusWhen((status) => status.ledger.length === 1);
      expect(ledger[0]?.verdict).toBe('broken-off');
    });
  }, 20_000);

  it('is kept by a release that is reset in Temporal, until its new run has ended', async () => {
    const { held, letGo } = holdFirst();
    await scene.withControl(async () => {
      const first = await scene.release(1);
      await held;
      const second = await scene.release(2);
      const description = await first.describe();
      const history = await first.fetchHistory();
      const started = history.events?.filter((event) => event.workflowTaskCompletedEventAttributes).at(-1);
      await server.client.workflowService.resetWorkflowExecution({
        namespace: server.namespace ?? 'default',
        workflowExecution: { workflowId: first.workflowId, runId: description.runId },
        reason: 'test',
        requestId: 'test-reset',
        workflowTaskFinishEventId: started?.eventId ?? null,
      });
      letGo();
      expect(await scene.verdicts([second])).toEqual(['succeeded']);
      expect(overlaps()).toBe(0);
      const { ledger } = await scene.statusWhen((status) => status.ledger.length === 2);
      expect(ledger.map(({ number, verdict }) => `${number} ${verdict}`)).toEqual([
        '2 succeeded',
        '1 succeeded',
      ]);
    });
  });
});

describe('the runs of an environment', () => {
  it.each(QUEUE_POLICIES)(
    'follow each other every few messages, and nothing is lost (%s)',
    async (policy) => {
      scene.policy = policy;
      await scene.start({ runLength: 3 });
      await scene.withControl(async () => {
        const handles = await Promise.all(
          Array.from({ length: 12 }, (_, index) =>
            scene.release(index + 1, { prepareMs: (index * 61) % 300, ...unordered(policy, index) }),
          ),
        );
        const verdicts = await scene.verdicts(handles);
        expect(overlaps()).toBe(0);
        if (policy === 'queue')
          expect(verdicts.filter((verdict) => verdict === 'succeeded')).toHaveLength(12);
        const status = await scene.statusWhen(({ ledger }) => ledger.length === 12);
        expect(status.ledger.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
          Array.from({ length: 12 }, (_, index) => index + 1),
        );
        await keptEntries(12);
        const { historyLength, raw } = await scene.handle.describe();
        expect(historyLength).toBeLessThan(300);
        const info = raw.workflowExecutionInfo;
        expect(info?.firstRunId).not.toBe(info?.execution?.runId);
      });
    },
  );

  it('hand over a freeze, and what was said before the first run knew anything', async () => {
    await scene.start({ runLength: 1 });
    await scene.handle.signal('freeze', { reason: 'black friday', who: 'ada' });
    await scene.withControl(async () => {
      expect(await scene.verdicts([await scene.release(1)])).toEqual(['refused']);
      expect((await scene.status()).freeze).toMatchObject({
        reason: 'black friday',
        owner: 'ada',
        untilMs: null,
      });
      expect(await scene.unfreeze()).toContain('not frozen any more (black friday)');
      expect(await scene.verdicts([await scene.release(2)])).toEqual(['succeeded']);
    });
  });

  it('say of a freeze which one it replaces', async () => {
    await scene.start({});
    await scene.withControl(async () => {
      expect(await scene.freeze({ reason: 'tea' })).toBe('frozen until somebody ends it');
      expect(await scene.freeze({ reason: 'cake', until: '2099-01-01T00:00Z' })).toBe(
        'frozen until 2099-01-01T00:00Z; before, it was frozen by ada until somebody ends it: tea',
      );
      expect(await scene.freeze({ reason: 'pie' })).toContain('by ada until 2099-01-01T00:00Z: cake');
      await scene.unfreeze();
      expect(await scene.freeze({ reason: 'tea' })).toBe('frozen until somebody ends it');
    });
  });

  it('hand over what the store has not taken yet, and hold nobody up for it', async () => {
    let isAway = true;
    const kept: number[] = [];
    const freezes: (string | null)[] = [];
    const whenThere = (keep: () => void) => async (): Promise<void> => {
      if (isAway) throw new TransientError('the store is away');
      keep();
    };
    scene.overrides.keepEntry = ({ entry }) => whenThere(() => kept.push(entry.number))();
    scene.overrides.keepFreeze = ({ freeze }) => whenThere(() => freezes.push(freeze?.reason ?? null))();
    await scene.start({ runLength: 2 });
    await scene.withControl(async () => {
      await scene.freeze({ reason: 'first' });
      await scene.unfreeze();
      await scene.freeze({ reason: 'last' });
      const entrant = { overrideFreeze: 'must' };
      for (const number of [1, 2, 3]) {
        const release = await scene.release(number, { entrant });
        expect(await scene.verdicts([release])).toEqual(['succeeded']);
      }
      expect(kept).toEqual([]);
      isAway = false;
      while (kept.length < 3 || freezes.at(-1) !== 'last')
        await new Promise((resolve) => setTimeout(resolve, 20));
      expect(new Set(kept)).toEqual(new Set([1, 2, 3]));
    });
  });

  it('hand over the last ten that the store has not taken, and no more', async () => {
    let isAway = true;
    const kept = new Set<number>();
    scene.overrides.keepEntry = async ({ entry }) => {
      if (isAway) throw new TransientError('the store is away');
      kept.add(entry.number);
    };
    // Of each release: that it has come, that it is ready, and its end.
    await scene.start({ runLength: 12 * 3 });
    await scene.withControl(async () => {
      for (let place = 1; place <= 12; place += 1)
        expect(await scene.verdicts([await scene.release(place)])).toEqual(['succeeded']);
      const isNext = async (): Promise<boolean> => {
        const info = (await scene.handle.describe()).raw.workflowExecutionInfo;
        return info?.firstRunId !== info?.execution?.runId;
      };
      while (!(await isNext())) await new Promise((resolve) => setTimeout(resolve, 50));
      isAway = false;
      while (kept.size < 10) await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect([...kept].toSorted((one, other) => one - other)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    });
  }, 60_000);

  it('bring into the store, at the next occasion, what it has not taken after all tries', async () => {
    let isAway = true;
    const kept: number[] = [];
    const freezes: (string | null)[] = [];
    const orGivenUp = async (keep: () => void): Promise<void> => {
      if (isAway) throw new SlipwayError('StoreDamaged', false, 'the store is away for longer than an hour');
      keep();
    };
    scene.overrides.keepEntry = ({ entry }) => orGivenUp(() => kept.push(entry.number));
    scene.overrides.keepFreeze = ({ freeze }) => orGivenUp(() => freezes.push(freeze?.reason ?? null));
    await scene.withControl(async () => {
      await scene.freeze({ reason: 'kept late' });
      const entrant = { overrideFreeze: 'must' };
      expect(await scene.verdicts([await scene.release(1, { entrant })])).toEqual(['succeeded']);
      await scene.statusWhen(({ ledger }) => ledger.length === 1);
      await new Promise((resolve) => setTimeout(resolve, 300));
      isAway = false;
      expect(await scene.verdicts([await scene.release(2, { entrant })])).toEqual(['succeeded']);
      const untilMs = Date.now() + 10_000;
      while ((kept.length < 2 || freezes.length === 0) && Date.now() < untilMs)
        await new Promise((resolve) => setTimeout(resolve, 20));
      expect(kept.toSorted()).toEqual([1, 2]);
      expect(freezes).toEqual(['kept late']);
    });
  }, 30_000);

  it('begin anew after a termination with what the store knows', async () => {
    const { held, letGo } = holdFirst();
    await scene.withControl(async () => {
      expect(await scene.handle.signal('freeze').catch((error: Error) => error.name)).toBe(
        'WorkflowNotFoundError',
      );
      const handle = await scene.release(1, { verdict: 'failed' });
      await held;
      letGo();
      await scene.verdicts([handle, await scene.release(2)]);
      await scene.freeze({ reason: 'r', until: '2099-01-01T00:00Z' });
      const before = await scene.statusWhen(({ ledger }) => ledger.length === 2);
      await keptEntries(2);
      await scene.handle.terminate('lost');
      const next = await scene.release(3, { entrant: { overrideFreeze: 'must' } });
      expect(await scene.verdicts([next])).toEqual(['succeeded']);
      const after = await scene.statusWhen(({ ledger }) => ledger.length === 3);
      expect(after.ledger.slice(1)).toEqual(before.ledger);
      expect(after.freeze).toEqual(before.freeze);
      expect(after.serving).toMatchObject({ number: 3 });
    });
  });
});

const keptEntries = async (count: number): Promise<void> => {
  while ((await scene.store.listDocuments(`environments/${scene.app}/production/ledger`)).length < count) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

describe('what anybody may send', () => {
  it('does not hurt', async () => {
    await scene.start();
    await scene.withControl(async () => {
      for (const junk of [null, 'x', 5, {}, { entrant: {} }, { entrant: { releaseId: 1 }, rules: {} }]) {
        await scene.handle.signal('arrival', junk);
        await scene.handle.signal('freeze', junk);
      }
      // Nearly a release: it comes, has the turn, and leaves again.
      const almost = { releaseId: 'deploy/none/here/run', commit: commit(9), startedAtMs: 0 };
      const rules = { policy: 'supersede', freezes: [] };
      await scene.handle.signal('arrival', { entrant: almost, rules, ready: true });
      await scene.handle.signal('arrival', { entrant: almost, rules: { ...rules, freezes: [null] } });
      await scene.statusWhen(({ ledger }) => ledger.length === 1);
      await scene.unfreeze();
      await expect(scene.handle.executeUpdate('freeze', { args: [{}] })).rejects.toMatchObject({
        cause: { message: expect.stringContaining('a reason is missing') },
      });
      expect(await scene.verdicts([await scene.release(1)])).toEqual(['succeeded']);
    });
  });

  it('a release that does not exist leaves again by itself', async () => {
    await scene.start();
    await scene.withControl(async () => {
      const entrant = {
        releaseId: 'deploy/none/here/run',
        commit: { sha: 'a'.repeat(40), subject: '', ancestors: [] },
        rollbackTo: null,
        startedBy: null,
        startedAtMs: 0,
        allowOlder: false,
        overrideFreeze: null,
      };
      await scene.handle.signal('arrival', {
        entrant,
        rules: { policy: 'supersede', freezes: [] },
        ready: true,
      });
      const { turn } = await scene.statusWhen(({ ledger }) => ledger.length === 1);
      expect(turn).toBeNull();
      expect(await scene.verdicts([await scene.release(1)])).toEqual(['succeeded']);
    });
  });
});

describe('an environment in which nothing is under way', () => {
  it('costs nothing: no activity, no timer, and its history stays as it is', async () => {
    await scene.withControl(async () => {
      await scene.verdicts([await scene.release(1)]);
      await scene.statusWhen(({ ledger }) => ledger.length === 1);
      await keptEntries(1);
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { historyLength, raw } = await scene.handle.describe();
      expect(raw.pendingActivities ?? []).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect((await scene.handle.describe()).historyLength).toBe(historyLength);
      const { events } = await scene.handle.fetchHistory();
      expect(events?.filter((event) => event.timerStartedEventAttributes)).toEqual([]);
    });
  });

  it('answers in well under a tenth of a second with fifty releases in it', async () => {
    const text = 'x'.repeat(150);
    const ledger = Array.from({ length: 50 }, (_, index) => ({
      number: 50 - index,
      releaseId: `deploy/a/b/${index}/run`,
      commit: { sha: 'a'.repeat(40), subject: text },
      rollbackTo: null,
      startedBy: 'ada',
      overrideFreeze: null,
      startedAtMs: 1,
      turnAtMs: 2,
      verdict: 'succeeded' as const,
      cause: { kind: 'unhealthy', summary: text },
      broughtBy: null,
      repaired: true,
      approvedBy: 'ada',
      supersededBy: null,
      endedAtMs: 50 - index,
    }));
    scene.overrides.recallEnvironment = async () => ({
      lastNumber: 50,
      lastFence: 50,
      turn: null,
      freeze: null,
      serving: null,
      needsRepair: null,
      ledger,
    });
    await scene.start({ runLength: 1 });
    await scene.withControl(async () => {
      await scene.statusWhen((status) => status.ledger.length === 50);
      // The whole of it goes through from run to run.
      await scene.unfreeze();
      await scene.status();
      const times: number[] = [];
      for (let index = 0; index < 20; index += 1) {
        const from = performance.now();
        expect((await scene.status()).ledger).toHaveLength(50);
        times.push(performance.now() - from);
      }
      expect(times.sort((a, b) => a - b)[10]).toBeLessThan(100);
    });
  });
});
