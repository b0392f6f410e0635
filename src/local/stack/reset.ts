/**
 * `slipway local reset`: the local AWS is empty again, under the same addresses and credentials. Temporal, the
 * workers and what they remember are left alone.
 */
import { access } from 'node:fs/promises';
import { type Content, cloudContents } from './cloud-contents.ts';
import { emptyCloud } from './empty-cloud.ts';
import { assertEngineAnswers } from './engine.ts';
import { inFolder, openInstance } from './instance.ts';
import { withLock } from './lock.ts';
import { processStages } from './process-specs.ts';
import { forgetTheDead, type StartOptions, startProcesses } from './start-processes.ts';
import { findTools, writeRegistryConfig } from './up.ts';

export interface ResetOptions extends StartOptions {
  /** Absolute. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface ResetResult {
  /** False where no instance was ever started in the folder. */
  readonly existed: boolean;
  readonly removed: readonly Content[];
  /** Those of tasks, running or not. */
  readonly containers: number;
  /** Whether the instance ran, and therefore runs again. */
  readonly running: boolean;
}

/** @throws MissingToolError, ConfigurationError (another command is at work), StartFailedError */
export async function reset({ folder, env, ...start }: ResetOptions): Promise<ResetResult> {
  const files = inFolder(folder);
  const existed = await access(files.instanceFile).then(
    () => true,
    () => false,
  );
  if (!existed) return { existed, removed: [], containers: 0, running: false };
  return withLock(files.lockFile, async () => {
    const tools = await findTools({ only: 'aws', env });
    await assertEngineAnswers(tools.docker);
    const file = await openInstance(folder, '');
    await forgetTheDead(file);
    const running = file.state.processes.length > 0;
    const removed = await cloudContents(folder);
    const containers = await emptyCloud(file, folder, start.onProgress);
    const { ports } = file.state;
    if (running && ports) {
      await writeRegistryConfig(folder, ports);
      const plan = { folder, only: 'aws', repositories: {}, env } as const;
      await startProcesses(file, processStages(plan, tools, file.state, ports), start);
    }
    return { existed, removed, containers, running };
  });
}
