/** People hold, stop and steer a release: signals and updates, on a real Temporal server with fake pools. */
import { describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { RefusedByServiceError, TransientError } from '../../src/errors.ts';
import type { ReleaseReport } from '../../src/release/verdict.ts';
import { baselineOf, FakePools, nextOf, planFor, SHA, untilCancelled } from '../fakes/activities.ts';
import { reportOf, startDeploy, statusWhen, tell, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
serverForAll((server) => {
  ({ env } = server);
});

const ada = { who: 'ada', reason: 'traffic is odd' };

/** Starts a release, lets people speak to it, and returns how it ended. */
const run = (
  pools: FakePools,
  people: (handle: WorkflowHandle) => Promise<void> = async () => undefined,
): Promise<ReleaseReport> =>
  withPools(env, pools, async () => {
    const handle = await startDeploy(env);
    await people(handle);
    return reportOf(handle);
  });

const called = async (pools: FakePools, line: string): Promise<void> => {
  while (!pools.record().includes(line)) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** The rollout of `api` (the second wave) takes until somebody stops it. */
const slowApi = (): FakePools =>
  new FakePools().on('waitUntilStable', async (input, _call, good) =>
    input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api')) ? untilCancelled() : good(),
  );

const crash = { name: 'api', kind: 'task-failed' as const, summary: 'exit 1, twice', evidence: [] };

/** The rollout of `api` fails, and so does what `fails` says of the way back. */
const failingApi = (): FakePools =>
  new FakePools().on('waitUntilStable', async (input, _call, good) =>
    input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
      ? { failures: [crash] }
      : good(),
  );

describe('a pause', () => {
  it('stops before the next change, says who and why, and goes on with resume', async () => {
    const pools = new FakePools();
    let atRest: readonly string[] = [];
    const report = await run(pools, async (handle) => {
      await handle.signal('pause', ada);
      const { hold, steps } = await statusWhen(
        handle,
        ({ steps: now }) =>
          now.filter(({ kind, state }) => kind === 'push' && state === 'succeeded').length === 2,
      );
      expect(hold).toMatchObject({ kind: 'paused', reason: 'paused by ada: traffic is odd', untilMs: null });
      expect(steps.find(({ id }) => id === 'update:1')?.state).toBe('waiting');
      await new Promise((resolve) => setTimeout(resolve, 300));
      atRest = pools.record('prepareRollout', 'openRelease', 'updateServices', 'moveLatest');
      expect(await tell(handle, 'resume', { who: 'bob' })).toBe('it goes on');
    });
    expect(atRest).toEqual([]);
    expect(report.verdict).toBe('succeeded');
    expect(report.operators).toMatchObject([
      { action: 'pause', who: 'ada', reason: 'traffic is odd', accepted: true },
      { action: 'resume', who: 'bob', accepted: true },
    ]);
  });

  it('in mid-release lets the rollout under way finish, and holds the next wave', async () => {
    const pools = new FakePools();
    let release: (() => void) | undefined;
    pools.on('waitUntilStable', async (_input, call, good) => {
      if (call === 1) await new Promise<void>((resolve) => (release = resolve));
      return good();
    });
    const report = await run(pools, async (handle) => {
      await called(pools, 'waitUntilStable worker=worker:2');
      expect(await tell(handle, 'pause', ada)).toContain('before the next change');
      release?.();
      await statusWhen(
        handle,
        ({ steps }) => steps.find(({ id }) => id === 'health:1')?.state === 'succeeded',
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(pools.record('updateServices')).toEqual(['updateServices worker=worker:2']);
      await handle.signal('resume');
    });
    expect(report.verdict).toBe('succeeded');
  });

  it('during the last health check holds `latest`', async () => {
    const pools = new FakePools();
    const report = await run(pools, async (handle) => {
      await handle.signal('pause', ada);
      await statusWhen(handle, ({ hold }) => hold !== null);
      pools.on('checkHealth', async (_input, _call, good) => {
        await handle.signal('pause', ada);
        return good();
      });
      await handle.signal('resume', ada);
      await statusWhen(
        handle,
        ({ steps }) => steps.find(({ id }) => id === 'health:2')?.state === 'succeeded',
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(pools.record('moveLatest')).toEqual([]);
      await handle.signal('resume', ada);
    });
    expect(report.verdict).toBe('succeeded');
  });

  it('during the last look holds `latest`, and looks again afterwards', async () => {
    let looks = 0;
    const pools = new FakePools();
    const held = await run(pools, async (handle) => {
      pools.on('waitUntilStable', async (input, _call, good) => {
        if (input.rollouts.length === 2) {
          looks += 1;
          if (looks === 1) await handle.signal('pause', ada);
        }
        return good();
      });
      await statusWhen(
        handle,
        ({ hold, steps }) => hold !== null && steps.find(({ id }) => id === 'verify')?.state === 'succeeded',
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(pools.record('moveLatest')).toEqual([]);
      await handle.signal('resume', ada);
    });
    expect(held.verdict).toBe('succeeded');
    expect(looks).toBe(2);
  });

  it('for a time ends by itself', async () => {
    const pools = new FakePools();
    const report = await run(pools, (handle) => handle.signal('pause', { ...ada, forMs: 500 }));
    expect(report.verdict).toBe('succeeded');
    expect(report.operators).toHaveLength(1);
  });

  it('can be ended by an abort: nothing was changed', async () => {
    const pools = new FakePools();
    const report = await run(pools, async (handle) => {
      await handle.signal('pause', ada);
      await handle.signal('abort', ada);
    });
    expect(report.verdict).toBe('aborted');
    expect(pools.record('updateServices', 'openRelease')).toEqual([]);
  });
});

describe('a stop', () => {
  it('before anything was changed: rollback has nothing to do and says so, abort ends the release', async () => {
    const pools = new FakePools().on('runCheck', untilCancelled);
    const report = await run(pools, async (handle) => {
      await called(pools, 'runCheck lint');
      expect(await tell(handle, 'rollback', ada)).toMatch(/^NotNow: nothing to roll back/);
      expect(await tell(handle, 'resume')).toBe('NotNow: the release is not paused');
      expect(await tell(handle, 'abort', ada)).toContain('nothing was changed');
    });
    expect(report.verdict).toBe('aborted');
    expect(report.cause).toMatchObject({ kind: 'operator-abort', summary: 'aborted by ada: traffic is odd' });
    expect(report.operators.map(({ action, accepted }) => [action, accepted])).toEqual([['abort', true]]);
    expect(pools.record('updateServices', 'prepareRollout')).toEqual([]);
  });

  it.each(['rollback', 'abort'] as const)(
    '%s in mid-rollout interrupts the wait at once and restores everything',
    async (action) => {
      const pools = slowApi();
      const report = await run(pools, async (handle) => {
        await called(pools, 'waitUntilStable api=api:2');
        expect(await tell(handle, action, ada)).toContain('goes back');
        expect(await tell(handle, 'rollback', ada)).toBe('NotNow: already rolling back');
        expect(await tell(handle, 'pause', ada)).toMatch(/^NotNow: /);
      });
      expect(report.verdict).toBe('rolled-back');
      expect(report.cause).toMatchObject({ kind: `operator-${action}`, step: 'stable:2' });
      expect(report.cause?.summary).toContain('by ada: traffic is odd');
      expect(pools.record('updateServices').slice(2)).toEqual([
        'updateServices api=api:1',
        'updateServices worker=worker:1',
      ]);
    },
  );

  it('that was accepted during the last step is no success: `latest` and the services go back', async () => {
    const pools = new FakePools().on('moveLatest', async (_input, call, good) => {
      if (call > 1) return good();
      while (stopped === false) await new Promise((resolve) => setTimeout(resolve, 20));
      return good();
    });
    let stopped = false;
    const report = await run(pools, async (handle) => {
      await called(pools, 'moveLatest api,worker');
      await tell(handle, 'rollback', ada);
      stopped = true;
    });
    expect(report.verdict).toBe('rolled-back');
    expect(pools.record('moveLatest')).toEqual(['moveLatest api,worker', 'moveLatest api back,worker back']);
    expect(report.services.map(({ state }) => state)).toEqual(['restored', 'restored']);
  });

  it('before the workflow has begun to listen is kept', async () => {
    const pools = new FakePools();
    const report = await withPools(env, pools, async () => {
      const handle = await env.client.workflow.signalWithStart('deploy', {
        taskQueue: 'slipway-control',
        workflowId: `early-${process.pid}`,
        args: [{ environment: 'production', sha: SHA }],
        signal: 'abort',
        signalArgs: [ada],
      });
      return reportOf(handle);
    });
    expect(report.verdict).toBe('aborted');
    expect(report.cause?.kind).toBe('operator-abort');
    expect(pools.record()).toEqual([]);
  });

  it('before the workflow has begun to listen is taken in the order in which it was said', async () => {
    const pools = new FakePools();
    const handle = await startDeploy(env);
    for (const said of ['resume', 'pause', 'no-such-signal']) await handle.signal(said, ada);
    const report = await withPools(env, pools, async () => {
      await statusWhen(handle, ({ hold }) => hold?.kind === 'paused');
      await handle.signal('resume', ada);
      return reportOf(handle);
    });
    expect(report.verdict).toBe('succeeded');
    expect(report.operators).toMatchObject([
      { action: 'resume', accepted: false },
      { action: 'pause', accepted: true },
      { action: 'resume', accepted: true },
    ]);
  });

  it('ends a pause: nothing waits for a resume on the way back', async () => {
    const pools = slowApi();
    let back: (() => void) | undefined;
    pools.on('checkHealth', async (input, _call, good) => {
      if (input.targets.some(({ commit }) => commit === null)) {
        await new Promise<void>((resolve) => {
          back = resolve;
        });
      }
      return good();
    });
    const report = await run(pools, async (handle) => {
      await called(pools, 'waitUntilStable api=api:2');
      await tell(handle, 'pause', ada);
      await tell(handle, 'rollback', ada);
      const { hold } = await statusWhen(handle, ({ phase }) => phase === 'restoring');
      expect(hold).toBeNull();
      expect(await tell(handle, 'resume', ada)).toBe('NotNow: the release is not paused');
      while (!back) await new Promise((resolve) => setTimeout(resolve, 20));
      back();
    });
    expect(report.verdict).toBe('rolled-back');
  });
});

describe('what people say', () => {
  it('twice with the same id is recorded once, and after the end does no harm', async () => {
    const pools = new FakePools();
    const report = await run(pools, async (handle) => {
      for (const _ of [1, 2, 3]) await handle.signal('pause', { ...ada, id: 'click-1' });
      await handle.signal('resume', { id: 'click-2' });
      await handle.signal('resume', { id: 'click-2' });
      await handle.result();
      await expect(handle.signal('rollback')).rejects.toThrow();
      expect((await statusWhen(handle, () => true)).verdict).toBe('succeeded');
    });
    expect(report.operators.map(({ action }) => action)).toEqual(['pause', 'resume']);
  });

  it('with the id of another action is a message of its own', async () => {
    const pools = new FakePools().on('runCheck', untilCancelled);
    const report = await run(pools, async (handle) => {
      await called(pools, 'runCheck lint');
      expect(await tell(handle, 'pause', { id: 'OPS-1' })).toContain('before the next change');
      expect(await tell(handle, 'pause', { id: 'OPS-1' })).toContain('before the next change');
      expect(await tell(handle, 'resume', { id: 'OPS-1' })).toBe('it goes on');
      expect(await tell(handle, 'resume', { id: 'OPS-1' })).toBe('it goes on');
      await tell(handle, 'abort', { id: 'OPS-1' });
    });
    expect(report.verdict).toBe('aborted');
    expect(report.operators.map(({ action }) => action)).toEqual(['pause', 'resume', 'abort']);
  });

  it('in vain is recorded once, and may be said again when it means something', async () => {
    const pools = new FakePools().on('runCheck', untilCancelled);
    const report = await run(pools, async (handle) => {
      await called(pools, 'runCheck lint');
      for (const _ of [1, 2]) await handle.signal('resume', { id: 'r' });
      await handle.signal('pause', { id: 'p' });
      await handle.signal('resume', { id: 'r' });
      await statusWhen(handle, ({ hold, operators }) => hold === null && operators.length === 3);
      await handle.signal('abort');
    });
    expect(report.operators.map(({ action, accepted }) => [action, accepted])).toEqual([
      ['resume', false],
      ['pause', true],
      ['resume', true],
      ['abort', true],
    ]);
  });

  it('may be any JSON', async () => {
    const report = await run(new FakePools(), async (handle) => {
      for (const note of ['because', null, 7, [], { who: 5, reason: { a: 1 } }, { forMs: -1 }]) {
        await handle.signal('pause', note);
        await handle.signal('resume', note);
      }
    });
    expect(report.verdict).toBe('succeeded');
    expect(report.operators[0]).toMatchObject({ who: 'somebody', reason: 'because' });
  });
});

describe('an approval', () => {
  const gated = (deadlineMs: number): FakePools => new FakePools().plan({ approval: { deadlineMs } });
  const atGate = (handle: WorkflowHandle) => statusWhen(handle, ({ hold }) => hold?.kind === 'approval');

  it('is waited for before anything is prepared, and lets the release go on', async () => {
    const pools = gated(60_000);
    const report = await run(pools, async (handle) => {
      const { hold } = await atGate(handle);
      expect((hold?.untilMs ?? 0) - (hold?.sinceMs ?? 0)).toBe(60_000);
      expect(pools.record('prepareRollout', 'updateServices')).toEqual([]);
      expect(await tell(handle, 'approve', ada)).toBe('approved');
      expect(await tell(handle, 'approve', ada)).toMatch(/^NotNow: /);
    });
    expect(report.verdict).toBe('succeeded');
    expect(report.operators).toMatchObject([{ action: 'approve', who: 'ada' }]);
  });

  it('that comes before it is asked for counts', async () => {
    const report = await run(gated(60_000), (handle) => handle.signal('approve', ada));
    expect(report.verdict).toBe('succeeded');
  });

  it('is asked for only where the environment wants it', async () => {
    const report = await run(slowApi(), async (handle) => {
      await statusWhen(handle, ({ steps }) => steps.some(({ id }) => id === 'promote'));
      await statusWhen(
        handle,
        ({ steps }) => steps.find(({ id }) => id === 'update:1')?.state === 'succeeded',
      );
      expect(await tell(handle, 'approve', ada)).toBe('NotNow: the release waits for no approval');
      await handle.signal('abort');
    });
    expect(report.verdict).toBe('rolled-back');
  });

  it('that is denied, or does not come in time, ends the release: aborted', async () => {
    const denied = await run(gated(60_000), async (handle) => {
      await atGate(handle);
      await tell(handle, 'deny', ada);
    });
    expect(denied.verdict).toBe('aborted');
    expect(denied.cause).toMatchObject({ kind: 'operator-deny', summary: 'denied by ada: traffic is odd' });
    const expired = await run(gated(300));
    expect(expired.verdict).toBe('aborted');
    expect(expired.cause?.kind).toBe('approval-expired');
  });
});

describe('a rollback that is stuck', () => {
  const isStuck = (handle: WorkflowHandle) => statusWhen(handle, ({ stuck }) => stuck !== null);
  /** A minute between tries, so that a next try is an operator's doing. */
  const patient = { ...planFor({ environment: 'production', sha: SHA }).timing, pollIntervalMs: 30_000 };

  it('is tried again at once with retry', async () => {
    let back = 0;
    const pools = failingApi()
      .plan({ timing: patient })
      .on('updateServices', async (input, _call, good) => {
        if (!input.updates.some((update) => update.taskDefinition === baselineOf('api'))) return good();
        back += 1;
        if (back === 1) throw new RefusedByServiceError('AccessDenied');
        return good();
      });
    const startedAtMs = Date.now();
    const report = await run(pools, async (handle) => {
      expect((await isStuck(handle)).stuck).toContain('AccessDenied');
      expect(await tell(handle, 'retry', ada)).toBe('tried again at once');
    });
    expect(report.verdict).toBe('rolled-back');
    expect(Date.now() - startedAtMs).toBeLessThan(30_000);
  });

  it('for one service does not keep the others of its wave from their baseline; skip leaves that one', async () => {
    const pools = failingApi()
      .plan({ timing: patient, waves: [['worker', 'api']] })
      .on('updateServices', async (input, _call, good) => {
        const isBack = input.updates.some((update) => update.taskDefinition.endsWith(':1'));
        const all = await good();
        if (!isBack || !input.updates.some(({ name }) => name === 'api')) return all;
        const problem = { name: 'api', kind: 'refused' as const, summary: 'api is locked', evidence: [] };
        return {
          rollouts: all.rollouts.filter(({ name }) => name !== 'api'),
          problems: [problem],
          untouched: false,
        };
      });
    const report = await run(pools, async (handle) => {
      expect((await isStuck(handle)).stuck).toBe('api: api is locked');
      expect(pools.record('waitUntilStable')).toContain('waitUntilStable worker=worker:1');
      expect(await tell(handle, 'skip', { service: 'worker' })).toBe(
        'NotNow: worker is not stuck; stuck: api',
      );
      expect(await tell(handle, 'skip', 'nobody')).toMatch(/^NotNow: nobody is not stuck/);
      expect(await tell(handle, 'skip', { ...ada, service: 'api' })).toContain('left as it is');
    });
    expect(report.verdict).toBe('rollback-failed');
    expect(report.services).toMatchObject([
      {
        name: 'api',
        state: 'not-restored',
        detail: 'api is locked; left as it is by ada (skip): traffic is odd',
      },
      { name: 'worker', state: 'restored' },
    ]);
  });

  it('because AWS does not answer at all becomes visible too', async () => {
    const pools = failingApi().on('updateServices', async (input, _call, good) => {
      if (input.updates.some((update) => update.taskDefinition === baselineOf('api'))) {
        throw new TransientError('ServiceUnavailable');
      }
      return good();
    });
    const report = await run(pools, async (handle) => {
      expect((await isStuck(handle)).stuck).toContain('ServiceUnavailable');
      await tell(handle, 'give-up', ada);
    });
    expect(report.verdict).toBe('rollback-failed');
  });

  it('while a try is under way can be given up at once', async () => {
    let tries = 0;
    const pools = failingApi().on('waitUntilStable', async (input, _call, good) => {
      if (input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api')))
        return { failures: [crash] };
      if (!input.rollouts.some((rollout) => rollout.name === 'api')) return good();
      tries += 1;
      return tries === 1 ? { failures: [crash] } : untilCancelled();
    });
    const report = await run(pools, async (handle) => {
      while (tries < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      await tell(handle, 'give-up', ada);
    });
    expect(report.verdict).toBe('rollback-failed');
    expect(report.services).toMatchObject([{ state: 'not-restored' }, { state: 'restored' }]);
  });

  it('says no to what means nothing while nothing is stuck', async () => {
    const pools = slowApi();
    await run(pools, async (handle) => {
      await called(pools, 'waitUntilStable api=api:2');
      for (const action of ['retry', 'give-up'] as const) {
        expect(await tell(handle, action)).toBe('NotNow: nothing is stuck');
      }
      expect(await tell(handle, 'skip')).toMatch(/^NotNow: skip needs the name of a service/);
      await handle.signal('abort');
    });
  });

  it('on the tags alone is a warning: a label holds nobody up', async () => {
    let stopped = false;
    const pools = new FakePools().on('moveLatest', async (_input, call, good) => {
      if (call > 1) throw new RefusedByServiceError('the image is gone');
      while (!stopped) await new Promise((resolve) => setTimeout(resolve, 20));
      return good();
    });
    const report = await run(pools, async (handle) => {
      await called(pools, 'moveLatest api,worker');
      await tell(handle, 'rollback');
      stopped = true;
    });
    expect(report.verdict).toBe('rolled-back');
    expect(report.warnings).toEqual(['`latest` was not moved back: the image is gone']);
  });

  it('for a later wave does not keep the earlier ones from their baseline, and giving up means what was stuck', async () => {
    let throttled = 0;
    const pools = failingApi()
      .plan({ timing: patient })
      .on('updateServices', async (input, _call, good) => {
        const back = input.updates.filter(({ taskDefinition }) => taskDefinition.endsWith(':1'));
        if (back.some(({ name }) => name === 'api')) throw new RefusedByServiceError('api is locked');
        if (back.length > 0) throttled += 1;
        if (throttled === 1) throw new TransientError('ThrottlingException');
        return good();
      });
    const report = await run(pools, async (handle) => {
      await isStuck(handle);
      await tell(handle, 'give-up', ada);
    });
    expect(report.services).toMatchObject([
      { name: 'api', state: 'not-restored' },
      { name: 'worker', state: 'restored' },
    ]);
  });
});
