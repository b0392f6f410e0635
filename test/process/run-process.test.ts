import { execFile as execFileWithCallback, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RunOptions, runProcess } from '../../src/process/run-process.ts';

const execFile = promisify(execFileWithCallback);
const repository = fileURLToPath(new URL('../..', import.meta.url));
const PATH = process.env.PATH ?? '';
let folder: string;
let options: RunOptions;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-process-'));
  options = { cwd: folder, env: { PATH } };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A zombie that nobody has reaped yet has ended too. */
async function isRunning(pid: number): Promise<boolean> {
  const { stdout } = await execFile('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() !== '' && !/^[ZX]/.test(stdout.trim());
}

async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const isGone = (pid: number) => until(`${pid} is gone`, async () => !(await isRunning(pid)));

/** Starts a grandchild in the background that writes its pid; `ignoring` SIGTERM if so wished. */
const withGrandchild = (rest: string, ignoring = ''): [string, ...string[]] => [
  'sh',
  '-c',
  `sh -c '${ignoring} echo $$ > pid.new; mv pid.new pid; while :; do sleep 0.05; done' & ${rest}`,
];
const grandchild = async (): Promise<number> => {
  await until('the grandchild runs', () => existsSync(join(folder, 'pid')));
  return Number(await readFile(join(folder, 'pid'), 'utf8'));
};

describe('runProcess', () => {
  it.each([
    [['true'], 0, null],
    [['sh', '-c', 'exit 7'], 7, null],
    [['sh', '-c', 'kill -KILL $$'], null, 'SIGKILL'],
    [['no-such-program-here'], 127, null],
    [['/etc/passwd'], 126, null],
  ] as [[string, ...string[]], number | null, string | null][])(
    'passes on how %j ended',
    async (argv, exitCode, signal) => {
      expect(await runProcess(argv, options)).toMatchObject({ exitCode, signal, timedOut: false });
    },
  );

  it('gives every argument as it is, without a shell', async () => {
    const odd = ['$(touch x)', '`id`', "a'b", 'a"b', '', '; ls', '-n', '*', 'ü\n'];
    const { tail } = await runProcess(
      [process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...odd],
      options,
    );
    expect(JSON.parse(tail)).toEqual(odd);
  });

  it('gives the environment it is told, and nothing else', async () => {
    process.env.SLIPWAY_TEST_SECRET = 'x';
    const { tail } = await runProcess(['env'], { ...options, env: { PATH, A: 'b' } });
    delete process.env.SLIPWAY_TEST_SECRET;
    const names = tail
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.filter((name) => !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(name ?? '')).sort()).toEqual([
      'A',
      'PATH',
    ]);
  });

  it('leaves the command no file descriptor of its own', async () => {
    const { tail } = await runProcess(['ls', '/dev/fd'], options);
    const plain = await execFile('ls', ['/dev/fd']);
    expect(tail).toBe(plain.stdout);
  });

  it('leaves the command no child that it did not start', async () => {
    const { tail } = await runProcess(['sh', '-c', 'pgrep -P $$; echo no other; wait'], options);
    expect(tail).toBe('no other\n');
  });

  it('writes the input and closes it; without one it is empty', async () => {
    expect(await runProcess(['cat'], { ...options, input: 'sécret' })).toMatchObject({ tail: 'sécret' });
    expect(await runProcess(['cat'], options)).toMatchObject({ exitCode: 0, tail: '' });
    expect(await runProcess(['true'], { ...options, input: 'x'.repeat(1_000_000) })).toMatchObject({
      exitCode: 0,
    });
  });

  it('hands on both outputs as they come', async () => {
    const pieces: string[] = [];
    const { tail } = await runProcess(['sh', '-c', 'echo out; echo err >&2'], {
      ...options,
      onOutput: (piece) => pieces.push(piece),
    });
    expect(pieces.sort()).toEqual(['err\n', 'out\n']);
    expect(tail).toHaveLength(8);
  });

  it('keeps the end of a long output', async () => {
    const { tail } = await runProcess(['sh', '-c', 'yes line | head -n 5000; printf "last ü"'], {
      ...options,
      tailBytes: 100,
    });
    expect(tail).toHaveLength(100);
    expect(tail.endsWith('line\nlast ü')).toBe(true);
  });

  it('pipes standard output elsewhere when asked', async () => {
    const sink = new PassThrough();
    const [collected, result] = await Promise.all([
      text(sink),
      runProcess(['sh', '-c', 'echo data; echo note >&2'], { ...options, stdoutTo: sink }),
    ]);
    expect(collected).toBe('data\n');
    expect(result.tail).toBe('note\n');
  });

  it('says so when nothing can be started', async () => {
    await expect(runProcess(['true'], { ...options, cwd: join(folder, 'none') })).rejects.toMatchObject({
      type: 'ProcessNotStarted',
    });
  });

  it('kills what the command left behind in its group', async () => {
    const { exitCode } = await runProcess(
      withGrandchild('until test -e pid; do sleep 0.02; done; exit 3'),
      options,
    );
    expect(exitCode).toBe(3);
    await isGone(await grandchild());
  });

  it('ends the whole group at the time-out', async () => {
    const result = await runProcess(withGrandchild('wait'), { ...options, timeoutMs: 300 });
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGTERM', timedOut: true });
    await isGone(await grandchild());
  });

  it('kills what ignores SIGTERM after the grace', async () => {
    const run = runProcess(withGrandchild('trap "" TERM; while :; do sleep 0.05; done', 'trap "" TERM;'), {
      ...options,
      timeoutMs: 400,
      graceMs: 200,
    });
    expect(await run).toMatchObject({ signal: 'SIGKILL', timedOut: true });
    await isGone(await grandchild());
  });

  it('gives the command time to clean up', async () => {
    const result = await runProcess(
      ['sh', '-c', 'trap "echo cleaned; exit 5" TERM; echo ready; while :; do sleep 0.02; done'],
      { ...options, timeoutMs: 300 },
    );
    expect(result).toMatchObject({
      exitCode: 5,
      timedOut: true,
      tail: expect.stringMatching(/^ready\n(?:.*\n)*cleaned\n$/),
    });
  });

  it('ends the whole group on cancellation and rejects with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled by somebody');
    const run = runProcess(withGrandchild('wait'), { ...options, signal: controller.signal });
    const pid = await grandchild();
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect(await isRunning(pid)).toBe(false);
    await expect(runProcess(['touch', 'late'], { ...options, signal: controller.signal })).rejects.toBe(
      reason,
    );
    expect(existsSync(join(folder, 'late'))).toBe(false);
  });

  describe('when this process is killed with SIGKILL', () => {
    let compiled: string;

    beforeAll(async () => {
      // A plain Node process cannot read TypeScript; inside the repository it finds its packages.
      await mkdir(join(repository, '.cache'), { recursive: true });
      compiled = await mkdtemp(join(repository, '.cache', 'test-process-'));
      const source = join(repository, 'src', 'process', 'run-process.ts');
      const options = ['--outDir', compiled, '--rootDir', join(repository, 'src'), '--noEmit', 'false'];
      const flags = [
        '--module',
        'nodenext',
        '--target',
        'es2023',
        '--rewriteRelativeImportExtensions',
        '--skipLibCheck',
        '--types',
        'node',
      ];
      await execFile(
        join(repository, 'node_modules', '.bin', 'tsc'),
        [source, ...options, ...flags, '--ignoreConfig'],
        {
          cwd: repository,
        },
      );
    });
    afterAll(() => rm(compiled, { recursive: true, force: true }));

    it.each([
      ['the group dies', ''],
      ['a group that ignores SIGTERM dies', 'trap "" TERM;'],
    ])('%s', async (_what, ignoring) => {
      const argv = withGrandchild(`${ignoring} echo $$ > child; while :; do sleep 0.05; done`, ignoring);
      const worker = `
        import { runProcess } from ${JSON.stringify(join(compiled, 'process', 'run-process.js'))};
        const options = { cwd: ${JSON.stringify(folder)}, env: { PATH: process.env.PATH } };
        // A second one beside it must not hold the first one's pipe open.
        void runProcess(['sleep', '30'], options);
        await runProcess(${JSON.stringify(argv)}, options);`;
      const parent = spawn(process.execPath, ['--input-type=module', '-e', worker], { stdio: 'ignore' });
      const pid = await grandchild();
      await until('the child has written its pid', () => existsSync(join(folder, 'child')));
      const child = Number(await readFile(join(folder, 'child'), 'utf8'));
      expect(await isRunning(child)).toBe(true);
      parent.kill('SIGKILL');
      await isGone(pid);
      await isGone(child);
    });
  });
});
