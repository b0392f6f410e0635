/**
 * `slipway plan` and the release beside it: whatever the one foretells, the other does. A plan takes no number, joins no
 * queue and schedules nothing that changes anything.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { freezeEnvironment } from '../../../src/client/index.ts';
import type { Outcome, ReleasePreview } from '../../../src/release/preview/preview.ts';
import type { ReleaseReport, Verdict } from '../../../src/release/verdict.ts';
import { digestOf } from '../../fakes/activities.ts';
import { shaOf } from '../../release/environment/scenes.ts';
import { gate, heldUntil } from '../environment/real-scene.ts';
import { reportOf, startServer } from '../harness.ts';
import { PlanScene, type Wish } from './scene.ts';

let server: TestWorkflowEnvironment;
let scene: PlanScene;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.teardown());
beforeEach(async () => {
  scene = await PlanScene.create(server);
});
afterEach(() => scene.close());

const READS = ['readSource', 'foreseeTurn', 'recallGoodReleases', 'compareCommits', 'preview'];

/** How a release ends of which a plan has said so. */
const ENDS: Readonly<Record<Outcome, Verdict>> = {
  begin: 'succeeded',
  'in-place': 'succeeded',
  refused: 'refused',
  superseded: 'superseded',
  configuration: 'failed',
};

interface Both {
  readonly preview: ReleasePreview;
  readonly report: ReleaseReport;
}

/** Plans, looks whether that has changed anything, releases, and holds one against the other. */
const both = async (place: number, wish: Wish = {}, meanwhile = async () => {}): Promise<Both> => {
  const changes = (): readonly unknown[] =>
    scene.ecs.calls.filter(({ operation }) => /^(register|deregister|update)/.test(operation));
  const before = [changes().length, scene.real.world.moved.length];
  const preview = await scene.plan(place, wish);
  expect([changes().length, scene.real.world.moved.length]).toEqual(before);
  expect(READS).toEqual(expect.arrayContaining([...(await scene.scheduledByPlan())]));
  const release = await scene.release(place, wish);
  await meanwhile();
  const report = await reportOf(release);
  expect(report.verdict).toBe(ENDS[preview.outcome]);
  // Nobody has taken a number in between.
  expect(report.number).toBe(preview.queue.number);
  const [cause] = preview.causes;
  expect(report.cause && { kind: report.cause.kind, summary: report.cause.summary }).toEqual(
    cause ? { kind: cause.kind, summary: cause.summary } : null,
  );
  // Steps and cause tell the same: the one that failed, and why.
  const cutShort = report.steps.filter(({ state }) => state === 'failed' || state === 'cancelled');
  expect(cutShort.map(({ id }) => id)).toEqual(
    report.cause ? expect.arrayContaining([report.cause.step]) : [],
  );
  expect(report.broughtBy !== null).toBe(preview.outcome === 'in-place');
  if (cause === undefined) expect(report.warnings).toEqual(preview.warnings);
  return { preview, report };
};

/** A release that has been brought, and that its environment has seen off. */
const served = async (place: number, wish: Wish = {}): Promise<void> => {
  expect((await reportOf(await scene.release(place, wish))).verdict).toBe('succeeded');
  await scene.real.statusWhen(({ serving, turn }) => serving?.commit.sha === shaOf(place) && turn === null);
};

/** Somebody has the turn, until it is let go. */
const held = async (place: number): Promise<() => Promise<void>> => {
  const [reached, goOn] = [gate(), gate()];
  let isFirst = true;
  scene.pools.on('waitUntilStable', async (_input, _call, good) => {
    if (isFirst) {
      isFirst = false;
      reached.open();
      await heldUntil(goOn.passed);
    }
    return good();
  });
  const holder = await scene.release(place);
  await reached.passed;
  return async () => {
    goOn.open();
    await reportOf(holder);
  };
};

describe('a plan and the release after it agree', () => {
  it('where nothing was released yet', async () => {
    const { preview, report } = await scene.run(() => both(1));
    expect(preview).toMatchObject({
      outcome: 'begin',
      serving: null,
      queue: { number: 1, turn: { kind: 'granted' }, holder: null, refused: null },
      images: [
        { name: 'api', architecture: 'arm64', source: 'build', digest: null },
        { name: 'worker', architecture: 'amd64', source: 'build', digest: null },
      ],
      services: [
        { name: 'api', wave: 2, live: expect.stringMatching(/^arn:.*\/api:1$/) },
        { name: 'worker', wave: 1, live: expect.stringMatching(/^arn:.*\/worker:1$/) },
      ],
    });
    expect(report.services.map(({ name, taskDefinition }) => [name, taskDefinition?.split('/')[1]])).toEqual([
      ['api', 'api:2'],
      ['worker', 'worker:2'],
    ]);
  });

  it('where a newer commit comes', async () => {
    const { preview } = await scene.run(async () => {
      await served(1);
      return both(2);
    });
    expect(preview).toMatchObject({
      outcome: 'begin',
      serving: { number: 1, sha: shaOf(1), order: 'newer' },
      queue: { number: 2, rollbackTarget: { kind: 'none' } },
    });
  });

  it('where the commit serves already, and where it is brought again all the same', async () => {
    await scene.run(async () => {
      await served(1);
      const { preview } = await both(1);
      expect(preview).toMatchObject({
        outcome: 'in-place',
        checksSkipped: expect.any(String),
      });
      expect(preview.services.map(({ changes }) => changes)).toEqual([[], []]);
      expect(preview.images.map(({ source }) => source)).toEqual(['nothing', 'nothing']);
      const forced = await both(1, { force: true });
      expect(forced.preview.outcome).toBe('begin');
    });
  });

  it('where somebody has changed a service since: it is not in place, and told what becomes of the change', async () => {
    await scene.run(async () => {
      await served(1);
      const { ecs } = scene;
      const { taskDefinition } = ecs.definition(ecs.service('shop-api').taskDefinition ?? '');
      const theirs = ecs.addTaskDefinition(
        'api',
        { api: 'registry.test/shop/api:theirs' },
        {
          ...taskDefinition,
          containerDefinitions: [
            {
              name: 'api',
              image: 'registry.test/shop/api:theirs',
              environment: [{ name: 'DEBUG', value: 'a secret of ours' }],
            },
          ],
        },
      );
      ecs.updateByOther('shop-api', theirs);
      ecs.complete('shop-api');
      const { preview } = await both(1);
      expect(preview.outcome).toBe('begin');
      expect(preview.services.find(({ name }) => name === 'api')?.drift).toEqual({
        state: 'changed',
        since: 1,
        changes: [
          {
            text: expect.stringMatching(/^container api: image shop\/api@sha256:[0-9a-f]{12} → :theirs$/),
            fate: 'overwritten',
          },
          { text: 'container api: variable DEBUG is new', fate: 'kept' },
        ],
      });
      expect(JSON.stringify(preview)).not.toContain('a secret of ours');
    });
  });

  it('where a newer commit serves, and where an older one is meant', async () => {
    await scene.run(async () => {
      await served(3);
      const { preview } = await both(2);
      expect(preview).toMatchObject({ outcome: 'refused', causes: [{ kind: 'older-commit' }] });
      // All the rest is told as well.
      expect(preview.services).toHaveLength(2);
      expect((await both(2, { allowOlder: true })).preview).toMatchObject({
        outcome: 'begin',
        serving: { order: 'older' },
      });
    });
  });

  it('where the environment is frozen, and where that is overridden', async () => {
    await scene.run(async () => {
      await freezeEnvironment(scene.client, scene.place, { reason: 'black friday', who: 'ada' });
      const { preview } = await both(1);
      expect(preview).toMatchObject({
        outcome: 'refused',
        causes: [{ kind: 'not-allowed', summary: expect.stringContaining('black friday') }],
        queue: { frozen: expect.stringContaining('black friday'), turn: null },
      });
      expect((await both(1, { overrideFreeze: 'the shop is down' })).preview).toMatchObject({
        outcome: 'begin',
        queue: { frozen: expect.stringContaining('black friday') },
      });
    });
  });

  it('where a freeze comes again and again', async () => {
    const nowMs = Date.now();
    scene.rules = {
      policy: 'supersede',
      freezes: [
        { name: 'weekend', fromMs: nowMs - 1_000, untilMs: nowMs + 60_000 },
        { name: 'the next one', fromMs: nowMs + 90_000, untilMs: nowMs + 120_000 },
      ],
    };
    const { preview } = await scene.run(() => both(1));
    expect(preview).toMatchObject({
      outcome: 'refused',
      causes: [{ summary: expect.stringContaining('weekend') }],
      queue: { nextFreeze: { name: 'the next one' } },
    });
  });

  it('where somebody else has the turn: it would begin, and wait', async () => {
    scene.rules = { policy: 'queue', freezes: [] };
    const { preview } = await scene.run(async () => {
      const letGo = await held(1);
      return both(2, {}, letGo);
    });
    expect(preview).toMatchObject({
      outcome: 'begin',
      queue: {
        turn: { kind: 'waiting', why: expect.stringContaining('release 1 (') },
        holder: { name: expect.stringContaining('release 1 ('), stands: null },
      },
    });
  });

  it('where one at a time is let in', async () => {
    scene.rules = { policy: 'reject', freezes: [] };
    const { preview } = await scene.run(async () => {
      const letGo = await held(1);
      const found = await both(2);
      await letGo();
      return found;
    });
    expect(preview).toMatchObject({
      outcome: 'refused',
      causes: [{ kind: 'not-allowed', summary: expect.stringContaining('is under way') }],
    });
  });

  it('where another release brings the same commit at this moment', async () => {
    const { preview } = await scene.run(async () => {
      const letGo = await held(1);
      const found = await both(1);
      await letGo();
      return found;
    });
    expect(preview.causes[0]?.summary).toContain('release 1 brings this commit here already');
  });

  it('where a newer commit waits for the turn already', async () => {
    const { preview } = await scene.run(async () => {
      const letGo = await held(1);
      const newer = await scene.release(3);
      await scene.real.statusWhen(({ joined }) => joined.some(({ phase }) => phase === 'ready'));
      const found = await both(2);
      await letGo();
      await reportOf(newer);
      return found;
    });
    expect(preview).toMatchObject({ outcome: 'superseded', queue: { turn: { kind: 'superseded' } } });
  });

  it('where it would take the place of an older one that waits', async () => {
    await scene.run(async () => {
      const letGo = await held(1);
      const older = await scene.release(2);
      await scene.real.statusWhen(({ joined }) => joined.some(({ phase }) => phase === 'ready'));
      const { preview } = await both(3, {}, async () => {
        expect((await reportOf(older)).verdict).toBe('superseded');
        await letGo();
      });
      expect(preview).toMatchObject({
        outcome: 'begin',
        queue: { supersedes: [expect.stringContaining('release 2 (')] },
      });
    });
  });

  it('where another environment has to verify the commit first', async () => {
    scene.unverified = { from: 'staging', why: 'no release of staging has brought it' };
    const { preview } = await scene.run(() => both(1));
    expect(preview).toMatchObject({ outcome: 'refused', causes: [{ kind: 'not-verified' }] });
  });

  it('where an image is gone that a rollback needs: said, and no reason to refuse', async () => {
    const gone = `registry.test/shop/api ${digestOf('first api')}`;
    scene.real.world.gone.add(gone);
    const { preview } = await scene.run(() => both(1));
    expect(preview.outcome).toBe('begin');
    expect(preview.services.find(({ name }) => name === 'api')?.rollback).toMatchObject({
      to: expect.stringMatching(/^arn:.*\/api:1$/),
      problems: [expect.stringContaining('is gone from the registry')],
    });
    expect(preview.warnings.join()).toContain('shop-api could not be rolled back');
  });

  it('where ECS could neither start nor stop a task', async () => {
    scene.ecs.change('shop-api', {
      desiredCount: 1,
      deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 },
    });
    const { preview } = await scene.run(() => both(1));
    expect(preview).toMatchObject({
      outcome: 'refused',
      causes: [
        { kind: 'unsafe-plan', summary: expect.stringContaining('service shop-api can never be updated') },
      ],
    });
    expect(preview.services.find(({ name }) => name === 'api')?.window).toEqual({
      desired: 1,
      minimumPercent: 100,
      maximumPercent: 100,
      lower: 1,
      upper: 1,
      way: 'stuck',
    });
  });

  it('where a service has no circuit breaker: a warning', async () => {
    scene.ecs.change('shop-api', { deploymentConfiguration: {} });
    const { preview } = await scene.run(() => both(1));
    expect(preview.outcome).toBe('begin');
    expect(preview.warnings.join()).toContain('service shop-api has no deployment circuit breaker');
    expect(preview.services.map(({ name, breaker }) => [name, breaker])).toEqual([
      ['api', false],
      ['worker', true],
    ]);
  });

  it('where a service does not exist', async () => {
    scene.ecs.remove('shop-api');
    const { preview } = await scene.run(() => both(1));
    expect(preview).toMatchObject({
      outcome: 'configuration',
      causes: [{ kind: 'configuration', summary: expect.stringContaining('create it first') }],
    });
    expect(preview.services.map(({ name, live }) => [name, live])).toEqual([
      ['api', null],
      ['worker', expect.stringMatching(/^arn:.*\/worker:1$/)],
    ]);
  });

  it('where several things stand against it: the one that a release meets first decides', async () => {
    scene.ecs.remove('shop-api');
    await scene.run(async () => {
      await freezeEnvironment(scene.client, scene.place, { reason: 'tea', who: 'ada' });
      const { preview } = await both(1);
      expect(preview.causes.map(({ kind }) => kind)).toEqual(['not-allowed', 'configuration']);
    });
  });
});

describe('a plan that is made while a release is under way', () => {
  it('is not seen by it, nor by the environment', async () => {
    await scene.run(async () => {
      const letGo = await held(1);
      const before = await scene.real.statusWhen(({ turn }) => turn !== null);
      await Promise.all([scene.plan(2), scene.plan(3), scene.plan(2, { force: true })]);
      expect(await scene.real.statusWhen(({ turn }) => turn !== null)).toEqual(before);
      const { events } = await scene.real.handle.fetchHistory();
      const signals = (events ?? []).filter(
        ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === 'arrival',
      );
      // The holder's own two: it has come, and it was ready.
      expect(signals).toHaveLength(2);
      await letGo();
    });
  });
});
