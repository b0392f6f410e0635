/**
 * What of an instance runs, without starting or changing anything.
 */
import { access } from 'node:fs/promises';
import { ConfigurationError } from '../../errors.ts';
import { type Instance, inFolder, openInstance, type Ports } from './instance.ts';
import { isSameProcess } from './process-identity.ts';

export interface ProcessStatus {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  readonly ready?: string;
  readonly logFile: string;
}

export interface InstanceStatus {
  readonly instance: Instance;
  readonly ports: Ports;
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
  const processes = await Promise.all(
    found.state.processes.map(async ({ name, pid, identity, ready, logFile }) => ({
      name,
      pid,
      running: await isSameProcess(pid, identity),
      ...(ready === undefined ? {} : { ready }),
      logFile,
    })),
  );
  return {
    instance: found.state,
    ports,
    processes,
    temporal: processes.some(({ name }) => name === 'temporal'),
  };
}
