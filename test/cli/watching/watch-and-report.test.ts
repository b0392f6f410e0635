/** Who hears what of a release that is watched: each output, each kind of terminal, each way it can end. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import type { Screen, Terminal } from '../../../src/cli/terminal.ts';
import { seeOff } from '../../../src/cli/watching/see-off.ts';
import { type ReportOptions, watchAndReport } from '../../../src/cli/watching/watch-and-report.ts';
import { NoVerdictError } from '../../../src/client/index.ts';
import type { ReleaseStatus } from '../../../src/release/verdict.ts';
import { readPairs } from '../../github-actions/env-files.ts';
import { LogReader } from '../../github-actions/log-reader.ts';
import { fakeTerminal } from '../fake-terminal.ts';
import { ID, running, service } from '../render/live/states.ts';
import { ROLLED_BACK, step } from '../render/reports.ts';
import { type FakeRelease, fakeClient } from './fake-client.ts';
import { FakeScreen } from './fake-screen.ts';

const RELEASE = { workflowId: ID, runId: 'run-1' };
const UI = 'http://ui:8233';
const PAGE = `${UI}/namespaces/default/workflows/${encodeURIComponent(ID)}/run-1/history`;

const RUNNING = running({ steps: [step('stable', '1', 'running', 0)] });
const STUCK: ReleaseStatus = running({
  phase: 'restoring',
  stuck: 'api: no such image',
  services: [service('api', 'not-restored')],
});

const OUTPUTS = ['text', 'json', 'ndjson'] as const;
const PLACES = ['a pipe', 'a terminal', 'GitHub Actions'] as const;
type Place = (typeof PLACES)[number];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-watch-'));
});
afterEach(() => rm(folder, { recursive: true }));

const at = async (place: Place) => {
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  for (const file of Object.values(files)) await writeFile(file, '');
  const job = place === 'GitHub Actions' ? { GITHUB_ACTIONS: 'true', ...files } : {};
  const fake = fakeTerminal({ SLIPWAY_TEMPORAL_UI: UI, ...job });
  const screen = new FakeScreen(120, 24);
  // What is printed beside the frames comes to the same terminal.
  const terminal: Terminal =
    place === 'a terminal'
      ? {
          ...fake.terminal,
          screen: screen as unknown as Screen,
          progress: (line) => void screen.write(`${line}\n`),
        }
      : // A runner of one's own may have a terminal: groups are no frames.
        { ...fake.terminal, ...(place === 'a pipe' ? {} : { screen: screen as unknown as Screen }) };
  const told = async () => {
    const { lines, above } = await screen.shown();
    const progress = place === 'a terminal' ? [...above, ...lines] : fake.stderr().split('\n');
    const reader = new LogReader();
    for (const line of progress) reader.read(line);
    return {
      stdout: fake.stdout(),
      progress,
      text: progress.join('\n'),
      reader,
      outputs: readPairs(await readFile(files.GITHUB_OUTPUT, 'utf8')),
      summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'),
    };
  };
  return { terminal, told, listeners: () => screen.listenerCount('resize') };
};

const watch = async (place: Place, looks: FakeRelease['looks'], options: ReportOptions) => {
  const { terminal, told, listeners } = await at(place);
  const before = process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
  const end = await watchAndReport(fakeClient({ looks }), RELEASE, terminal, options).catch(
    (error: Error) => error,
  );
  expect(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')).toBe(before);
  expect(listeners()).toBe(0);
  return { end, ...(await told()) };
};

const count = (text: string, part: string): number => text.split(part).length - 1;
const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const EACH = PLACES.flatMap((place) => OUTPUTS.map((output) => ({ place, output })));

describe('a release that is watched', () => {
  it.each(EACH)(
    'to its end, $output at $place: the report once, on stdout, and nothing else there',
    async ({ place, output }) => {
      const { end, stdout, text, reader, outputs, summary } = await watch(place, [ROLLED_BACK], {
        output,
      });
      expect(end).toBe(EXIT.rolledBack);
      if (output === 'text') expect(count(stdout, '↩ rolled back')).toBe(1);
      if (output === 'json') expect(JSON.parse(stdout)).toEqual(ROLLED_BACK);
      if (output === 'ndjson') {
        const events = jsonLines(stdout);
        expect(events.filter(({ type }) => type === 'report')).toHaveLength(1);
        expect(events.at(-1)).toMatchObject({ type: 'report', report: ROLLED_BACK });
      }
      expect(count(text, PAGE)).toBe(1);
      expect(reader.named('group').length).toBe(reader.named('endgroup').length);
      const isJob = place === 'GitHub Actions';
      expect(reader.named('error')).toHaveLength(isJob ? 1 : 0);
      expect(outputs.verdict).toBe(isJob ? 'rolled-back' : undefined);
      expect(summary !== '').toBe(isJob);
    },
  );

  it.each(EACH)(
    'until it is stuck, $output at $place: why, and what a person can do, once',
    async ({ place, output }) => {
      const { end, stdout, text, reader, summary } = await watch(place, [STUCK], { output });
      expect(end).toBe(EXIT.rollbackFailed);
      expect(count(text, '‼ rollback stuck: api: no such image')).toBe(1);
      expect(count(text, `slipway retry ${ID}`)).toBe(1);
      expect(count(text, PAGE)).toBe(1);
      if (output === 'ndjson')
        expect(jsonLines(stdout).at(-1)).toMatchObject({ type: 'stuck', services: ['api'] });
      else expect(stdout).toBe('');
      const isJob = place === 'GitHub Actions';
      expect(reader.named('error').map(({ data }) => data)).toEqual(
        isJob ? ['api: no such image\nA person is needed.'] : [],
      );
      expect(summary.includes('slipway retry')).toBe(isJob);
    },
  );

  it.each(
    EACH.flatMap((each) => [
      { ...each, why: 'the time is up' as const },
      { ...each, why: 'it is told to let go' as const },
    ]),
  )('until $why, $output at $place: how to come back, once', async ({ place, output, why }) => {
    const isTimedOut = why === 'the time is up';
    const letGo = new AbortController();
    if (!isTimedOut) setTimeout(() => letGo.abort(EXIT.detached), 60);
    const { end, stdout, text, reader } = await watch(place, [RUNNING], {
      output,
      ...(isTimedOut ? { timeoutMs: 60 } : { letGo: letGo.signal }),
    });
    expect(end).toBe(isTimedOut ? EXIT.watchTimedOut : EXIT.detached);
    expect(count(text, 'Detached: the release goes on.')).toBe(1);
    expect(count(text, `slipway watch ${ID}`)).toBe(1);
    if (output === 'ndjson')
      expect(jsonLines(stdout).at(-1)).toMatchObject({
        type: 'detached',
        reason: isTimedOut ? 'timeout' : 'interrupt',
      });
    else expect(stdout).toBe('');
    expect(reader.named(isTimedOut ? 'error' : 'warning')).toHaveLength(place === 'GitHub Actions' ? 1 : 0);
  });

  it.each(EACH)(
    'that ends without a verdict, $output at $place: an error, and the terminal is given back',
    async ({ place, output }) => {
      const lost = new NoVerdictError('it was terminated', { endedAtMs: 0, aftermath: null }, {});
      const { end, stdout, reader, summary } = await watch(place, [lost], { output });
      expect(end).toBe(lost);
      expect(stdout).toBe('');
      expect(summary.includes('it was terminated')).toBe(place === 'GitHub Actions');
      expect(reader.named('group').length).toBe(reader.named('endgroup').length);
    },
  );

  it.each(PLACES)('on a connection through which nothing comes, at %s: lets go at once', async (place) => {
    const letGo = new AbortController();
    setTimeout(() => letGo.abort(EXIT.detached), 100);
    const startedAt = Date.now();
    const { end, text } = await watch(place, ['silence'], { output: 'text', letGo: letGo.signal });
    expect(end).toBe(EXIT.detached);
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    expect(text).toContain('Detached: the release goes on.');
    // Whoever has been told to let go is not told that nobody answers.
    expect(text).not.toContain('does not answer');
  });
});

describe('a release that is watched on one terminal', () => {
  const onOne = (columns: number, rows: number) => {
    const fake = fakeTerminal();
    const screen = new FakeScreen(columns, rows);
    const style = { color: false, width: columns, wrap: true };
    const write = (text: string): boolean => screen.write(text.endsWith('\n') ? text : `${text}\n`);
    const terminal: Terminal = {
      ...fake.terminal,
      screen: screen as unknown as Screen,
      resultIsScreen: true,
      resultStyle: style,
      progressStyle: style,
      result: write,
      progress: write,
    };
    return { terminal, screen };
  };
  const SIZES = [
    [80, 24],
    [60, 10],
    [40, 6],
  ] as const;

  it.each(SIZES)('says everything once, in %d×%d', async (columns, rows) => {
    const { terminal, screen } = onOne(columns, rows);
    const looks = [RUNNING, ROLLED_BACK];
    expect(await watchAndReport(fakeClient({ looks }), RELEASE, terminal, { output: 'text' })).toBe(
      EXIT.rolledBack,
    );
    const { above, lines, wrapped } = await screen.shown();
    const all = [...above, ...lines];
    const flat = all.join(' ').replaceAll(/\s+/g, ' ');
    for (const once of [
      '↩ rolled back shop → production',
      'every service that was touched',
      '“feat',
      'Cause',
      'Next',
    ])
      expect({ once, times: count(flat, once) }).toEqual({ once, times: 1 });
    for (const { id } of ROLLED_BACK.steps)
      expect({ id, lines: all.filter((line) => line.includes(` ${id} `)).length }).toEqual({ id, lines: 1 });
    expect(all.indexOf('Cause')).toBeGreaterThan(all.findIndex((line) => line.includes(' promote ')));
    expect(all[all.indexOf('Cause') - 1]).toBe('');
    expect(wrapped).toEqual([]);
    expect(all.join('\n')).not.toContain('▸ running');
  });

  it('has its whole report in a file, and all that it says on the terminal', async () => {
    const { terminal, screen } = onOne(80, 24);
    let file = '';
    const redirected: Terminal = { ...terminal, resultIsScreen: false, result: (text) => (file += text) };
    await watchAndReport(fakeClient({ looks: [ROLLED_BACK] }), RELEASE, redirected, { output: 'text' });
    for (const text of ['↩ rolled back', 'Cause', 'Steps', 'Services', 'Next'])
      expect(count(file, text)).toBe(1);
    const { above, lines } = await screen.shown();
    const shown = [...above, ...lines].join('\n');
    for (const text of [
      '↩ rolled back  shop → production',
      'every service that was touched',
      'restored',
      '✗ stable:api: ',
    ])
      expect({ text, times: count(shown, text) }).toEqual({ text, times: 1 });
  });
});

describe('a release that is not waited for', () => {
  it.each(EACH)(
    '$output at $place: where it is, once, and what was asked for on stdout',
    async ({ place, output }) => {
      const { terminal, told } = await at(place);
      const started = { ...RELEASE, attached: false };
      const name = { app: 'shop', environment: 'production' };
      const options = { output, detach: true };
      expect(await seeOff(fakeClient({ looks: [] }), started, name, options, terminal)).toBe(EXIT.ok);
      const { stdout, text, reader, outputs, summary } = await told();
      expect(count(text, PAGE)).toBe(1);
      expect(count(text, `slipway watch ${ID}`)).toBe(output === 'text' ? 1 : 0);
      if (output === 'text') expect(stdout).toBe('');
      else expect(jsonLines(stdout)).toEqual([expect.objectContaining(started)]);
      const isJob = place === 'GitHub Actions';
      expect(reader.named('notice')).toHaveLength(isJob ? 1 : 0);
      expect(outputs['workflow-id']).toBe(isJob ? ID : undefined);
      expect(summary.includes(`slipway watch ${ID}`)).toBe(isJob);
    },
  );
});
