/**
 * `slipway local down`: stops exactly what `up` has started, workers first, and removes the instance's
 * containers. What it knows (history, images, services) stays for the next `up`, unless it is wiped.
 */
import { access, rm, rmdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { findTool } from '../../tools.ts';
import { connectEngine } from '../docker/engine.ts';
import { removeInstance } from '../docker/remove.ts';
import { assertEngineAnswers, removeImages } from './engine.ts';
import { inFolder, openInstance, type ProcessRecord } from './instance.ts';
import { withLock } from './lock.ts';
import { STOP_GRACE_MS } from './start-processes.ts';
import { type StopOutcome, stopProcess } from './stop-process.ts';

export interface DownOptions {
  /** Absolute. */
  readonly folder: string;
  readonly wipe: boolean;
  readonly env: NodeJS.ProcessEnv;
}

export interface DownResult {
  readonly processes: readonly { readonly name: string; readonly outcome: StopOutcome }[];
  readonly containers: number;
  /** False where no instance was ever started in the folder. */
  readonly existed: boolean;
}

/** Stopped last to first; Temporal outlives the workers so that they can tell it that they leave. */
const ORDER: readonly string[] = ['temporal', 'registry', 'aws'];

export async function down(options: DownOptions): Promise<DownResult> {
  const files = inFolder(options.folder);
  if (!(await exists(files.instanceFile))) return { processes: [], containers: 0, existed: false };
  const result = await withLock(files.lockFile, async () => {
    const file = await openInstance(options.folder, '');
    const workers = file.state.processes.filter(({ name }) => !ORDER.includes(name));
    const processes = await Promise.all(workers.map(stop));
    for (const name of [...ORDER].reverse()) {
      const record = file.state.processes.find((one) => one.name === name);
      if (record) processes.push(await stop(record));
    }
    file.state.processes = [];
    delete file.state.parts;
    await file.save();
    const program = await findTool('docker', options.env);
    await assertEngineAnswers(program);
    const { docker } = await connectEngine();
    const containers = await removeInstance(docker, file.state.id);
    if (options.wipe && file.state.ports) await removeImages(program, `localhost:${file.state.ports.aws}`);
    return { processes, containers, existed: true };
  });
  if (options.wipe) await wipe(options.folder);
  return result;
}

const stop = async (record: ProcessRecord) => ({
  name: record.name,
  outcome: await stopProcess(record, STOP_GRACE_MS),
});

/** The folder may be any that the user has named: only what `up` has put there goes. */
async function wipe(folder: string): Promise<void> {
  const { temporalDatabase, ...files } = inFolder(folder);
  const databases = ['', '-shm', '-wal'].map((suffix) => `${temporalDatabase}${suffix}`);
  for (const path of [...databases, ...Object.values(files)])
    await rm(path, { recursive: true, force: true });
  await rmdir(folder).catch(() => undefined);
  // The default folder is one that `up` has made inside another of its making.
  if (basename(dirname(folder)) === '.slipway') await rmdir(dirname(folder)).catch(() => undefined);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
