/**
 * What Temporal's own UI and CLI show: summaries of all that a workflow schedules, the page of its state, what each message
 * is for – and what that costs in its history: nothing.
 */
import { describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { OPERATOR_ACTIONS } from '../../src/release/operator.ts';
import type { ReleaseReport, ReportSoFar } from '../../src/release/verdict.ts';
import { findTool } from '../../src/tools.ts';
import { FakePools, SHA } from '../fakes/activities.ts';
import { SCENARIOS } from '../replay/scenarios.ts';
import { RealScene } from './environment/real-scene.ts';
import { reportOf, startDeploy, statusWhen, tell, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
serverForAll((server) => {
  ({ env } = server);
});

/** Between them, they come to every activity and every timer of a release. */
const TELLING: ReadonlySet<string> = new Set([
  'succeeded-with-all-that-an-environment-can-ask-for',
  'rolled-back-after-a-stuck-compensation',
  'rolled-back-by-an-operator-after-a-pause',
  'rollback-failed-after-a-skip',
  'aborted-as-nobody-approved',
  'succeeded-after-a-repair',
]);

interface Told {
  readonly what: string;
  readonly summary: string | undefined;
}

/** Everything with a summary that a run has scheduled. */
const toldIn = async (handle: WorkflowHandle): Promise<readonly Told[]> => {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap((event) => {
    const { activityTaskScheduledEventAttributes: activity, timerStartedEventAttributes: timer } = event;
    const { startChildWorkflowExecutionInitiatedEventAttributes: child } = event;
    const what = activity?.activityType?.name ?? child?.workflowType?.name ?? (timer ? 'timer' : undefined);
    const payload = event.userMetadata?.summary;
    if (what === undefined || what === null) return [];
    return [{ what, summary: payload ? defaultPayloadConverter.fromPayload<string>(payload) : undefined }];
  });
};

const untold = (told: readonly Told[]): readonly string[] =>
  told
    .filter(({ summary }) => !summary || /[\n\r]/.test(summary) || summary.length > 250)
    .map(({ what }) => what);

/** As the UI asks for it. */
const pageOf = async (handle: WorkflowHandle): Promise<string> => {
  const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return currentDetails;
};

describe('a summary', () => {
  it.each(SCENARIOS.filter(({ name }) => TELLING.has(name)))(
    'stands beside each activity and timer of a release that $name',
    async ({ pools, people }) => {
      await withPools(env, pools(), async () => {
        const handle = await startDeploy(env);
        await people?.(handle);
        await reportOf(handle);
        const told = await toldIn(handle);
        expect(untold(told)).toEqual([]);
        expect(told.map(({ what }) => what)).toContain('readSource');
      });
    },
  );

  it('says what the activity is about', async () => {
    await withPools(env, new FakePools(), async () => {
      const handle = await startDeploy(env);
      await reportOf(handle);
      const told = await toldIn(handle);
      expect([...new Set(told.map(({ summary }) => summary))].toSorted()).toMatchInlineSnapshot(`
[
  "ask production for the turn",
  "build api (arm64)",
  "build worker (amd64)",
  "check health: api",
  "check lint",
  "check unit",
  "fetch aaaaaaaaaaaa, read its slipway.yaml for production",
  "inspect shop: api, worker",
  "join the queue of production",
  "keep the report: succeeded",
  "mark what is about to change: worker, api",
  "move latest: api, worker",
  "push api (arm64)",
  "push worker (amd64)",
  "recall what a rollback of production may go to",
  "record baselines, register: api, worker",
  "take the turn of production, look for what was broken off",
  "update api",
  "update worker",
  "wait until stable: api",
  "wait until stable: worker",
  "wait until stable: worker, api",
]
`);
    });
  });

  it('stands beside each activity of what is no release', async () => {
    const commit = { sha: SHA, subject: 'Fix *it*', author: 'ada' };
    const github = { repository: 'ada/shop', label: '' };
    const checks = [{ name: 'unit', needs: [], run: 'true', directory: '.', env: {}, timeoutMs: 1_000 }];
    const source = { hash: 'a'.repeat(64), bytes: 1 };
    const page = { kind: 'service', lines: [], notes: [] };
    const others = {
      readChecks: async () => ({
        kind: 'read',
        app: 'shop',
        commit,
        github,
        source,
        workspace: 'shop',
        checks,
      }),
      endOlderChecks: async () => [],
      tellGitHub: async () => ({ deploymentId: 1, problems: [] }),
      awaitEnd: async () => ({ deployment: null, statuses: [] }),
      lookForMissed: async () => ({ kind: 'missed', sha: SHA }),
      keepTip: async () => undefined,
      lookForMissedPulls: async () => ({
        kind: 'missed',
        missed: [{ pullRequest: 7, sha: 'b'.repeat(40) }],
      }),
      keepPulls: async () => undefined,
      listStepLogs: async () => ({ kind: 'steps', logs: [] }),
      readStepLog: async () => ({ kind: 'step', lines: [] }),
      readServiceLog: async () => page,
    };
    const pools = new FakePools();
    const asked = { workflowId: 'a', runIds: ['b'], step: 'check:unit', logKey: null };
    const service = {
      kind: 'service',
      app: 'shop',
      environment: 'production',
      part: { kind: 'service', name: 'api' },
      releases: [1],
      cursor: null,
      tail: null,
      sinceMs: null,
      waitMs: 0,
      settleMs: 0,
    };
    const runs: readonly (readonly [type: string, input: unknown, ...activities: readonly string[]])[] = [
      ['checks', { sha: SHA, pullRequest: 7 }, 'readChecks', 'endOlderChecks', 'runCheck', 'notify'],
      ['plan', { environment: 'production', sha: SHA }, 'readSource', 'foreseeTurn', 'preview'],
      ['logs', { kind: 'steps', workflowId: 'a', runIds: ['b'], steps: [asked] }, 'listStepLogs'],
      ['logs', { kind: 'step', ...asked, from: { tail: null } }, 'readStepLog'],
      ['logs', service, 'recallServices', 'readServiceLog'],
      [
        'reconcile',
        { app: 'shop', environment: 'production', ref: 'refs/heads/*x*' },
        'lookForMissed',
        'deploy',
        'keepTip',
      ],
      ['reconcilePulls', { app: 'shop' }, 'lookForMissedPulls', 'checks', 'keepPulls'],
    ];
    await withPools(env, { activities: () => ({ ...pools.activities(), ...others }) } as never, async () => {
      for (const [index, [type, input, ...activities]] of runs.entries()) {
        const handle = await env.client.workflow.start(type, {
          taskQueue: 'slipway-control',
          workflowId: `no-release-${index}`,
          args: [input],
        });
        await handle.result();
        const told = await toldIn(handle);
        expect([type, untold(told)]).toEqual([type, []]);
        expect(told.map(({ what }) => what)).toEqual(expect.arrayContaining([...activities]));
        expect(told.filter(({ summary }) => /[*]/.test(summary ?? ''))).toEqual([]);
      }
      const { runId } = await env.client.workflow.getHandle('no-release-0').describe();
      const notifier = env.client.workflow.getHandle(`notify/no-release-0/${runId}`);
      await notifier.result();
      expect(await pageOf(notifier)).toContain('## tells GitHub · `ada/shop`');
      expect(await pageOf(env.client.workflow.getHandle('no-release-0'))).toContain('## ✓ passed');
      const told = await toldIn(notifier);
      expect(untold(told)).toEqual([]);
      expect(told.map(({ what }) => what)).toEqual(expect.arrayContaining(['tellGitHub', 'awaitEnd']));
    });
  });

  it('says of a rollback that it goes back', async () => {
    const pools = new FakePools().on('checkHealth', async (input, _call, good) =>
      input.decideAll ? good() : { failures: [{ name: 'api', summary: 'HTTP 500', evidence: [] }] },
    );
    await withPools(env, pools, async () => {
      const handle = await startDeploy(env);
      expect((await reportOf(handle)).verdict).toBe('rolled-back');
      const summaries = (await toldIn(handle)).map(({ summary }) => summary);
      expect(summaries).toEqual(
        expect.arrayContaining(['update api', 'go back: update api', 'go back: wait until stable: api']),
      );
    });
  });

  it('stands beside each activity of a rollback and of an environment too, and those have pages', async () => {
    const scene = await RealScene.create(env);
    try {
      await scene.withoutDeployPool(async () => {
        await scene.startDeployPool();
        for (const place of [1, 2])
          expect((await reportOf(await scene.deploy(place))).verdict).toBe('succeeded');
        const { ledger } = await scene.statusWhen(({ ledger: lines }) => lines.length === 2);
        expect(ledger.map(({ number }) => number)).toEqual([2, 1]);
        const told = await toldIn(scene.handle);
        expect(untold(told)).toEqual([]);
        expect(told.map(({ what }) => what)).toEqual(
          expect.arrayContaining(['recallEnvironment', 'awaitRelease', 'keepEntry']),
        );
        const page = await pageOf(scene.handle);
        expect(page).toContain(`## \`shop → ${scene.environment}\` · nobody has the turn`);
        expect(page).toContain('serves: release 2');
        expect(page).toMatch(/^release 1 {2}succeeded/m);
        await scene.handle.signal('freeze', { reason: '[x](https://evil.example)', who: 'ada' });
        await scene.statusWhen(({ freeze }) => freeze !== null);
        expect(await pageOf(scene.handle)).toContain(
          'frozen** by `ada` until somebody ends it: `[x](https://evil.example)`',
        );
        const back = await env.client.workflow.start('rollback', {
          taskQueue: 'slipway-control',
          workflowId: `rollback-${scene.environment}`,
          args: [{ app: scene.app, environment: scene.environment }],
        });
        await reportOf(back);
        expect(untold(await toldIn(back))).toEqual([]);
        expect(await pageOf(back)).toContain('back to release 1');
      });
    } finally {
      await scene.close();
    }
  });
});

describe('the page of a release', () => {
  it('is that of the moment, and adds nothing to the history', async () => {
    await withPools(env, new FakePools().plan({ approval: { deadlineMs: 60_000 } }), async () => {
      const handle = await startDeploy(env, { startedBy: '<b>eve</b>' });
      await statusWhen(handle, ({ hold }) => hold?.kind === 'approval');
      const before = (await handle.fetchHistory()).events?.length;
      for (let times = 0; times < 20; times += 1) {
        const page = await pageOf(handle);
        expect(page).toContain('## ? waits for an approval · `shop → production`');
        expect(page).toContain(`temporal workflow signal --workflow-id ${handle.workflowId} --name approve`);
        expect(page).toContain('by `<b>eve</b>`');
        expect(page).toMatch(/^✓ done +check:lint/m);
      }
      expect((await handle.fetchHistory()).events?.length).toBe(before);
      await handle.signal('pause', 'lunch');
      await statusWhen(handle, ({ operators }) => operators.length === 1);
      expect(await pageOf(handle)).toContain('`somebody`: pause (`lunch`)');
      await tell(handle, 'resume');
      await tell(handle, 'approve');
      const report = await reportOf(handle);
      const page = await pageOf(handle);
      expect(report.verdict).toBe('succeeded');
      expect(page).toContain('## ✓ succeeded');
      expect(page).toMatch(/^✓ updated {2}api/m);
      expect(page).not.toContain('Waits');
    });
  });

  it('goes on when somebody cancels the workflow', async () => {
    await withPools(env, new FakePools().plan({ approval: { deadlineMs: 60_000 } }), async () => {
      const handle = await startDeploy(env);
      await statusWhen(handle, ({ hold }) => hold?.kind === 'approval');
      await handle.cancel();
      expect((await reportOf(handle)).verdict).toBe('aborted');
      expect(await pageOf(handle)).toContain('## ⊘ aborted');
    });
  });

  it('costs no event: a release has as many as its activities, letters and tasks', async () => {
    await withPools(env, new FakePools(), async () => {
      const handle = await startDeploy(env);
      await reportOf(handle);
      const { events } = await handle.fetchHistory();
      const kinds = new Set((events ?? []).map(({ eventType }) => eventType));
      // Started and completed; the tasks of the workflow; activities; signals (of the turn). Nothing else.
      expect([...kinds].toSorted((one, other) => Number(one) - Number(other))).toEqual([
        1, 2, 5, 6, 7, 10, 11, 12, 26,
      ]);
    });
  });
});

describe('the report query', () => {
  it('answers while the release runs, and in the end with the report', async () => {
    await withPools(env, new FakePools().plan({ approval: { deadlineMs: 60_000 } }), async () => {
      const handle = await startDeploy(env);
      await statusWhen(handle, ({ hold }) => hold?.kind === 'approval');
      const soFar = await handle.query<ReportSoFar>('report');
      expect(soFar).toMatchObject({ verdict: null, endedAtMs: null, app: 'shop' });
      await handle.signal('approve');
      const report: ReleaseReport = await reportOf(handle);
      expect(await handle.query('report')).toEqual(report);
      expect(Object.keys(soFar).toSorted()).toEqual(Object.keys(report).toSorted());
    });
  });

  it('answers with the report of one that failed too', async () => {
    await withPools(env, new FakePools(), async () => {
      const handle = await env.client.workflow.start('deploy', {
        taskQueue: 'slipway-control',
        workflowId: 'no-input',
        args: [],
      });
      expect(await handle.query('report').catch(() => undefined)).toBeDefined();
      expect(await handle.query('report')).toEqual(await reportOf(handle));
    });
  });
});

describe('temporal workflow metadata', () => {
  it('says of each message what it is for', async () => {
    await withPools(env, new FakePools(), async () => {
      const handle = await startDeploy(env);
      await reportOf(handle);
      const { stdout } = await execa(await findTool('temporal'), [
        ...['workflow', 'metadata', '--workflow-id', handle.workflowId],
        ...['--address', env.address, '--output', 'json'],
      ]);
      const [{ definition, currentDetails }] = JSON.parse(stdout).queryResult;
      const described = (list: readonly { name: string; description?: string }[]) =>
        list
          .filter(({ name }) => !name.startsWith('__'))
          .map(({ name, description }) => [name, (description ?? '').length > 20]);
      const all = (...names: readonly string[]) => expect.arrayContaining(names.map((name) => [name, true]));
      expect(described(definition.queryDefinitions)).toEqual(all('status', 'report'));
      expect(described(definition.signalDefinitions)).toEqual(all(...OPERATOR_ACTIONS, 'turn'));
      expect(described(definition.updateDefinitions)).toEqual(all(...OPERATOR_ACTIONS));
      for (const list of [
        definition.queryDefinitions,
        definition.signalDefinitions,
        definition.updateDefinitions,
      ])
        expect(described(list).filter(([, told]) => !told)).toEqual([]);
      expect(currentDetails).toContain('## ✓ succeeded');
    });
  });
});
