import { beforeEach, describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/activity';
import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { MigrationResult, RunMigrationInput } from '../../src/activities/contracts/rollout.ts';
import { migrationStartedBy, migrationToken } from '../../src/activities/migration-names.ts';
import { createRunMigration } from '../../src/activities/run-migration.ts';
import { attempt, createWorld, type World } from './world.ts';

const RELEASE = `deploy/shop/production/${'c'.repeat(40)}/0193-run`;
const POLL_MS = 5_000;
const TIMEOUT_MS = 60_000;
const HOUR_MS = 3_600_000;

const input: RunMigrationInput = {
  releaseId: RELEASE,
  cluster: 'shop',
  migration: {
    service: 'api',
    container: 'app',
    command: ['npm', 'run', 'migrate'],
    reversible: true,
    timeoutMs: TIMEOUT_MS,
  },
  service: 'shop-api',
  taskDefinition: 'arn:task-definition/api:8',
  pollIntervalMs: POLL_MS,
  mayStart: true,
};

let world: World;
beforeEach(() => {
  world = createWorld();
});

const nothing = (): void => undefined;
const tasks = () => world.oneOffTasks;
const migrate = (details?: unknown): Promise<MigrationResult> =>
  attempt(details === undefined ? 1 : 2, details ?? undefined).run(createRunMigration(world.ports), input);
const exited = (exitCode: number | null, name = 'app') => ({
  name,
  exitCode,
  reason: null,
  healthStatus: null,
});

describe('runMigration', () => {
  it("runs the service's new task definition with another command, once, and ends with its exit code", async () => {
    world.during.push(nothing, () => tasks().end(tasks().only));
    expect(await migrate()).toEqual({ taskArn: tasks().only, exitCode: 0, ran: true, failure: null });
    expect(tasks().asked).toEqual([
      {
        cluster: 'shop',
        service: 'shop-api',
        taskDefinition: 'arn:task-definition/api:8',
        container: 'app',
        command: ['npm', 'run', 'migrate'],
        clientToken: migrationToken(RELEASE, 1),
        startedBy: migrationStartedBy(RELEASE),
      },
    ]);
    expect(world.slept).toEqual([POLL_MS, POLL_MS]);
  });

  it('that fails is an answer, with the stopped reason and the last 50 lines of its log', async () => {
    const lines = Array.from({ length: 60 }, (_, n) => `line ${n}`);
    world.written.set('app', lines);
    world.during.push(() => tasks().end(tasks().only, { containers: [exited(3)] }));
    const result = await migrate();
    expect(result).toMatchObject({
      exitCode: 3,
      ran: true,
      failure: { summary: 'container app exited with code 3' },
    });
    expect(result.failure?.evidence).toEqual([
      expect.stringContaining('Essential container in task exited; app: exit code 3'),
      ...lines.slice(10),
    ]);
  });

  it('is told to stop when its time is over, and waited for until it has', async () => {
    tasks().onStop = nothing;
    for (let poll = 0; poll < TIMEOUT_MS / POLL_MS + 2; poll += 1) world.during.push(nothing);
    world.during.push(() =>
      tasks().end(tasks().only, { stopCode: 'UserInitiated', containers: [exited(0)] }),
    );
    expect(await migrate()).toMatchObject({
      exitCode: 0,
      failure: { summary: 'it ran longer than 60 s and was stopped, exit code 0' },
    });
    expect(tasks().stopped[0]).toEqual({
      taskArn: tasks().only,
      reason: "slipway: the migration's time is over (60 s)",
    });
    expect(world.slept).toHaveLength(TIMEOUT_MS / POLL_MS + 3);
  });

  it('that does not stop may still be at work, and that is said', async () => {
    tasks().onStop = nothing;
    expect(await migrate()).toMatchObject({
      ran: true,
      failure: { summary: expect.stringContaining('still PENDING: it may still be at work') },
    });
  });

  it('shows live where its task is', async () => {
    world.during.push(
      () => tasks().change(tasks().only, { lastStatus: 'RUNNING' }),
      nothing,
      () => tasks().end(tasks().only),
    );
    const { run, beats } = attempt();
    await run(createRunMigration(world.ports), input);
    expect(beats.at(-1)).toMatchObject({
      services: { api: { phase: 'migration running', detail: 'task 1, 10 s of 60 s' } },
      memory: { taskArn: tasks().only },
    });
  });

  it('waits for room, and asks each time with another token, as nothing has run', async () => {
    tasks().starts.push(['RESOURCE:MEMORY'], ['RESOURCE:MEMORY', 'AGENT']);
    world.during.push(nothing, nothing, () => tasks().end(tasks().only));
    expect(await migrate()).toMatchObject({ exitCode: 0, failure: null });
    expect(tasks().asked.map(({ clientToken }) => clientToken)).toEqual(
      [1, 2, 3].map((placement) => migrationToken(RELEASE, placement)),
    );
  });

  it('gives up where there is no room within its time: it has not run', async () => {
    tasks().starts.push(...Array.from({ length: 100 }, () => ['RESOURCE:MEMORY']));
    expect(await migrate()).toEqual({
      taskArn: null,
      exitCode: null,
      ran: false,
      failure: {
        summary: 'no room for its task for 60 s: RESOURCE:MEMORY; it has not run',
        evidence: ['RESOURCE:MEMORY'],
      },
    });
    expect(tasks().tasks.size).toBe(0);
  });

  it('that ECS refuses has not run', async () => {
    tasks().starts.push('deny');
    expect(await migrate()).toMatchObject({
      taskArn: null,
      ran: false,
      failure: { summary: 'ecs:RunTask: deny; it has not run' },
    });
  });
});

describe('a second attempt of runMigration', () => {
  /** The first attempt ends as the fault says; resolves with what its heartbeat left. */
  const dies = async (how: () => void): Promise<unknown> => {
    const { run, beats } = attempt();
    world.during.push(() => {
      how();
      throw new Error('the worker dies');
    });
    await expect(run(createRunMigration(world.ports), input)).rejects.toThrow();
    return beats.at(-1);
  };

  it('after a lost answer finds the task that was started', async () => {
    tasks().starts.push('lose-answer');
    const details = await dies(nothing);
    world.during.length = 0;
    world.during.push(() => tasks().end(tasks().only));
    expect(await migrate(details)).toMatchObject({ taskArn: tasks().only, exitCode: 0 });
    expect(tasks().asked).toHaveLength(1);
  });

  it('goes on with the task in the heartbeat', async () => {
    const details = await dies(nothing);
    world.during.push(() => tasks().end(tasks().only));
    expect(await migrate(details)).toMatchObject({ taskArn: tasks().only, failure: null });
    expect(tasks().asked).toHaveLength(1);
  });

  it('finds it by name where the heartbeat was lost, though a later try has started it', async () => {
    tasks().starts.push(['RESOURCE:CPU']);
    world.during.push(nothing);
    await dies(nothing);
    world.during.push(() => tasks().end(tasks().only));
    expect(await migrate(null)).toMatchObject({ taskArn: tasks().only, failure: null });
    expect(tasks().tasks.size).toBe(1);
  });

  it('asks with the same token where ECS does not list the task yet', async () => {
    tasks().starts.push('lose-answer');
    const details = await dies(nothing);
    world.during.length = 0;
    tasks().find = async () => [];
    world.during.push(() => tasks().end(tasks().only));
    expect(await migrate(details)).toMatchObject({ taskArn: tasks().only, failure: null });
    expect(tasks().asked).toHaveLength(2);
    expect(tasks().tasks.size).toBe(1);
  });

  it('does not run it again where ECS has forgotten it', async () => {
    tasks().starts.push('lose-answer');
    const details = await dies(nothing);
    world.during.length = 0;
    tasks().tasks.clear();
    tasks().tokens.clear();
    await world.ports.sleep(HOUR_MS);
    expect(await migrate(details)).toMatchObject({
      ran: true,
      failure: { summary: expect.stringContaining('it is not run twice') },
    });
    expect(tasks().asked).toHaveLength(1);
  });

  it('does not guess how a task ended that ECS has forgotten', async () => {
    const details = await dies(nothing);
    tasks().tasks.clear();
    await world.ports.sleep(HOUR_MS);
    expect(await migrate(details)).toMatchObject({
      exitCode: null,
      ran: true,
      failure: { summary: expect.stringContaining('nobody can tell how it ended') },
    });
  });

  it('counts its time from the start of the task, not from its own', async () => {
    const details = await dies(nothing);
    await world.ports.sleep(TIMEOUT_MS);
    world.slept.length = 0;
    expect(await migrate(details)).toMatchObject({
      failure: { summary: expect.stringContaining('it ran longer than 60 s') },
    });
    expect(world.slept).toHaveLength(1);
  });
});

describe('a cancelled runMigration', () => {
  /** Cancels during the nth sleep, as the SDK does: that sleep throws, and each one after it. */
  const cancelled = (nth: number, reason: 'CANCELLED' | 'WORKER_SHUTDOWN' = 'CANCELLED') => {
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    let sleeps = 0;
    const details = new ActivityCancellationDetails(
      reason === 'CANCELLED' ? { cancelRequested: true } : { workerShutdown: true },
    );
    const sleep = async (durationMs: number): Promise<void> => {
      sleeps += 1;
      if (sleeps === nth) environment.cancel(reason, details);
      if (sleeps >= nth) throw new CancelledFailure(reason);
      await world.ports.sleep(durationMs);
    };
    const beats: unknown[] = [];
    environment.on('heartbeat', (beat) => beats.push(structuredClone(beat)));
    const result = environment.run(
      createRunMigration({ ...world.ports, sleep }),
      input,
    ) as Promise<MigrationResult>;
    return { environment, result, beats };
  };

  it('waits for its end, with heartbeats, and is cancelled then', async () => {
    world.during.push(nothing, nothing, nothing, () => tasks().end(tasks().only));
    const { result, beats } = cancelled(2);
    await expect(result).rejects.toMatchObject({
      message: 'CANCELLED',
      details: [{ exitCode: 0, failure: null }],
    });
    await expect(result).rejects.toBeInstanceOf(CancelledFailure);
    expect(world.slept).toHaveLength(4);
    expect(beats.at(-1)).toMatchObject({
      services: { api: { detail: expect.stringContaining('the release stops after it') } },
    });
    expect(tasks().stopped).toEqual([]);
  });

  it('looks again by itself where ECS throttles, as Temporal would not try again', async () => {
    tasks().looks.push(undefined, undefined, 'throttle', 'throttle');
    world.during.push(nothing, nothing, nothing, () => tasks().end(tasks().only));
    await expect(cancelled(2).result).rejects.toBeInstanceOf(CancelledFailure);
  });

  it('keeps its time limit', async () => {
    await expect(cancelled(2).result).rejects.toBeInstanceOf(CancelledFailure);
    expect(tasks().stopped).toHaveLength(1);
  });

  it('ends at once where nothing runs yet', async () => {
    tasks().starts.push(['RESOURCE:CPU'], ['RESOURCE:CPU']);
    await expect(cancelled(2).result).rejects.toBeInstanceOf(CancelledFailure);
    expect(tasks().tasks.size).toBe(0);
    expect(world.slept).toHaveLength(1);
  });

  it('hands over to another worker where this one shuts down', async () => {
    const { result } = cancelled(2, 'WORKER_SHUTDOWN');
    await expect(result).rejects.toMatchObject({ message: 'WORKER_SHUTDOWN' });
    expect(world.slept).toHaveLength(1);
  });

  it('hands over, too, where it shuts down later', async () => {
    const { environment, result } = cancelled(2);
    world.during.push(nothing, nothing, () =>
      environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true })),
    );
    await expect(result).rejects.toMatchObject({ message: 'WORKER_SHUTDOWN' });
  });
});

describe('names of a migration', () => {
  it('are the same at each retry, another one for each release and each placement', () => {
    expect(migrationToken(RELEASE, 1)).toBe(migrationToken(RELEASE, 1));
    const tokens = [migrationToken(RELEASE, 1), migrationToken(RELEASE, 2), migrationToken(`${RELEASE}x`, 1)];
    expect(new Set(tokens).size).toBe(3);
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{64}$/);
  });

  it('tell people which release it was, within what ECS takes', () => {
    expect(migrationStartedBy('deploy/shop/production/abc/run')).toMatch(
      /^slipway-migrate\/deploy\/shop\/production\/abc\/run\/[0-9a-f]{16}$/,
    );
    const long = migrationStartedBy(`deploy/${'a.b'.repeat(60)}/x`);
    expect(long).toMatch(/^[A-Za-z0-9_/-]{128}$/);
    expect(migrationStartedBy(`deploy/${'a.b'.repeat(60)}/y`)).not.toBe(long);
  });
});

describe('runMigration that may not start one', () => {
  const look = () => attempt().run(createRunMigration(world.ports), { ...input, mayStart: false });

  it('starts none, and says that it did not run', async () => {
    expect(await look()).toMatchObject({
      taskArn: null,
      ran: false,
      failure: { summary: 'it was not started' },
    });
    expect(tasks().asked).toEqual([]);
  });

  it('waits for the one that was started, to its end', async () => {
    world.during.push(nothing, () => tasks().end(tasks().only));
    const first = await migrate();
    expect(await look()).toEqual(first);
    expect(tasks().asked).toHaveLength(1);
  });
});
