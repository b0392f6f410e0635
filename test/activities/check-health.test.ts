import { beforeEach, describe, expect, it } from '@jest/globals';
import { CancelledFailure, sleep } from '@temporalio/activity';
import { createCheckHealth } from '../../src/activities/check-health.ts';
import type { HealthResult } from '../../src/activities/contracts/rollout.ts';
import type { HealthProbe } from '../../src/activities/health-probe.ts';
import type { Sample } from '../../src/release/judging/health.ts';
import type { HealthPlan } from '../../src/release/plan.ts';
import { attempt, createWorld, type World } from './world.ts';

const HEALTH: HealthPlan = {
  url: 'http://lb.test/',
  successes: 3,
  failures: 2,
  intervalMs: 2_000,
  requestTimeoutMs: 1_000,
  timeoutMs: 60_000,
};
const SAMPLES: Record<string, Sample> = {
  g: { kind: 'good' },
  b: { kind: 'bad', text: 'answered 500' },
  u: { kind: 'unreachable', text: 'refused' },
};

let world: World;
let asked: string[];
beforeEach(() => {
  world = createWorld();
  asked = [];
});

const target = (name: string, more: Partial<HealthPlan> = {}) => ({
  name,
  health: { ...HEALTH, url: `http://${name}.test/`, ...more },
  commit: 'abc',
});

/** Service → what it answers, one letter a time; the last one for ever. */
const answering =
  (answers: Record<string, string>): HealthProbe =>
  async (health, commit) => {
    const name = new URL(health.url).hostname.replace('.test', '');
    const letters = answers[name] ?? '';
    const letter = letters[0] ?? '';
    if (letters.length > 1) answers[name] = letters.slice(1);
    asked.push(`${name} ${commit} ${letter}`);
    return SAMPLES[letter] as Sample;
  };

const check = (
  targets: ReturnType<typeof target>[],
  answers: Record<string, string>,
  details?: unknown,
): Promise<HealthResult> =>
  attempt(1, details).run(createCheckHealth({ ...world.ports, probe: answering(answers) }), {
    targets,
    decideAll: false,
  });

describe('checkHealth', () => {
  it('asks until the good answers in a row are enough', async () => {
    expect(await check([target('api')], { api: 'gbg' })).toEqual({ failures: [] });
    expect(asked).toEqual(['g', 'b', 'g', 'g', 'g'].map((letter) => `api abc ${letter}`));
    expect(world.slept).toEqual([2_000, 2_000, 2_000, 2_000]);
  });

  it('says who is unhealthy, why, and shows the answers', async () => {
    expect(await check([target('api')], { api: 'gb' })).toEqual({
      failures: [
        {
          name: 'api',
          summary: '2 wrong answers in a row: answered 500',
          evidence: ['answered 500', 'answered 500'],
        },
      ],
    });
  });

  it('asks each at its own pace, and a healthy one no more', async () => {
    const targets = [target('api'), target('web', { intervalMs: 5_000 })];
    expect(await check(targets, { api: 'g', web: 'g' })).toEqual({ failures: [] });
    expect(asked.map((line) => line.split(' ')[0])).toEqual(['api', 'web', 'api', 'api', 'web', 'web']);
    expect(world.slept).toEqual([2_000, 2_000, 1_000, 5_000]);
  });

  it('ends with the first unhealthy one: the others are not waited for', async () => {
    const targets = [target('api', { successes: 20 }), target('web')];
    expect(await check(targets, { api: 'g', web: 'b' })).toMatchObject({ failures: [{ name: 'web' }] });
    expect(world.slept).toEqual([2_000]);
  });

  it('of a rollback lets each have its own answer', async () => {
    const targets = [target('api', { successes: 5 }), target('web')];
    const probe = answering({ api: 'g', web: 'b' });
    const { run, beats } = attempt();
    expect(
      await run(createCheckHealth({ ...world.ports, probe }), { targets, decideAll: true }),
    ).toMatchObject({ failures: [{ name: 'web' }] });
    expect(asked.filter((line) => line.startsWith('api'))).toHaveLength(5);
    expect(asked.filter((line) => line.startsWith('web'))).toHaveLength(2);
    expect(beats.at(-1)).toMatchObject({ services: { web: { phase: 'unhealthy' } } });
  });

  it('gives up when the time is over', async () => {
    expect(
      await check([target('api')], { api: 'gbgbgbgbgbgbgbgbgbgbgbgbgbgbgbgbgbgbgbgbgbgbgb' }),
    ).toMatchObject({
      failures: [{ summary: expect.stringMatching(/good answers in a row after 60 s/) }],
    });
    expect(world.slept).toHaveLength(30);
  });

  it('counts on where a worker died', async () => {
    const { run, beats } = attempt();
    world.during.push(
      () => undefined,
      () => {
        throw new Error('the worker dies');
      },
    );
    const probe = answering({ api: 'g' });
    await expect(
      run(createCheckHealth({ ...world.ports, probe }), { targets: [target('api')], decideAll: false }),
    ).rejects.toThrow('dies');
    expect(beats.at(-1)).toMatchObject({
      services: { api: { phase: 'asking', detail: '2/3 good in a row' } },
    });
    asked = [];
    await check([target('api')], { api: 'g' }, beats.at(-1));
    expect(asked).toHaveLength(1);
  });

  describe('while no worker is there', () => {
    const AWAY_MS = 10 * HEALTH.timeoutMs;
    /** Dies in its nth pause; its successor comes back after a long time. */
    const diesInPause = async (pauses: number, answers: Record<string, string>): Promise<HealthResult> => {
      const { run, beats } = attempt();
      for (let pause = 1; pause < pauses; pause += 1) world.during.push(() => undefined);
      world.during.push(() => {
        throw new Error('the worker dies');
      });
      const input = { targets: [target('api')], decideAll: false };
      const probe = answering(answers);
      await expect(run(createCheckHealth({ ...world.ports, probe }), input)).rejects.toThrow('dies');
      await world.ports.sleep(AWAY_MS);
      world.slept.length = 0;
      return attempt(2, beats.at(-1)).run(createCheckHealth({ ...world.ports, probe }), input);
    };

    it('nobody asks, so no time runs out', async () => {
      expect(await diesInPause(1, { api: 'g' })).toEqual({ failures: [] });
      expect(world.slept).toEqual([2_000]);
    });

    it('the time before it still counts', async () => {
      expect(await diesInPause(20, { api: 'gb'.repeat(40) })).toMatchObject({
        failures: [{ summary: expect.stringMatching(/good answers in a row after 60 s/) }],
      });
      // 19 pauses before, the gap as one, 10 pauses after it.
      expect(world.slept).toHaveLength(10);
    });
  });

  it('counts the time of one that has to wait for the slow answers of another', async () => {
    const targets = [
      target('api', { intervalMs: 1_000, requestTimeoutMs: 500 }),
      target('web', { requestTimeoutMs: 20_000, failures: 99, timeoutMs: 600_000 }),
    ];
    const answer = answering({ api: 'gb'.repeat(99), web: 'u' });
    const probe: HealthProbe = async (health, ...more) => {
      if (health.url.includes('web')) await world.ports.sleep(20_000);
      return answer(health, ...more);
    };
    await attempt().run(createCheckHealth({ ...world.ports, probe }), { targets, decideAll: false });
    expect(asked.filter((line) => line.startsWith('api')).length).toBeLessThan(20);
  });

  it('has nothing to say about nobody', async () => {
    expect(await check([], {})).toEqual({ failures: [] });
  });

  describe('cancelled', () => {
    const cancelled = async (probe: HealthProbe): Promise<void> => {
      const { run, cancel, beats } = attempt();
      const running = run(createCheckHealth({ ...world.ports, sleep, probe }), {
        targets: [target('api', { intervalMs: 60_000 })],
        decideAll: false,
      });
      while (beats.length === 0) await new Promise(setImmediate);
      const startedAtMs = Date.now();
      cancel();
      await expect(running).rejects.toThrow();
      expect(Date.now() - startedAtMs).toBeLessThan(1_000);
    };

    it('ends at once between two requests', () => cancelled(async () => ({ kind: 'good' })));

    it('ends at once in a request', () =>
      cancelled(
        (_health, _commit, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new CancelledFailure('CANCELLED')));
          }),
      ));
  });
});
