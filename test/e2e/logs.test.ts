/**
 * Logs on the real local stack, with the real CLI: of a check and of a build while it runs, of a service through a
 * rollout, and what is left behind when people stop reading.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { findTool } from '../../src/tools.ts';
import { TOP } from './built-cli.ts';
import { commitProgram } from './one-service.ts';
import { type OneServiceStack, startOneServiceStack } from './one-service-stack.ts';

const SETUP_MS = 240_000;
const RELEASE_MS = 240_000;

let stack: OneServiceStack;

/** Says a line each second, of a version; some of them are not nice. */
const saying = (version: string) => (program: string) =>
  program.replace(
    'signal.signal(',
    `import itertools, threading, time
    def tick():
        print("::error::\\x1b[31mred\\x1b[0m password=hunter2hunter2", flush=True)
        for n in itertools.count(1):
            print("${version} tick %d" % n, flush=True)
            time.sleep(1)
    threading.Thread(target=tick, daemon=True).start()
    signal.signal(`,
  );

beforeAll(async () => {
  stack = await startOneServiceStack((folder) => commitProgram(folder, 'first', saying('first')));
}, SETUP_MS);

afterAll(() => stack?.remove(), SETUP_MS);

/** A `slipway` that runs beside the test. */
const run = (...args: readonly string[]) => {
  const child = execa(process.execPath, [join(TOP, 'bin/slipway.js'), ...args], {
    cwd: stack.folder,
    env: stack.environment,
    reject: false,
    stdin: 'ignore',
  });
  const seen = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    seen.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    seen.stderr += chunk;
  });
  const until = async (is: () => boolean): Promise<void> => {
    const deadline = Date.now() + 120_000;
    while (!is()) {
      if (Date.now() > deadline)
        throw new Error(`never seen; stdout:\n${seen.stdout}\nstderr:\n${seen.stderr}`);
      await delay(100);
    }
  };
  return { child, seen, until };
};

const logsWorkflows = async (status: string): Promise<readonly string[]> => {
  const query = `WorkflowType = 'logs' AND ExecutionStatus = '${status}'`;
  const listed = await execa(
    await findTool('temporal'),
    ['workflow', 'list', '--query', query, '--output', 'json'],
    {
      env: stack.environment,
    },
  );
  return (JSON.parse(listed.stdout || '[]') as { execution: { workflowId: string } }[]).map(
    ({ execution }) => execution.workflowId,
  );
};

/** Gives the environment a migration of four lines, from the next commit on. */
const migrating = async (): Promise<void> => {
  const configuration = join(stack.folder, 'slipway.yaml');
  const before = await readFile(configuration, 'utf8');
  const program =
    'import time; [(print(\\"migrating\\", n, flush=True), time.sleep(1)) for n in range(1, 5)]';
  const migration = `migration: { service: hello, command: [python, -c, "${program}"] }`;
  await writeFile(configuration, before.replace('cluster: hello,', `cluster: hello, ${migration},`));
};

/** Follows the migration of the release that has just been started, as soon as there is one. */
const migrationOf = async () => {
  for (;;) {
    const followed = await stack.slipway('logs', 'production', 'migrate', '--follow');
    if (!followed.stderr.includes('there is no step')) return followed;
    await delay(500);
  }
};

/** The numbers behind `<version> tick`, in the order in which they came. */
const ticksOf = (text: string, version: string): readonly number[] =>
  [...text.matchAll(new RegExp(`${version} tick (\\d+)`, 'g'))].map(([, number]) => Number(number));

const isUpwards = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number === (numbers[index - 1] ?? 0) + 1);

describe('the logs of steps', () => {
  it(
    'are followed while the build runs, and are there afterwards',
    async () => {
      const started = await stack.slipway('deploy', 'production', '--detach', '--output', 'json');
      expect(started.exitCode).toBe(0);
      const { workflowId } = JSON.parse(started.stdout) as { workflowId: string };
      const followed = await run('logs', workflowId, 'build:hello', '--follow').child;
      expect(followed.exitCode).toBe(0);
      expect(String(followed.stdout)).toMatch(/^--- build:hello, attempt 1, \S+ ---$/m);
      expect(String(followed.stdout)).toContain('FROM docker.io/library/python:3.11-slim');
      expect(String(followed.stderr)).toMatch(/— ✓ build:hello \d/);
      const watched = await stack.slipway('watch', workflowId);
      expect(watched.exitCode).toBe(0);
      const check = await stack.slipway('logs', 'production', 'check:compiles');
      expect(check).toMatchObject({ exitCode: 0, stderr: workflowId });
      expect(check.stdout).toContain('$ python3 -m py_compile hello.py');
      const again = await stack.slipway('logs', 'build:hello', '--tail', 'all');
      expect(again.stdout).toBe(String(followed.stdout));
      const list = await stack.slipway('logs');
      expect(list.stdout).toMatch(/B {2}✓ build:hello/);
      expect(list.stdout).toMatch(/Services\n {2}hello\n/);
      const first = await stack.slipway('logs', '--release', '1', 'production', 'push:hello');
      expect(first).toMatchObject({ exitCode: 0 });
      expect(first.stdout).toContain('--- push:hello, attempt 1');
      const typo = await stack.slipway('logs', 'production', 'buidl:hello');
      expect(typo.exitCode).toBe(2);
      expect(typo.stderr).toContain('did you mean "build:hello"?');
    },
    RELEASE_MS,
  );
});

/** Kills the worker of a role as the kernel would, and lets `local up` start another one. */
const replaceWorker = async (role: string): Promise<void> => {
  const { stdout } = await stack.slipway('local', 'status');
  const [, pid] = new RegExp(`${role} .*pid (\\d+)`).exec(stdout) ?? [];
  if (pid === undefined) throw new Error(stdout);
  process.kill(Number(pid), 'SIGKILL');
  const up = await stack.slipway('local', 'up');
  if (up.exitCode !== 0) throw new Error(up.stderr);
};

describe('the log of a step whose worker is killed', () => {
  it(
    'goes on with the next attempt, says so, and ends when the step has failed; its report says where the log is',
    async () => {
      const configuration = join(stack.folder, 'slipway.yaml');
      const before = await readFile(configuration, 'utf8');
      const slow = 'for n in 1 2 3 4 5 6 7 8 9; do echo "slow $n"; sleep 1; done; echo "1 failed"; exit 3';
      await writeFile(configuration, before.replace('checks:', `checks:\n  slow: { run: '${slow}' }`));
      await commitProgram(stack.folder, 'slow', saying('never'));
      await writeFile(configuration, before);
      const started = await stack.slipway('deploy', 'production', '--detach', '--output', 'json');
      const { workflowId } = JSON.parse(started.stdout) as { workflowId: string };
      const { child, seen, until } = run('logs', 'production', 'check:slow', '--follow');
      await until(() => seen.stdout.includes('slow 3'));
      await replaceWorker('checks');
      expect((await child).exitCode).toBe(0);
      const [first = '', second = ''] = seen.stdout.split('--- check:slow, attempt 2');
      expect(first).toMatch(/^--- check:slow, attempt 1, .*\n\$ for n in .*\nslow 1\nslow 2\nslow 3\n/);
      expect(second).toMatch(/slow 1\n(slow \d\n){8}1 failed\n/);
      expect(seen.stderr).toMatch(/— attempt 2 of check:slow \(the one before: .*heartbeat timeout\)\n—/i);
      expect(seen.stderr).toMatch(/— ✗ check:slow .* failed/);
      const end = await stack.slipway('watch', workflowId);
      expect(end.exitCode).toBe(1);
      expect(end.stdout).toContain(`its whole log: slipway logs ${workflowId} check:slow`);
    },
    RELEASE_MS,
  );
});

describe('the logs of a service', () => {
  it(
    'are the last lines of its tasks, harmless and redacted; by one name alone, as objects, since a while',
    async () => {
      await delay(4_000);
      const text = await stack.slipway('logs', 'hello');
      expect(text.exitCode).toBe(0);
      expect(text.stdout).toMatch(/^hello\/[0-9a-f]{8} │ first tick 1$/m);
      expect(text.stdout).toMatch(/^hello\/[0-9a-f]{8} │ ::error::red password=\*\*\*$/m);
      expect(text.stdout).not.toContain('\u001b');
      expect(isUpwards(ticksOf(text.stdout, 'first'))).toBe(true);
      expect(text.stderr).toMatch(/— service hello: task [0-9a-f]{8} \(hello:\d+\)/);
      const three = await stack.slipway('logs', 'production', 'hello', '--tail', '3', '--output', 'ndjson');
      const objects = three.stdout
        .split('\n')
        .map((line) => JSON.parse(line) as { at: string; line: string });
      expect(objects.length).toBeGreaterThanOrEqual(3);
      expect(objects.length).toBeLessThanOrEqual(5);
      expect(objects[0]).toEqual({
        at: expect.stringMatching(/^20.*Z$/),
        step: null,
        service: 'hello',
        task: expect.stringMatching(/^[0-9a-f]{32}$/),
        container: 'app',
        line: expect.stringMatching(/^first tick \d+$/),
      });
      const since = await stack.slipway('logs', 'production', 'hello', '--since', '3s', '--timestamps');
      expect(since.stdout).toMatch(/^20\S+Z hello\/[0-9a-f]{8} │ first tick \d+$/m);
      expect(ticksOf(since.stdout, 'first').length).toBeLessThan(8);
    },
    RELEASE_MS,
  );

  it(
    'are followed through a rollout: the new task as it starts, why the old one ended; Ctrl+C leaves nothing behind',
    async () => {
      const { child, seen, until } = run('logs', 'production', 'hello', '--follow', '--tail', '2');
      await until(() => ticksOf(seen.stdout, 'first').length > 4);
      await migrating();
      await commitProgram(stack.folder, 'second', saying('second'));
      const deploying = stack.slipway('deploy');
      await until(() => seen.stderr !== '');
      const migration = await migrationOf();
      expect(migration.exitCode).toBe(0);
      expect(migration.stdout).toMatch(/^migrate\/[0-9a-f]{8} │ migrating 1\n(.*\n){2}.* │ migrating 4$/m);
      expect(migration.stderr).toMatch(/— task [0-9a-f]{32} stopped: Essential container.*exit code 0/);
      expect((await deploying).exitCode).toBe(0);
      expect((await stack.slipway('logs', 'production', 'migrate')).stdout).toBe(migration.stdout);
      await until(() => ticksOf(seen.stdout, 'second').length > 4 && / stopped: /.test(seen.stderr));
      child.kill('SIGINT');
      const { exitCode } = await child;
      expect(exitCode).toBe(130);
      for (const version of ['first', 'second']) {
        const ticks = ticksOf(seen.stdout, version);
        expect({ version, ticks, isUpwards: isUpwards(ticks) }).toMatchObject({ isUpwards: true });
      }
      expect(ticksOf(seen.stdout, 'second')[0]).toBe(1);
      expect(seen.stderr).toMatch(/— task [0-9a-f]{32} has started: hello:\d+/);
      expect(seen.stderr).toMatch(/— task [0-9a-f]{32} stopped: Scaling activity/);
      await delay(2_000);
      expect(await logsWorkflows('Running')).toEqual([]);
    },
    RELEASE_MS,
  );

  it(
    'end when nobody reads any more, and by themselves where the CLI was killed',
    async () => {
      const head = await execa(
        'sh',
        [
          '-c',
          '"$0" "$@" | head -n 2',
          process.execPath,
          join(TOP, 'bin/slipway.js'),
          'logs',
          'hello',
          '--follow',
        ],
        { cwd: stack.folder, env: stack.environment, stdin: 'ignore' },
      );
      expect(head.stdout.split('\n')).toHaveLength(2);
      const killed = run('logs', 'hello', '--follow');
      await killed.until(() => killed.seen.stdout !== '');
      await delay(1_500);
      killed.child.kill('SIGKILL');
      await killed.child;
      const deadline = Date.now() + 40_000;
      while ((await logsWorkflows('Running')).length > 0 && Date.now() < deadline) await delay(500);
      expect(await logsWorkflows('Running')).toEqual([]);
    },
    RELEASE_MS,
  );

  it(
    'that go elsewhere are not there: it is said where they go, and what to do',
    async () => {
      await stack.changeByHand(({ logConfiguration: _logs, ...container }) => container);
      const { exitCode, stderr, stdout } = await stack.slipway('logs', 'hello');
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toContain('service hello does not log to CloudWatch Logs');
      expect(stderr).toContain('container app has no log configuration');
      expect(stderr).toContain('awslogs-stream-prefix');
    },
    RELEASE_MS,
  );
});
