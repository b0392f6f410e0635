/** Starting the parts of the stack: in stages, all or nothing, and again what has died. */
import { getPriority } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Instance, openInstance } from '../../../src/local/stack/instance.ts';
import { isSameProcess, processIdentity } from '../../../src/local/stack/process-identity.ts';
import { type StartEvent, startProcesses } from '../../../src/local/stack/start-processes.ts';
import { stopProcess } from '../../../src/local/stack/stop-process.ts';
import type { StateFile } from '../../../src/local/state-file.ts';
import { FOREVER, nodeProgram, READY, temporaryFolder } from './programs.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: StateFile<Instance>;
let events: string[];
let seen: number[];

const onProgress = ({ process, state }: StartEvent): void => void events.push(`${process} ${state}`);
const program = (name: string, script = READY, readyTimeoutMs?: number) =>
  nodeProgram(folder.path, name, script, readyTimeoutMs);
const alive = () => Promise.all(file.state.processes.map((one) => isSameProcess(one.pid, one.identity)));
/** A zombie that nobody has collected yet is no process any more. */
const survivors = async (): Promise<readonly number[]> => {
  const identities = await Promise.all(seen.map(processIdentity));
  return seen.filter((_pid, index) => identities[index] !== undefined);
};

beforeEach(async () => {
  folder = await temporaryFolder();
  file = await openInstance(folder.path, 'eu-central-1');
  events = [];
  seen = [];
  const save = file.save.bind(file);
  file = {
    state: file.state,
    save: async () => {
      seen.push(...file.state.processes.map(({ pid }) => pid).filter((pid) => !seen.includes(pid)));
      await save();
    },
  };
});
afterEach(async () => {
  await Promise.all(file.state.processes.map((one) => stopProcess(one, 2_000)));
  await folder.remove();
});

describe('starting', () => {
  it('waits for a stage to be ready before the next begins', async () => {
    const started = await startProcesses(file, [[program('a')], [program('b')]], { onProgress });
    expect(events).toEqual(['a starting', 'a ready', 'b starting', 'b ready']);
    expect(started).toEqual(['a', 'b']);
    expect(await alive()).toEqual([true, true]);
  });

  it('writes each process down before it waits for it', async () => {
    await startProcesses(file, [[program('a')]], { onProgress });
    const again = await openInstance(folder.path, '');
    expect(again.state.processes).toEqual([expect.objectContaining({ name: 'a', ready: 'at your service' })]);
    expect(again.state.id).toBe(file.state.id);
  });

  it('lets a process step back behind others', async () => {
    await startProcesses(file, [[{ ...program('a'), niceness: 10 }, program('b')]], { onProgress });
    const niceness = (name: string) =>
      getPriority(file.state.processes.find((one) => one.name === name)?.pid);
    expect([niceness('a'), niceness('b')]).toEqual([10, getPriority()]);
  });

  it('leaves alone what runs already', async () => {
    await startProcesses(file, [[program('a')]], { onProgress });
    const pid = file.state.processes[0]?.pid;
    expect(await startProcesses(file, [[program('a')], [program('b')]], { onProgress })).toEqual(['b']);
    expect(file.state.processes[0]?.pid).toBe(pid);
    expect(events.slice(2)).toEqual(['a running-already', 'b starting', 'b ready']);
  });
});

describe('a part that cannot be started', () => {
  it.each([
    ['ends', "console.error('port is busy'); process.exit(3)", 20_000, 'bad ended while it started'],
    ['never gets ready', `console.error('port is busy'); ${FOREVER}`, 700, 'bad was not ready after 0.7 s'],
  ])(
    'because it %s: its last log lines are told and all that was started is stopped',
    async (_, script, ms, says) => {
      const stages = [[program('first')], [program('bad', script, ms)], [program('never')]];
      const failure = startProcesses(file, stages, { onProgress });
      await expect(failure).rejects.toMatchObject({
        type: 'StartFailed',
        message: says,
        evidence: ['port is busy'],
        advice: expect.stringContaining('bad.log'),
      });
      expect(events).not.toContain('never starting');
      expect(file.state.processes).toEqual([]);
      expect(seen).toHaveLength(2);
      expect(await survivors()).toEqual([]);
    },
  );

  it('does not make its neighbours wait for their own time-out', async () => {
    const stages = [[program('slow', FOREVER, 60_000), program('bad', 'process.exit(1)')]];
    await expect(startProcesses(file, stages, { onProgress })).rejects.toThrow('bad ended while it started');
    expect(await survivors()).toEqual([]);
  });

  it('because the program is not there', async () => {
    const missing = { ...program('gone'), command: '/nowhere/at/all' };
    await expect(startProcesses(file, [[missing]], { onProgress })).rejects.toThrow(
      /gone could not be started.*ENOENT/,
    );
  });

  it('leaves what ran before as it was', async () => {
    await startProcesses(file, [[program('a')]], { onProgress });
    await expect(
      startProcesses(file, [[program('a')], [program('bad', 'process.exit(1)')]], { onProgress }),
    ).rejects.toThrow('bad ended');
    expect(file.state.processes.map(({ name }) => name)).toEqual(['a']);
    expect(await alive()).toEqual([true]);
  });
});

describe('an interrupt', () => {
  it('stops what was started', async () => {
    const interrupt = new AbortController();
    const starting = startProcesses(file, [[program('a')], [program('slow', FOREVER)]], {
      onProgress: (event) => {
        onProgress(event);
        if (event.process === 'slow') interrupt.abort(new Error('interrupted'));
      },
      signal: interrupt.signal,
    });
    await expect(starting).rejects.toThrow('interrupted');
    expect(file.state.processes).toEqual([]);
    expect(await survivors()).toEqual([]);
  });
});
