/** Logs as people ask for them: a real server, a real store, the real CLI; the steps and ECS are fakes. */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { ServiceLogActivities } from '../../src/activities/contracts/logs.ts';
import { createReadStepLogs } from '../../src/activities/read-step-log.ts';
import { withStepLog } from '../../src/activities/step-log.ts';
import {
  askForLog,
  type ReleaseClient,
  type StartedRelease,
  startRelease,
  waitForRelease,
} from '../../src/client/index.ts';
import { CheckFailedError, RefusedByServiceError } from '../../src/errors.ts';
import type { ServiceLogPage, ServiceLogQuestion } from '../../src/release/logs/log-question.ts';
import { TASK_QUEUE } from '../../src/release/names.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { logKey } from '../../src/store/keys.ts';
import type { StepLog } from '../../src/store/step-log.ts';
import type { Store } from '../../src/store/store.ts';
import { type CliRun, runCli } from '../cli/fake-terminal.ts';
import { FakePools } from '../fakes/activities.ts';
import { withPoolOn, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
let folder: string;
let store: Store;
let environment: string;
let counter = 0;

serverForAll(
  (server) => {
    ({ env, client } = server);
  },
  { isDefault: true },
);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-logs-'));
  store = createFolderStore(folder);
  environment = `logs-${++counter}`;
});
afterEach(() => rm(folder, { recursive: true }));

const place = () => ({ app: 'shop', environment });
const slipway = (...args: string[]): Promise<CliRun> => runCli(['logs', ...args, '--app', 'shop'], folder);
const start = () => startRelease(client, { ...place(), sha: String(counter).padStart(40, 'a') });

/** The fake pools, and the real reader of step logs beside them. */
const withLogs = <T>(
  pools: FakePools,
  work: () => Promise<T>,
  {
    service,
    without,
  }: { service?: ServiceLogActivities['readServiceLog']; without?: readonly string[] } = {},
): Promise<T> =>
  withPools(
    env,
    {
      activities: () => ({
        ...pools.activities(),
        ...createReadStepLogs(store),
        ...(service && { readServiceLog: service }),
      }),
    },
    work,
    without,
  );

/** Pools whose check `unit` does what a test says, with the step's real log. */
const unitDoes = (work: (log: StepLog, call: number) => Promise<void>): FakePools => {
  let calls = 0;
  const nowhere = () => {
    const { workflowId = '' } = Context.current().info.workflowExecution ?? {};
    return logKey(workflowId, 'none', 'none');
  };
  const pools = new FakePools()
    .on('buildImage', async (_input, _call, good) => ({ ...(await good()), logKey: nowhere() }))
    .on('pushImage', async (_input, _call, good) => ({ ...(await good()), logKey: nowhere() }));
  return pools.on('runCheck', async (input, _call, good) => {
    if (input.check.name !== 'unit') return { ...(await good()), logKey: nowhere() };
    calls += 1;
    return withStepLog(store, 'check:unit', ['s3cret-s3cret'], async (log) => {
      await work(log, calls);
      return { ...(await good()), logKey: log.key };
    });
  });
};

const gate = () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
};

const soon = async (ask: () => Promise<CliRun>, is: (run: CliRun) => boolean): Promise<CliRun> => {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const run = await ask();
    if (is(run) || Date.now() > deadline) return run;
    await delay(100);
  }
};

const workflowsSince = async (startedAtMs: number): Promise<readonly { status: string }[]> => {
  const found: { status: string }[] = [];
  const since = new Date(startedAtMs).toISOString();
  const query = `WorkflowType = 'logs' AND StartTime >= '${since}'`;
  for await (const { status } of env.client.workflow.list({ query })) found.push({ status: status.name });
  return found;
};

const linesOf = ({ stdout }: CliRun): readonly string[] => stdout.split('\n').slice(0, -1);
const withoutHeaders = (run: CliRun): readonly string[] =>
  linesOf(run).filter((line) => !line.startsWith('---'));

describe('the log of a step', () => {
  it('is there while the step runs, and is followed to its end: each line once, in order, few workflows', async () => {
    const { open, opened } = gate();
    const pools = unitDoes(async (log) => {
      log.write('one\ntwo s3cret-s3cret\n\u001b[31mred\u001b[0m\r\n::error::x\n');
      await opened;
      for (let number = 1; number <= 40; number += 1) {
        log.write(`line ${number}\n`);
        await delay(100);
      }
      log.write('no newline at its end');
    });
    await withLogs(pools, async () => {
      const release = await start();
      const now = await soon(
        () => slipway(environment, 'check:unit'),
        ({ stdout }) => stdout.includes('red'),
      );
      expect(now.exitCode).toBe(0);
      expect(linesOf(now)).toEqual([
        expect.stringMatching(/^--- check:unit, attempt 1, \S+ ---$/),
        'one',
        'two ***',
        'red',
        '│ ::error::x',
      ]);
      expect(now.stderr).toContain(release.workflowId);
      expect(now.stderr).toContain('it still runs: --follow goes on');
      const startedAtMs = Date.now();
      const following = slipway(environment, 'check:unit', '--follow', '--tail', '2');
      await delay(1_500);
      open();
      const run = await following;
      expect(run.exitCode).toBe(0);
      expect(linesOf(run)).toEqual([
        'red',
        '│ ::error::x',
        ...Array.from({ length: 40 }, (_, index) => `line ${index + 1}`),
        'no newline at its end',
      ]);
      expect(run.stderr).toMatch(/\d+ bytes before this are left out: --tail all/);
      expect(run.stderr).toMatch(/— ✓ check:unit \d/);
      await waitForRelease(client, release);
      // What Temporal lists lags behind a little.
      await delay(1_500);
      const asked = await workflowsSince(startedAtMs);
      expect(asked.length).toBeGreaterThan(1);
      expect(asked.length).toBeLessThanOrEqual(9);
      expect(asked.map(({ status }) => status)).not.toContain('RUNNING');
    });
  });

  it('goes on where another worker begins the step anew, and says so', async () => {
    const pools = unitDoes(async (log, call) => {
      log.write(`this is call ${call}\n`);
      await Context.current().sleep(call === 1 ? 60_000 : 2_500);
    });
    const checks = <T>(work: () => Promise<T>): Promise<T> => withPoolOn(env, TASK_QUEUE.checks, pools, work);
    await withLogs(
      pools,
      async () => {
        const release = await start();
        const following = await checks(async () => {
          await soon(
            () => slipway(environment, 'unit'),
            ({ stdout }) => stdout.includes('call 1'),
          );
          const asked = slipway(environment, 'unit', '--follow');
          await delay(1_500);
          return { asked };
        });
        const run = await checks(() => following.asked);
        expect(run.exitCode).toBe(0);
        expect(linesOf(run)).toEqual([
          expect.stringMatching(/^--- check:unit, attempt 1, /),
          'this is call 1',
          '',
          expect.stringMatching(/^--- WORKER_SHUTDOWN/),
          expect.stringMatching(/^--- check:unit, attempt 2, /),
          'this is call 2',
        ]);
        expect(run.stderr).toMatch(/— attempt 2 of check:unit \(the one before: the worker was shut down\)/);
        await checks(() => waitForRelease(client, release));
      },
      { without: [TASK_QUEUE.checks] },
    );
  });

  it('that has failed is read afterwards, by any name, and listed with its size', async () => {
    const pools = unitDoes(async (log) => {
      log.write('1 failed: test_total\n');
      throw new CheckFailedError('check unit: it failed with exit code 1');
    });
    await withLogs(pools, async () => {
      const release = await start();
      expect((await waitForRelease(client, release)).verdict).toBe('failed');
      for (const args of [
        [environment, 'check:unit'],
        [environment, 'unit'],
        [release.workflowId, '--step', 'unit'],
        [environment, 'check:unit', '--follow'],
      ]) {
        const run = await soon(
          () => slipway(...args),
          ({ exitCode }) => exitCode === 0,
        );
        expect({ args, ...run }).toMatchObject({ exitCode: 0 });
        expect(linesOf(run)).toContain('1 failed: test_total');
      }
      const list = await slipway(environment);
      expect(list.stdout).toMatch(/\n +\d+ B {2}✗ check:unit/);
      expect(list.stdout).toMatch(/\n +no log {2}. check:lint/);
      expect(list.stdout).toContain(`slipway logs ${environment} check:unit`);
      const json = JSON.parse((await slipway(environment, '--output', 'json')).stdout);
      expect(json).toMatchObject({ workflowId: release.workflowId, environment });
      expect(json.steps).toContainEqual({ id: 'check:unit', state: 'failed', bytes: expect.any(Number) });
      const ndjson = await slipway(environment, 'unit', '--output', 'ndjson', '--tail', '1');
      expect(linesOf(ndjson).map((line) => JSON.parse(line))).toEqual([
        {
          at: null,
          step: 'check:unit',
          service: null,
          task: null,
          container: null,
          line: '--- check unit: it failed with exit code 1',
        },
      ]);
      const why = await runCli(['why', release.workflowId]);
      expect(why.stdout).toMatch(
        new RegExp(`its whole log: slipway logs ${environment} check:unit( --release \\d+)? --app shop\n`),
      );
    });
  });

  it('that is long comes in pages that Temporal bears, whole and in order', async () => {
    const lines = Array.from({ length: 6_000 }, (_, index) => `${index} ${'äö😀'.repeat(index % 13)} end`);
    const pools = unitDoes(async (log) => log.write(`${lines.join('\n')}\n`));
    await withLogs(pools, async () => {
      await waitForRelease(client, await start());
      const startedAtMs = Date.now();
      const run = await soon(
        () => slipway(environment, 'unit', '--tail', 'all'),
        ({ exitCode }) => exitCode === 0,
      );
      expect(withoutHeaders(run)).toEqual(lines);
      expect(run.stderr).not.toContain('left out');
      const bytes = Buffer.byteLength(run.stdout);
      await delay(1_500);
      expect((await workflowsSince(startedAtMs)).length).toBeGreaterThanOrEqual(bytes / (64 * 1024));
      expect(linesOf(await slipway(environment, 'unit', '--tail', '3'))).toEqual(lines.slice(-3));
      expect(linesOf(await slipway(environment, 'unit'))).toEqual(lines.slice(-500));
    });
  });

  it.each([
    [
      'unknown',
      ['check:unti'],
      /there is no step or service "check:unti".*did you mean "check:unit"\?/,
      'steps: check:lint, check:unit, build:api',
    ],
    ['a step that only waits', ['stable:1'], /step stable:1 has no log of its own/, 'services: api, worker'],
    [
      'a build of the registry',
      ['build:api'],
      /build:api has no log: this commit is in the registry already/,
      'steps: ',
    ],
    ['a service by --step', ['--step', 'worker-x'], /there is no step "worker-x"/, 'steps: '],
    [
      'two words and an option',
      ['unit', '--step', 'lint'],
      /"unit" and lint: which of them\?/,
      'Name one of them',
    ],
    ['--since of a step', ['unit', '--since', '5m'], /--since is for services/, '--tail all'],
    ['nothing to follow', ['--follow'], /follow what\?/, 'steps: check:lint, check:unit'],
  ])('that is not there: %s', async (_what, args, message, more) => {
    const pools = unitDoes(async () => undefined).on('buildImage', async (_input, _call, good) => {
      const { pushQueue: _queue, ...built } = (await good()) as { pushQueue: string };
      return { ...built, kind: 'reused', digest: `sha256:${'1'.repeat(64)}` } as never;
    });
    await withLogs(pools, async () => {
      await waitForRelease(client, await start());
      const run = await soon(
        () => slipway(environment, ...args),
        ({ stderr }) => message.test(stderr),
      );
      expect(run.exitCode).toBe(2);
      expect(run.stderr).toMatch(message);
      expect(run.stderr).toContain(more);
      expect(run.stdout).toBe('');
    });
  });

  it('of a step that has not started is not there yet; --follow waits for it', async () => {
    const { open, opened } = gate();
    const pools = unitDoes(async (log) => log.write('at last\n'));
    const behindGate = pools.on('readSource', async (_input, _call, good) => good());
    behindGate.on('buildImage', async (input, _call, good) => {
      await opened;
      return withStepLog(store, `build:${input.image.name}`, [], async (log) => {
        log.write('built\n');
        return { ...(await good()), logKey: log.key };
      });
    });
    await withLogs(behindGate, async () => {
      const release = await start();
      const early = await soon(
        () => slipway(environment, 'push:api'),
        ({ stderr }) => stderr.includes('not started'),
      );
      expect(early).toMatchObject({ exitCode: 2, stdout: '' });
      expect(early.stderr).toMatch(/push:api has not started yet\n(.*\n)*.*With --follow it is waited for\./);
      const running = await soon(
        () => slipway(environment, 'build:api'),
        ({ stderr }) => stderr.includes('anything'),
      );
      expect(running.stderr).toContain('build:api has not written anything yet');
      const following = slipway(environment, 'build:api', '--follow');
      await delay(1_500);
      open();
      expect(withoutHeaders(await following)).toEqual(['built']);
      await waitForRelease(client, release);
    });
  });

  it('that was removed from the store says so, and where its last lines are', async () => {
    const pools = unitDoes(async (log) => log.write('x\n'));
    await withLogs(pools, async () => {
      await waitForRelease(client, await start());
      await soon(
        () => slipway(environment, 'unit'),
        ({ exitCode }) => exitCode === 0,
      );
      await rm(join(folder, 'logs'), { recursive: true });
      const run = await slipway(environment, 'unit');
      expect(run).toMatchObject({ exitCode: 2, stdout: '' });
      expect(run.stderr).toContain('the log of check:unit is not in the store');
      expect(run.stderr).toContain(`slipway why ${run.stderr.split('\n')[0]}\n`);
      expect((await slipway(environment, 'unit', '--follow')).exitCode).toBe(2);
      expect(await slipway(environment)).toMatchObject({
        stderr: '',
        stdout: expect.stringMatching(/no log {2}✓ check:unit/),
      });
    });
  });

  it('survives what a store may do to it: a cut character, garbage, another log in its place', async () => {
    const pools = unitDoes(async (log) => log.write('begin\n'));
    await withLogs(pools, async () => {
      const release = await start();
      await waitForRelease(client, release);
      const file = join(folder, logKey(release.workflowId, release.runId, 'check:unit'));
      await appendFile(file, Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0xf0, 0x9f, 0x98]));
      const run = await soon(
        () => slipway(environment, 'unit', '--tail', '3'),
        ({ exitCode }) => exitCode === 0,
      );
      expect(linesOf(run)).toEqual(['begin', '��', '�']);
      const ask = (offset: number) =>
        askForLog<'step'>(client, place(), {
          kind: 'step',
          workflowId: release.workflowId,
          runIds: [release.runId],
          step: 'check:unit',
          logKey: null,
          from: { offset },
          waitMs: 0,
          settleMs: 0,
          isFinal: true,
        });
      const whole = await ask(0);
      expect(await ask(1_000_000)).toEqual({ ...whole, startedOver: true });
      expect(await ask(-5)).toEqual(whole);
    });
  });

  it('is all that can be read this way: no other thing of the store', async () => {
    await store.putDocument('secrets/x', { a: 1 });
    await store.appendLog('logs/../secrets.log', '').catch(() => undefined);
    await withLogs(new FakePools(), async () => {
      for (const key of [
        'documents/secrets/x.json',
        'logs/../documents/x.log',
        '../../etc/passwd',
        'logs/x',
        logKey('another', 'r', 's'),
      ]) {
        const asked = askForLog<'step'>(client, place(), {
          kind: 'step',
          workflowId: 'w',
          runIds: ['r'],
          step: 's',
          logKey: key,
          from: { tail: null },
          waitMs: 0,
          settleMs: 0,
          isFinal: true,
        });
        await expect(asked).rejects.toMatchObject({ message: expect.stringMatching(/not (a|the) key/) });
      }
    });
  });
});

describe('a question that is taken back', () => {
  it('ends its workflow at once', async () => {
    await withLogs(new FakePools(), async () => {
      const stop = new AbortController();
      const startedAtMs = Date.now();
      const asked = askForLog<'step'>(
        client,
        place(),
        {
          kind: 'step',
          workflowId: 'w',
          runIds: ['r'],
          step: 's',
          logKey: null,
          from: { tail: 5 },
          waitMs: 20_000,
          settleMs: 0,
          isFinal: false,
        },
        { signal: stop.signal },
      );
      const outcome = expect(asked).rejects.toBe('enough');
      await delay(500);
      stop.abort('enough');
      await outcome;
      expect(Date.now() - startedAtMs).toBeLessThan(5_000);
      const ended = async (): Promise<boolean> =>
        (await workflowsSince(startedAtMs)).some(({ status }) => status === 'CANCELLED');
      while (!(await ended())) await delay(100);
    });
  });

  it('that nobody takes is told, and leaves no workflow behind', async () => {
    const release = await start();
    const run = await slipway(release.workflowId, 'unit');
    expect(run.exitCode).toBe(7);
    expect(run.stderr).toMatch(/no control worker.*\n.*slipway worker control/);
    const startedAtMs = Date.now();
    const question = { kind: 'steps', workflowId: 'w', runIds: [], steps: [] } as const;
    await expect(askForLog<'steps'>(client, place(), question, { timeoutMs: 700 })).rejects.toMatchObject({
      type: 'NoControlWorker',
    });
    const ended = async (): Promise<boolean> =>
      (await workflowsSince(startedAtMs)).some(({ status }) => status === 'TERMINATED');
    while (!(await ended())) await delay(100);
    await client.temporal.workflow.getHandle(release.workflowId).terminate();
  });
});

/** Page `n` of a service with one task. */
const pageOf = (question: ServiceLogQuestion, lines: readonly string[], more = false): ServiceLogPage => ({
  kind: 'service',
  lines: lines.map((line, index) => ({
    atMs: 1_000 * index,
    task: '0123456789abcdef',
    container: 'app',
    line,
  })),
  notes: question.cursor === null ? ['service shop-api: task 01234567 (api:2)'] : [],
  cursor: {
    tasks: {
      '0123456789abcdef': {
        app: { atMs: (question.cursor?.tasks['0123456789abcdef']?.app?.atMs ?? 0) + 1, taken: 1 },
      },
    },
    done: [],
    sinceMs: 0,
  },
  release: question.releases[0] ?? 0,
  more,
  running: 1,
});

describe('the logs of a service', () => {
  const released = async (): Promise<StartedRelease> => {
    const release = await start();
    await waitForRelease(client, release);
    return release;
  };

  it('are asked of the deploy workers of its environment, page by page, each with the cursor of the one before', async () => {
    const asked: ServiceLogQuestion[] = [];
    const service = async (question: ServiceLogQuestion): Promise<ServiceLogPage> => {
      asked.push(question);
      return pageOf(question, [`::page ${asked.length}`, '\u001b]0;evil\u0007title'], asked.length < 3);
    };
    await withLogs(
      new FakePools(),
      async () => {
        await released();
        const run = await soon(
          () => slipway(environment, 'api', '--tail', '7'),
          ({ exitCode }) => exitCode === 0,
        );
        expect(run.exitCode).toBe(0);
        expect(linesOf(run).filter((line) => line.includes('page'))).toEqual([
          'api/01234567 │ ::page 1',
          'api/01234567 │ ::page 2',
          'api/01234567 │ ::page 3',
        ]);
        expect(run.stdout).not.toContain('\u001b');
        expect(run.stderr).toContain('— service shop-api: task 01234567 (api:2)');
        expect(asked.map(({ cursor }) => cursor?.tasks['0123456789abcdef']?.app?.atMs ?? 0)).toEqual([
          0, 1, 2,
        ]);
        expect(asked[0]).toMatchObject({
          tail: 7,
          waitMs: 0,
          releases: [1],
          part: { kind: 'service', name: 'api' },
        });
        const json = await slipway(environment, '--service', 'api', '--output', 'ndjson');
        expect(JSON.parse(linesOf(json)[0] ?? '')).toEqual({
          at: '1970-01-01T00:00:00.000Z',
          step: null,
          service: 'api',
          task: '0123456789abcdef',
          container: 'app',
          line: '::page 4',
        });
      },
      { service },
    );
  });

  it('of a migration are those of its task, and end with it', async () => {
    const asked: ServiceLogQuestion[] = [];
    const service = async (question: ServiceLogQuestion): Promise<ServiceLogPage> => {
      asked.push(question);
      const page = pageOf(question, [`migrating ${asked.length}`]);
      return asked.length < 3
        ? page
        : { ...page, running: 0, cursor: { tasks: {}, done: ['x'], sinceMs: 0 } };
    };
    const migration = {
      service: 'api',
      container: 'api',
      command: ['migrate'] as const,
      reversible: true,
      timeoutMs: 1_000,
    };
    await withLogs(
      new FakePools().plan({ migration }),
      async () => {
        const release = await released();
        const run = await slipway(release.workflowId, 'migrate', '--follow');
        expect(run.exitCode).toBe(0);
        expect(linesOf(run)).toEqual([1, 2, 3].map((page) => `migrate/01234567 │ migrating ${page}`));
        expect(asked[0]).toMatchObject({ part: { kind: 'migration' }, releases: [1] });
      },
      { service },
    );
  });

  it('are those of what serves, while a release does not know its services yet', async () => {
    const asked: ServiceLogQuestion[] = [];
    const service = async (question: ServiceLogQuestion): Promise<ServiceLogPage> => {
      asked.push(question);
      return pageOf(question, ['line']);
    };
    const failing = new FakePools().on('runCheck', () => Promise.reject(new CheckFailedError('2 failed')));
    await withLogs(
      failing,
      async () => {
        const release = await released();
        const none = await slipway(release.workflowId, 'api');
        expect(none).toMatchObject({ exitCode: 2, stdout: '' });
        expect(none.stderr).toContain(
          'services: none: it ended before it came to them (failed: 2 failed), and no release is known to serve',
        );
        expect(asked).toEqual([]);
      },
      { service },
    );
  });

  it('of a mistyped environment: the nearest is named, as it has to be typed', async () => {
    await withLogs(new FakePools(), async () => {
      const sha = 'f'.repeat(40);
      await waitForRelease(
        client,
        await startRelease(client, { app: 'shop', environment: 'production', sha }),
      );
      await writeFile(join(folder, 'slipway.yaml'), 'app: shop\nenvironments: { production: {} }');
      const run = await soon(
        () => runCli(['logs', 'prodution'], folder),
        ({ stderr }) => stderr.includes('newest one'),
      );
      expect(run).toMatchObject({ exitCode: 2, stdout: '' });
      expect(run.stderr).toContain(
        'error: no release of shop in "prodution" was found, and the newest one in',
      );
      expect(run.stderr).toMatch(/\n {2}Did you mean production\? slipway logs production\n$/);
      expect((await runCli(['logs', 'prodution', 'api'], folder)).stderr).toMatch(
        /\n {2}Did you mean production\? slipway logs production api\n$/,
      );
    });
  });

  it('that cannot be read are told with the reason and what to do', async () => {
    const service = async (): Promise<never> => {
      throw new RefusedByServiceError('service shop-api does not log to CloudWatch Logs', {
        evidence: ['container app logs with the driver awsfirelens'],
        advice: 'look where it sends its logs',
      });
    };
    await withLogs(
      new FakePools(),
      async () => {
        await released();
        const run = await soon(
          () => slipway(environment, 'api'),
          ({ exitCode }) => exitCode === 1,
        );
        expect(run.stderr).toMatch(
          /error: service shop-api does not log.*\n {2}│ container app logs with the driver awsfirelens\n {2}look where/,
        );
      },
      { service },
    );
  });

  it('that no deploy worker reads say which one is missing', async () => {
    const release = await withLogs(new FakePools(), released);
    await withLogs(
      new FakePools(),
      async () => {
        const run = await slipway(release.workflowId, 'api');
        expect(run.exitCode).toBe(7);
        expect(run.stderr).toMatch(/no deploy worker polls slipway-deploy: .*\n.*slipway worker deploy/);
      },
      { without: [TASK_QUEUE.deploy] },
    );
  });
});
