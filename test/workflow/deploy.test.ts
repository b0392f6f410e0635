/** The deploy workflow on a real server with fake pools: every step failing, every compensation failing once. */
import { describe, expect, it } from '@jest/globals';
import { CancelledFailure, Context, sleep } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  BuildFailedError,
  CheckFailedError,
  RefusedByServiceError,
  TransientError,
  UnsafePlanError,
} from '../../src/errors.ts';
import type { TurnAnswer } from '../../src/release/environment/queue.ts';
import { TASK_QUEUE, workflowIdOf } from '../../src/release/names.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { ReleaseReport, Verdict } from '../../src/release/verdict.ts';
import { type ActivityName, digestOf, ENGINE_QUEUE, FakePools, nextOf, SHA } from '../fakes/activities.ts';
import { answerRelease } from '../fakes/environment.ts';
import { reportOf, startDeploy, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
serverForAll((server) => {
  ({ env } = server);
});

const run = async (pools: FakePools) => withPools(env, pools, async () => reportOf(await startDeploy(env)));

const MUTATIONS: readonly ActivityName[] = ['updateServices', 'moveLatest'];

/** The steps that people see as the ones that did not come to their end. */
const stoppedIn = ({ steps }: ReleaseReport): readonly string[] =>
  steps.filter(({ state }) => state === 'failed' || state === 'cancelled').map(({ id }) => id);

describe('a release that its environment does not let begin', () => {
  const answered = (join: TurnAnswer, then?: TurnAnswer): FakePools =>
    new FakePools().on('tellEnvironment', async ({ arrival: { entrant, ready } }) =>
      answerRelease(entrant.releaseId, ready && then ? then : join),
    );
  const joined: TurnAnswer = { kind: 'joined', number: 2, serving: { number: 1, sha: 'b'.repeat(40) } };
  const refused: TurnAnswer = { kind: 'refused', number: 2, why: 'the environment is frozen' };
  const superseded: TurnAnswer = { kind: 'superseded', number: 2, why: 'by release 3', by: 3 };

  it.each<[string, FakePools, Verdict, string, RegExp]>([
    ['when it comes', answered(refused), 'refused', 'not-allowed', /^the environment is frozen$/],
    [
      'when its turn comes',
      answered(joined, refused),
      'refused',
      'not-allowed',
      /^the environment is frozen$/,
    ],
    [
      'as a newer one is ready',
      answered(joined, superseded),
      'superseded',
      'superseded',
      /^superseded by release 3$/,
    ],
    [
      'as a newer commit has come to serve since it joined',
      answered(joined, {
        kind: 'granted',
        number: 2,
        fence: Date.now(),
        serving: { number: 3, sha: 'd'.repeat(40) },
      }).on('compareCommits', async ({ serving }) => (serving.startsWith('d') ? 'older' : 'newer')),
      'refused',
      'older-commit',
      /^a+ is older than d+, which serves since release 3$/,
    ],
    [
      'as a newer commit serves',
      answered(joined).on('compareCommits', async () => 'older'),
      'refused',
      'older-commit',
      /^a+ is older than b+, which serves since release 1$/,
    ],
  ])('%s', async (_when, pools, verdict, kind, summary) => {
    const report = await run(pools);
    expect(report).toMatchObject({ verdict, number: 2, cause: { kind } });
    expect(report.cause?.summary).toMatch(summary);
    expect(stoppedIn(report)).toEqual([report.cause?.step]);
    expect(pools.record('takeTurn', 'prepareRollout', ...MUTATIONS)).toEqual([]);
  });

  it('but for an older commit that is meant', async () => {
    const pools = new FakePools().on('compareCommits', async () => 'older');
    const report = await withPools(env, pools, async () =>
      reportOf(await startDeploy(env, { allowOlder: true })),
    );
    expect(report.verdict).toBe('succeeded');
    expect(pools.record('compareCommits')).toEqual([]);
  });
});

describe('a release that has its turn', () => {
  it('keeps it, whatever an environment says that has forgotten it', async () => {
    let releaseId = '';
    const pools = new FakePools()
      .on('tellEnvironment', async (input, _call, good) => {
        releaseId = input.arrival.entrant.releaseId;
        return good();
      })
      .on('waitUntilStable', async (_input, call, good) => {
        if (call === 1) {
          await answerRelease(releaseId, { kind: 'refused', number: 9, why: 'frozen' });
          await answerRelease(releaseId, { kind: 'superseded', number: 9, why: 'by release 10', by: 10 });
        }
        return good();
      });
    expect(await run(pools)).toMatchObject({ verdict: 'succeeded', number: 1, cause: null });
  });

  it('has it by a letter to itself, not to an earlier one of the same workflow id', async () => {
    const pools = new FakePools().on('tellEnvironment', async ({ arrival: { entrant } }, _call, good) => {
      const earlier = `${workflowIdOf(entrant.releaseId)}/an-earlier-run`;
      await answerRelease(earlier, { kind: 'refused', number: 9, why: 'frozen' });
      return good();
    });
    expect(await run(pools)).toMatchObject({ verdict: 'succeeded', number: 1 });
  });
});

describe('a commit that serves already', () => {
  const there = (more: Partial<Plan> = {}): FakePools =>
    new FakePools().plan({
      inPlace: {
        number: 7,
        services: [
          { name: 'api', service: 'shop-api', taskDefinition: nextOf('api'), empty: false },
          { name: 'worker', service: 'shop-worker', taskDefinition: nextOf('worker'), empty: false },
        ],
      },
      ...more,
    });

  it('is asked for its health, and that is all', async () => {
    const pools = there();
    const report = await run(pools);
    expect(report).toMatchObject({ verdict: 'succeeded', broughtBy: 7, cause: null, warnings: [] });
    expect(pools.record()).toEqual([
      'readSource production',
      'tellEnvironment join',
      'recallGoodReleases 5',
      'inspect production',
      `checkHealth api@${SHA}`,
      'closeRelease succeeded',
    ]);
    expect(report.services).toMatchObject([
      { name: 'api', state: 'untouched', taskDefinition: nextOf('api'), health: 'passed' },
      { name: 'worker', state: 'untouched', taskDefinition: nextOf('worker'), health: 'not-asked' },
    ]);
  });

  it('fails where it is not healthy, and changes nothing', async () => {
    const pools = there().on('checkHealth', async () => ({
      failures: [{ name: 'api', summary: 'answered 500, 3 times', evidence: ['500'] }],
    }));
    const report = await run(pools);
    expect(report.verdict).toBe('failed');
    expect(report.cause).toMatchObject({
      kind: 'unhealthy',
      step: 'verify',
      summary: 'this commit serves already, since release 7, but api: answered 500, 3 times',
    });
    expect(pools.record('prepareRollout', ...MUTATIONS)).toEqual([]);
  });

  it('is deployed all the same where that is asked for', async () => {
    const pools = there();
    const report = await withPools(env, pools, async () => reportOf(await startDeploy(env, { force: true })));
    expect(report).toMatchObject({ verdict: 'succeeded', broughtBy: null });
    expect(pools.record('updateServices')).toHaveLength(2);
  });

  it('has nothing to ask where all is scaled to zero', async () => {
    const inPlace = {
      number: 7,
      services: [{ name: 'api', service: 'shop-api', taskDefinition: nextOf('api'), empty: true }],
    };
    const pools = there({ inPlace });
    const report = await run(pools);
    expect(report).toMatchObject({ verdict: 'succeeded', services: [{ health: 'not-asked', empty: true }] });
    expect(pools.record('checkHealth')).toEqual([]);
  });

  it('looks only at what the ledger says to serve', async () => {
    const serving: (number | null)[] = [];
    const pools = new FakePools()
      .on('tellEnvironment', async ({ arrival: { entrant, ready } }) =>
        answerRelease(
          entrant.releaseId,
          ready
            ? { kind: 'granted', number: 9, fence: Date.now(), serving: null }
            : { kind: 'joined', number: 9, serving: { number: 8, sha: 'b'.repeat(40) } },
        ),
      )
      .on('inspect', async (input, _call, good) => {
        serving.push(input.serving);
        return good();
      });
    await run(pools);
    expect(serving).toEqual([8]);
  });
});

describe('a release that goes well', () => {
  it('checks, builds, pushes, then moves the services wave by wave and `latest` last', async () => {
    const pools = new FakePools();
    const report = await run(pools);

    expect(report.verdict).toBe('succeeded');
    expect(report.cause).toBeNull();
    expect(pools.record('updateServices', 'waitUntilStable', 'checkHealth', 'moveLatest')).toEqual([
      'updateServices worker=worker:2',
      'waitUntilStable worker=worker:2',
      'updateServices api=api:2',
      'waitUntilStable api=api:2',
      `checkHealth api@${SHA}`,
      'waitUntilStable worker=worker:2,api=api:2',
      'moveLatest api,worker',
    ]);
    expect(report.images.map(({ name, digest }) => [name, digest])).toEqual([
      ['api', digestOf('api')],
      ['worker', digestOf('worker')],
    ]);
    expect(report.services.map(({ name, state, taskDefinition }) => [name, state, taskDefinition])).toEqual([
      ['api', 'updated', nextOf('api')],
      ['worker', 'updated', nextOf('worker')],
    ]);
    expect(report.steps.filter((step) => step.state !== 'succeeded')).toEqual([]);
  });

  it('says which services are scaled to zero, and asks none of those for its health', async () => {
    const pools = new FakePools().on('waitUntilStable', async (input) =>
      input.rollouts.some(({ name }) => name === 'api') ? { failures: [], empty: ['api'] } : { failures: [] },
    );
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    expect(pools.record('checkHealth')).toEqual([]);
    expect(report.services).toMatchObject([
      { name: 'api', health: 'not-asked', empty: true },
      { name: 'worker' },
    ]);
    expect(report.services[1]).not.toHaveProperty('empty');
    expect(report.warnings).toEqual(['api is scaled to zero: nothing of this commit runs there now']);
  });

  it('asks one that was scaled up from zero since, at the last look', async () => {
    const pools = new FakePools().on('waitUntilStable', async (_input, call, good) =>
      call === 2 ? { failures: [], empty: ['api'] } : good(),
    );
    const report = await run(pools);
    expect(pools.record('waitUntilStable', 'checkHealth').slice(-2)).toEqual([
      'waitUntilStable worker=worker:2,api=api:2',
      `checkHealth api@${SHA}`,
    ]);
    expect(report.services[0]).toMatchObject({ name: 'api', health: 'passed' });
    expect(report.warnings).toEqual([]);
  });

  it('pushes nothing before all checks have passed, and runs a check after those it needs', async () => {
    const pools = new FakePools().on('runCheck', async (_input, _call, good) => {
      await sleep(200);
      return good();
    });
    await run(pools);
    const order = pools.record('runCheck', 'pushImage');
    expect(order.slice(0, 2)).toEqual(['runCheck lint', 'runCheck unit']);
    expect(order.slice(2).toSorted()).toEqual(['pushImage api', 'pushImage worker']);
  });

  it('builds beside the checks', async () => {
    let buildsDuringChecks = 0;
    const pools = new FakePools();
    pools.on('runCheck', async (_input, _call, good) => {
      await sleep(500);
      buildsDuringChecks = pools.record('buildImage').length;
      return good();
    });
    await run(pools);
    expect(buildsDuringChecks).toBe(2);
  });

  it('does not push an image that the registry has already', async () => {
    const pools = new FakePools().on('buildImage', async () => ({
      kind: 'reused' as const,
      digest: digestOf('old'),
    }));
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    expect(pools.record('pushImage')).toEqual([]);
    expect(report.images.every((image) => image.reused && image.digest === digestOf('old'))).toBe(true);
  });

  it('stays a success when only `latest` cannot be moved, and says so', async () => {
    const pools = new FakePools().on('moveLatest', async () => {
      throw new RefusedByServiceError('tag latest is immutable');
    });
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    expect(report.warnings).toEqual([expect.stringContaining('tag latest is immutable')]);
  });
});

describe('an input that is none', () => {
  it.each([[undefined], [{ environment: 'production' }], [{ sha: SHA }]])(
    '%j ends the release at once, and says what was expected',
    async (input) => {
      const pools = new FakePools();
      const report = await withPools(env, pools, async () =>
        reportOf(
          await env.client.workflow.start('deploy', {
            taskQueue: TASK_QUEUE.control,
            workflowId: `input-${JSON.stringify(input)}`,
            args: input === undefined ? [] : [input],
          }),
        ),
      );
      expect(report.verdict).toBe('failed');
      expect(report.cause?.summary).toContain('expected at least');
      expect(pools.record()).toEqual([]);
    },
  );
});

describe('a bug in an activity', () => {
  it('is not retried for ever: the release fails with it', async () => {
    const pools = new FakePools().on('inspect', async () => {
      throw new TypeError('x is not a function');
    });
    const report = await run(pools);
    expect(report.verdict).toBe('failed');
    expect(report.cause).toMatchObject({
      kind: 'internal-error',
      summary: expect.stringContaining('x is not a function'),
    });
    expect(pools.record('inspect')).toHaveLength(1);
  });
});

describe('a failure before anything was changed', () => {
  const cases: readonly (readonly [string, ActivityName, () => Error, Verdict, string, string])[] = [
    [
      'a commit that cannot be read',
      'readSource',
      () => new RefusedByServiceError('no such commit'),
      'failed',
      'refused-by-service',
      'plan',
    ],
    [
      'a plan that would be unsafe',
      'inspect',
      () => new UnsafePlanError('stuck for ever'),
      'refused',
      'unsafe-plan',
      'plan',
    ],
    [
      'a failed check',
      'runCheck',
      () => new CheckFailedError('lint: exit 1', { evidence: ['E1'] }),
      'failed',
      'check-failed',
      'check:lint',
    ],
    [
      'a bad Dockerfile',
      'buildImage',
      () => new BuildFailedError('RUN: exit 2'),
      'failed',
      'build-failed',
      'build:',
    ],
    [
      'a refused push',
      'pushImage',
      () => new RefusedByServiceError('AccessDenied'),
      'failed',
      'refused-by-service',
      'push:',
    ],
    [
      'an image of the wrong platform',
      'prepareRollout',
      () => new UnsafePlanError('amd64 on arm64'),
      'refused',
      'unsafe-plan',
      'register',
    ],
  ];

  it.each(cases)(
    '%s (%s) ends the release at once and touches nothing',
    async (_what, name, error, verdict, kind, step) => {
      const pools = new FakePools().on(name, async () => {
        throw error();
      });
      const report = await run(pools);
      expect(report.verdict).toBe(verdict);
      expect(report.cause).toMatchObject({ kind, summary: error().message });
      expect(report.cause?.step).toContain(step);
      expect(pools.record(...MUTATIONS)).toEqual([]);
      expect(report.steps.some((other) => other.state === 'running' || other.state === 'waiting')).toBe(
        false,
      );
    },
  );

  it('keeps the evidence of a failed check in the report', async () => {
    const pools = new FakePools().on('runCheck', async () => {
      throw new CheckFailedError('lint: exit 1', { evidence: ['line 7: unused'], advice: 'run lint' });
    });
    const report = await run(pools);
    expect(report.cause?.evidence).toEqual(['line 7: unused', 'what to do: run lint']);
  });

  it('cancels the builds when a check fails, and waits until they have ended', async () => {
    const ended: string[] = [];
    const pools = new FakePools()
      .on('runCheck', async () => {
        await sleep(300);
        throw new CheckFailedError('lint: exit 1');
      })
      .on('buildImage', async (input) => {
        const beat = setInterval(() => Context.current().heartbeat(), 50);
        try {
          await Context.current().cancelled;
          throw new Error('unreachable');
        } catch (error) {
          ended.push(input.image.name);
          throw error instanceof CancelledFailure ? error : new Error('not cancelled');
        } finally {
          clearInterval(beat);
        }
      });
    const report = await run(pools);
    expect(report.verdict).toBe('failed');
    expect(report.cause?.step).toBe('check:lint');
    expect(ended.toSorted()).toEqual(['api', 'worker']);
    expect(report.steps.filter((step) => step.kind === 'build').map((step) => step.state)).toEqual([
      'cancelled',
      'cancelled',
    ]);
  });
});

describe('transient trouble', () => {
  const steps: readonly ActivityName[] = [
    'readSource',
    'inspect',
    'runCheck',
    'buildImage',
    'pushImage',
    'prepareRollout',
    'updateServices',
    'waitUntilStable',
    'checkHealth',
    'moveLatest',
  ];
  it('in every step at once is retried, and the release succeeds', async () => {
    const pools = new FakePools();
    for (const name of steps) {
      pools.on(name, async (_input, call, good) => {
        if (call === 1) throw new TransientError('ThrottlingException');
        return good() as never;
      });
    }
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    for (const name of steps) expect(pools.record(name).length).toBeGreaterThan(1);
  });
});

describe('cancelling the workflow', () => {
  it('before the first mutation changes nothing: aborted', async () => {
    const pools = new FakePools().on('runCheck', async () => {
      const beat = setInterval(() => Context.current().heartbeat(), 50);
      try {
        return await (Context.current().cancelled as Promise<never>);
      } finally {
        clearInterval(beat);
      }
    });
    const report = await withPools(env, pools, async () => {
      const handle = await startDeploy(env);
      while (pools.record('runCheck').length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await handle.cancel();
      return reportOf(handle);
    });
    expect(report.verdict).toBe('aborted');
    expect(pools.record(...MUTATIONS)).toEqual([]);
  });

  it('after it rolls everything back, although the workflow is cancelled', async () => {
    const pools = new FakePools().on('waitUntilStable', async (input, _call, good) =>
      input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
        ? ((await (Context.current().cancelled as Promise<never>)) as never)
        : good(),
    );
    const report = await withPools(env, pools, async () => {
      const handle = await startDeploy(env);
      while (!pools.record('waitUntilStable').includes('waitUntilStable api=api:2')) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await handle.cancel();
      return reportOf(handle);
    });
    expect(report.verdict).toBe('rolled-back');
    expect(report.cause?.kind).toBe('cancelled');
    expect(pools.record('updateServices').slice(2)).toEqual([
      'updateServices api=api:1',
      'updateServices worker=worker:1',
    ]);
  });
});

describe('a build host that is gone before the push', () => {
  it('is replaced: the image is built again elsewhere', async () => {
    // Nobody polls the first engine's queue; its schedule-to-start time-out is five seconds here.
    const pools = new FakePools().on('buildImage', async (input, call) => ({
      kind: 'built' as const,
      pushQueue: call <= 2 ? 'slipway-engine-gone' : ENGINE_QUEUE,
      localReference: input.image.name,
      logKey: '',
      emulated: false,
    }));
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    expect(pools.record('buildImage')).toHaveLength(4);
    expect(pools.record('pushImage').toSorted()).toEqual(['pushImage api', 'pushImage worker']);
  }, 120_000);
});
