/**
 * What of an instance runs, without starting or changing anything.
 */
import { access } from 'node:fs/promises';
import { ConfigurationError } from '../../errors.ts';
import { type Instance, inFolder, logFileOf, openInstance, type Ports } from './instance.ts';
import { isSameProcess } from './process-identity.ts';

export interface ProcessStatus {
  readonly name: string;
  /** Absent where it could not be started. */
  readonly pid?: number;
  readonly running: boolean;
  readonly ready?: string;
  /** Absent where it never ran. */
  readonly logFile?: string;
}

export interface InstanceStatus {
  readonly instance: Instance;
  readonly ports: Ports;
  /** All that shall run, whether or not they do; none after `down`. */
  readonly processes: readonly ProcessStatus[];
  readonly temporal: boolean;
}

/** @throws ConfigurationError where no instance was started in the folder */
export async function status(folder: string): Promise<InstanceStatus> {
  const found = await access(inFolder(folder).instanceFile).then(
    () => openInstance(folder, ''),
    () => undefined,
  );
  const ports = found?.state.ports;
  if (!found || !ports) {
    throw new ConfigurationError(`there is no local instance in ${folder}`, {
      advice: 'Start one with `slipway local up`, or name its folder with --folder.',
    });
  }
  const recorded = await Promise.all(
    found.state.processes.map(async ({ name, pid, identity, ready, logFile }) => ({
      name,
      pid,
      running: await isSameProcess(pid, identity),
      ...(ready === undefined ? {} : { ready }),
      logFile,
    })),
  );
  const parts = found.state.parts ?? [];
  const missing = parts.filter((part) => !recorded.some(({ name }) => name === part));
  const all = [...recorded, ...(await Promise.all(missing.map((name) => notRunning(folder, name))))];
  // They are recorded as they came up: shown in the order in which they need each other.
  const processes = all.toSorted((one, other) => parts.indexOf(one.name) - parts.indexOf(other.name));
  return {
    instance: found.state,
    ports,
    processes,
    temporal: processes.some(({ name }) => name === 'temporal'),
  };
}

/** What an `up` that has failed did not get to run, and stopped again. */
async function notRunning(folder: string, name: string): Promise<ProcessStatus> {
  const logFile = logFileOf(folder, name);
  const ran = await access(logFile).then(
    () => true,
    () => false,
  );
  return { name, running: false, ...(ran && { logFile }) };
}
