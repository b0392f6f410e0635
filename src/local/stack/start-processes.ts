/**
 * Starts the processes that do not run yet, stage by stage, and stops them again when one cannot be started.
 */
import type { StateFile } from '../state-file.ts';
import type { Instance, ProcessRecord } from './instance.ts';
import { isSameProcess } from './process-identity.ts';
import { type ProcessSpec, spawnDetached, waitUntilReady } from './spawn-detached.ts';
import { stopProcess } from './stop-process.ts';

export interface StartEvent {
  readonly process: string;
  readonly state: 'stopping' | 'starting' | 'ready' | 'running-already';
  readonly detail?: string;
}

export interface StartOptions {
  readonly onProgress: (event: StartEvent) => void;
  /** Aborted by Ctrl+C: what was started is stopped again. */
  readonly signal?: AbortSignal;
}

/** A half-dead instance is repaired: what has ended is started again, the rest is left alone. */
export async function forgetTheDead(file: StateFile<Instance>): Promise<void> {
  const alive = await Promise.all(file.state.processes.map((one) => isSameProcess(one.pid, one.identity)));
  file.state.processes = file.state.processes.filter((_one, index) => alive[index]);
}

/** Stops those of the named processes that run, one after the other, and says so. `why` is shown. */
export async function stopNamed(
  file: StateFile<Instance>,
  names: readonly string[],
  why: string,
  onProgress: StartOptions['onProgress'],
): Promise<void> {
  for (const name of names) {
    const record = file.state.processes.find((one) => one.name === name);
    if (!record) continue;
    onProgress({ process: name, state: 'stopping', detail: why });
    await stopProcess(record, STOP_GRACE_MS);
    file.state.processes = file.state.processes.filter((one) => one !== record);
    await file.save();
  }
}

/** Longest wait after SIGTERM: requests and tasks in hand are finished or handed back. */
export const STOP_GRACE_MS = 15_000;

/**
 * Resolves with the names of those that this call has started.
 * @throws StartFailedError with the last log lines of the one that failed, or the signal's reason
 */
export async function startProcesses(
  file: StateFile<Instance>,
  stages: readonly (readonly ProcessSpec[])[],
  options: StartOptions,
): Promise<string[]> {
  const started: ProcessRecord[] = [];
  const giveUp = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, giveUp.signal]) : giveUp.signal;
  const start = async (spec: ProcessSpec): Promise<void> => {
    const running = file.state.processes.find(({ name }) => name === spec.name);
    if (running?.ready !== undefined) {
      options.onProgress({ process: spec.name, state: 'running-already' });
      return;
    }
    options.onProgress({ process: spec.name, state: 'starting' });
    // One that runs but was never ready is left over from an `up` that was killed: its wait goes on here.
    const record = running ?? (await spawnDetached(spec));
    if (!running) {
      started.push(record);
      file.state.processes.push(record);
      await file.save();
    }
    record.ready = await waitUntilReady(spec, record, signal);
    await file.save();
    options.onProgress({ process: spec.name, state: 'ready', detail: record.ready });
  };
  try {
    for (const stage of stages) {
      const starts = stage.map((spec) => start(spec).catch((error) => giveUp.abort(error)));
      // All of them, so that nothing is spawned after the clean-up has begun.
      await Promise.all(starts);
      signal.throwIfAborted();
    }
  } catch (error) {
    await Promise.all(started.map((record) => stopProcess(record, 10_000)));
    file.state.processes = file.state.processes.filter((one) => !started.includes(one));
    await file.save();
    throw error;
  }
  return started.map(({ name }) => name);
}
