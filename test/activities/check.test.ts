import { execFileSync, spawnSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createChecksActivities } from '../../src/activities/check.ts';
import type { RunCheckResult } from '../../src/activities/contracts/build.ts';
import type { CheckPlan, SourceArchive } from '../../src/release/plan.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createMockEnvironment } from './mock-environment.ts';

let root: string;
let store: Store;
/** Outside of all that is replaced: commands leave marks here. */
let marks: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-check-'));
  store = createFolderStore(join(root, 'store'));
  marks = join(root, 'marks');
  await writeFile(marks, '');
});
afterEach(() => rm(root, { recursive: true, force: true }));

let commits = 0;
/** Files of a commit; a value that starts with `-> ` makes a link. */
function commit(files: Record<string, string>): Promise<SourceArchive> {
  commits += 1;
  const folder = join(root, `commit-${commits}`);
  for (const [name, content] of Object.entries({ 'README.md': 'x', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), join(folder, name));
    else writeFileSync(join(folder, name), content);
  }
  execFileSync('tar', ['-czf', `${folder}.tgz`, '-C', folder, '.']);
  return store.putArchive(createReadStream(`${folder}.tgz`));
}

const plan = (check: Partial<CheckPlan>): CheckPlan => ({
  name: 'unit',
  directory: '.',
  needs: [],
  run: 'true',
  env: {},
  timeoutMs: 20_000,
  ...check,
});

function runCheck(
  source: SourceArchive,
  check: Partial<CheckPlan>,
  mock = createMockEnvironment(),
): Promise<RunCheckResult> {
  const activities = createChecksActivities({
    store,
    folder: join(root, 'checks'),
    environment: {
      PATH: process.env.PATH,
      AWS_SECRET_ACCESS_KEY: 'secret',
      PIP_INDEX_URL: 'https://u:hunter22@host/',
    },
  });
  return mock.environment.run(activities.runCheck, { app: 'shop', source, check: plan(check) });
}

const mark = (text: string): string => `echo ${text} >> ${marks}`;
const marksMade = async (): Promise<string[]> => (await readFile(marks, 'utf8')).split('\n').filter(Boolean);
const logOf = async ({ logKey }: RunCheckResult): Promise<string> => (await store.readLog(logKey, 0)).text;

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

describe('a check', () => {
  it('runs in its directory of the commit, with a clean environment, and keeps its log', async () => {
    const source = await commit({ 'api/data.txt': 'from the commit' });
    const result = await runCheck(source, {
      directory: 'api',
      run: 'cat data.txt; echo; env | cut -d= -f1 | sort | tr "\\n" " "; ls -A "$HOME" "$TMPDIR"',
      env: { EXTRA: '1' },
    });
    const log = await logOf(result);
    expect(log).toContain('from the commit');
    expect(log).toContain('CI EXTRA HOME LANG');
    expect(log).not.toContain('AWS');
    expect(result).toMatchObject({ setupMs: 0, setupCached: false, runMs: expect.any(Number) });
    expect(await readdir(join(root, 'checks', 'runs'))).toEqual([]);
  });

  it.each<[string, Partial<CheckPlan>, object]>([
    [
      'with its exit code and last lines',
      { run: 'seq 1 80; echo the reason >&2; exit 3' },
      {
        message: 'check unit: it failed with exit code 3',
        evidence: expect.arrayContaining(['80', 'the reason']),
      },
    ],
    [
      'with the first failing line of a script',
      { run: 'false\necho never' },
      { message: 'check unit: it failed with exit code 1' },
    ],
    [
      'when its program is missing',
      { run: ['no-such-tool', 'x'] },
      {
        message: 'check unit: it cannot run: "no-such-tool" was not found (exit code 127)',
        advice: expect.stringContaining('install it'),
      },
    ],
    [
      'when a command of its script is missing',
      { run: 'no-such-tool' },
      { message: 'check unit: it cannot run: a command of its script was not found (exit code 127)' },
    ],
    [
      'at its time-out',
      { run: 'echo slow; sleep 60', timeoutMs: 1000 },
      {
        message: 'check unit: it did not end within 1 s',
        advice: expect.stringContaining('raise its timeout'),
      },
    ],
    ['when a signal ends it', { run: 'kill -KILL $$' }, { message: 'check unit: it was ended by SIGKILL' }],
    [
      'for its own sake also when its output speaks of the network',
      { run: 'echo ECONNREFUSED; exit 1' },
      { message: 'check unit: it failed with exit code 1' },
    ],
  ])('fails %s', async (_what, check, expected) => {
    const source = await commit({});
    await expect(runCheck(source, check)).rejects.toMatchObject({
      type: 'CheckFailed',
      retryable: false,
      ...expected,
    });
  });

  it('has at most 50 lines of evidence', async () => {
    const error = await runCheck(await commit({}), { run: 'seq 1 80; exit 1' }).catch(
      (caught: unknown) => caught,
    );
    expect((error as { evidence: string[] }).evidence).toHaveLength(50);
  });

  it('shows no password of a registry', async () => {
    const result = await runCheck(await commit({}), { run: 'echo $PIP_INDEX_URL' });
    expect(await logOf(result)).toContain('https://u:***@host/');
  });

  it.each(['../..', 'out', 'none'])('does not run in %s', async (directory) => {
    const source = await commit({ out: '-> /etc' });
    await expect(runCheck(source, { directory })).rejects.toMatchObject({ type: 'ConfigurationError' });
  });

  it('says what it does in heartbeats, also while its command is silent', async () => {
    const mock = createMockEnvironment();
    await runCheck(await commit({}), { run: 'echo working; sleep 0.5' }, mock);
    expect(mock.beats.filter(({ lastLine }) => lastLine === 'working').length).toBeGreaterThan(2);
    expect(new Set(mock.beats.map(({ phase }) => phase))).toEqual(
      new Set(['waiting for a folder', 'unpacking', 'running']),
    );
  });

  it('ends its processes when it is cancelled', async () => {
    const mock = createMockEnvironment();
    const pidFile = join(root, 'pid');
    const running = runCheck(
      await commit({}),
      { run: `(sh -c 'echo $$ > ${pidFile}; sleep 60') & wait` },
      mock,
    );
    await until(() => existsSync(pidFile));
    mock.environment.cancel();
    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
    const pid = Number(await readFile(pidFile, 'utf8'));
    await until(() => !isRunning(pid));
    expect(await readdir(join(root, 'checks', 'runs'))).toEqual([]);
  });

  it('appends a second attempt to the same log', async () => {
    const source = await commit({});
    await runCheck(source, { run: 'echo one' }, createMockEnvironment({ attempt: 1 }));
    const result = await runCheck(source, { run: 'echo two' }, createMockEnvironment({ attempt: 2 }));
    expect(await logOf(result)).toMatch(/attempt 1,[\s\S]*\none\n[\s\S]*attempt 2,[\s\S]*\ntwo\n/);
  });
});

describe('the set-up of a check', () => {
  const setup = (run = `mkdir -p .venv; cp lock .venv/made; ${mark('setup')}`) => ({
    run,
    cacheKey: ['lock'],
    cachePaths: ['.venv'],
  });

  it('is kept while its key stays, and the files are those of each commit', async () => {
    const first = await runCheck(await commit({ lock: '1', a: 'old', gone: 'x' }), {
      setup: setup(),
      run: 'cat .venv/made',
    });
    const second = await runCheck(await commit({ lock: '1', a: 'new' }), {
      setup: setup(),
      run: 'cat .venv/made a; test ! -e gone',
    });
    expect(first).toMatchObject({ setupCached: false });
    expect(second).toMatchObject({ setupCached: true, setupMs: 0 });
    expect(await logOf(second)).toContain('1new');
    expect(await marksMade()).toEqual(['setup']);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a key file changes', { lock: '2' }, ''],
    ['the command changes', { lock: '1' }, '; true'],
    ['the commit has files of its own where the cache was', { lock: '1', '.venv/x': 'x' }, ''],
  ])('runs again, from nothing, when %s', async (_what, files, addition) => {
    const made = `mkdir -p .venv; touch .venv/from-$(cat README.md); ${mark('setup')}`;
    await runCheck(await commit({ lock: '1', 'README.md': 'first' }), { setup: setup(made) });
    const result = await runCheck(await commit({ ...files, 'README.md': 'second' }), {
      setup: setup(made + addition),
      run: 'echo files: $(ls .venv)',
    });
    expect(result.setupCached).toBe(false);
    expect(await marksMade()).toEqual(['setup', 'setup']);
    expect(await logOf(result)).toMatch(/\nfiles: from-second( x)?\n/);
  });

  it('is run once for checks that start at the same moment', async () => {
    const source = await commit({ lock: '1' });
    const slow = setup(`mkdir .venv; sleep 0.4; ${mark('setup')}`);
    const results = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        runCheck(source, { name, setup: slow, run: `test -d .venv; ${mark(name)}` }),
      ),
    );
    expect(results.filter(({ setupCached }) => setupCached)).toHaveLength(2);
    expect((await marksMade()).sort()).toEqual(['a', 'b', 'c', 'setup']);
  });

  it('is not shared with a check of another commit that runs at the same time', async () => {
    const one = await commit({ lock: '1', name: 'one' });
    const two = await commit({ lock: '1', name: 'two' });
    const both = await Promise.all(
      [one, two].map((source) => runCheck(source, { setup: setup(), run: 'sleep 0.3; cat name' })),
    );
    const logs = await Promise.all(both.map(logOf));
    expect(logs.join('')).toContain('one');
    expect(logs.join('')).toContain('two');
    expect((await readdir(join(root, 'checks', 'shop'))).length).toBe(1);
  });

  it('that was killed half-way is not taken for whole', async () => {
    const source = await commit({ lock: '1' });
    const mock = createMockEnvironment();
    const started = join(root, 'started');
    const slow = setup(`mkdir .venv; touch .venv/half ${started}; sleep 30`);
    const running = runCheck(source, { setup: slow }, mock);
    await until(() => existsSync(started));
    mock.environment.cancel();
    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
    // The same set-up again: what the killed one began is gone.
    await rm(started);
    const second = createMockEnvironment();
    const again = runCheck(source, { setup: slow, run: 'true' }, second);
    await until(() => existsSync(started));
    const states = await readdir(join(root, 'checks', 'shop'), { recursive: true });
    expect(states.filter((name) => name.endsWith('half'))).toHaveLength(1);
    second.environment.cancel();
    await expect(again).rejects.toMatchObject({ name: 'CancelledFailure' });
  });

  it('that was killed after another was whole leaves nothing for that other', async () => {
    const mock = createMockEnvironment();
    const started = join(root, 'started');
    // The same group, as its text is the same; only with lock 2 it hangs half-way.
    const hanging = setup(
      `mkdir -p .venv; touch .venv/half-$(cat lock); test "$(cat lock)" = 1 || { touch ${started}; sleep 30; }`,
    );
    await runCheck(await commit({ lock: '1', a: '1' }), { setup: hanging });
    const running = runCheck(await commit({ lock: '2' }), { setup: hanging }, mock);
    await until(() => existsSync(started));
    mock.environment.cancel();
    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
    const result = await runCheck(await commit({ lock: '1', a: '2' }), { setup: hanging, run: 'ls .venv' });
    expect(result.setupCached).toBe(false);
    expect(await logOf(result)).not.toContain('half-2');
  });

  it('leaves the files alone that another check of the commit works on', async () => {
    const source = await commit({ lock: '1' });
    const started = join(root, 'started');
    const first = runCheck(source, {
      name: 'a',
      setup: setup(),
      run: `touch mine ${started}; sleep 0.6; test -e mine`,
    });
    await until(() => existsSync(started));
    await runCheck(source, { name: 'b', setup: setup(), run: 'test -e mine' });
    await first;
  });

  it('that fails says so, and is run again next time', async () => {
    const source = await commit({ lock: '1' });
    const failing = setup(`mkdir .venv; ${mark('setup')}; echo no such package; exit 4`);
    for (let time = 0; time < 2; time += 1) {
      await expect(runCheck(source, { setup: failing })).rejects.toMatchObject({
        type: 'CheckFailed',
        message: 'check unit: its set-up failed with exit code 4',
        evidence: expect.arrayContaining(['no such package']),
      });
    }
    expect(await marksMade()).toEqual(['setup', 'setup']);
  });

  it.each([
    ['npm ERR! network request failed: connect ECONNREFUSED 10.0.0.1:443', 'network'],
    ['ERROR: Could not install: [Errno 28] No space left on device', 'disk'],
  ])('that fails with %j is worth another try', async (line, advice) => {
    const failing = setup(`echo '${line}'; exit 1`);
    await expect(runCheck(await commit({ lock: '1' }), { setup: failing })).rejects.toMatchObject({
      type: 'Transient',
      retryable: true,
      advice: expect.stringContaining(advice),
    });
  });

  it('that does not make what it should keep runs every time, and the log says why', async () => {
    const lazy = setup(mark('setup'));
    const result = await runCheck(await commit({ lock: '1' }), { setup: lazy });
    await runCheck(await commit({ lock: '1', other: 'x' }), { setup: lazy });
    expect(await marksMade()).toEqual(['setup', 'setup']);
    expect(await logOf(result)).toContain('note: the set-up made no .venv');
  });

  it('names a key file that is not there', async () => {
    await expect(runCheck(await commit({}), { setup: setup() })).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: 'cache key file "lock" is not in the commit',
    });
  });

  it('keeps no cache outside of its folder', async () => {
    await runCheck(await commit({ lock: '1' }), { setup: { ...setup('mkdir -p d/c'), cachePaths: ['d/c'] } });
    const link = await commit({ lock: '1', d: `-> ${join(root, 'outside')}` });
    mkdirSync(join(root, 'outside'));
    await expect(
      runCheck(link, { setup: { ...setup('mkdir -p d/c'), cachePaths: ['d/c'] } }),
    ).rejects.toMatchObject({ type: 'ConfigurationError', message: expect.stringContaining('leads out') });
    expect(await readdir(join(root, 'outside'))).toEqual([]);
  });
});
