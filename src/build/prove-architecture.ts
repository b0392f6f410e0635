/** A build worker proves at its start that its engine can build *and run* its architecture. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MissingToolError } from '../errors.ts';
import { runProcess } from '../process/run-process.ts';
import type { Architecture } from '../release/plan.ts';
import { type DockerPrograms, type EngineInfo, readEngineInfo, withPrivateDocker } from './docker-cli.ts';
import { probeProgram } from './probe-program.ts';

export interface ArchitectureProof {
  readonly engine: EngineInfo;
  readonly mode: 'native' | 'emulated';
}

const DOCKERFILE = 'FROM scratch\nCOPY probe /probe\nRUN ["/probe"]\n';

/** @throws MissingToolError (cannot run it, buildx missing), TransientError (no engine) */
export const proveArchitecture = async (
  programs: DockerPrograms,
  architecture: Architecture,
  signal?: AbortSignal,
): Promise<ArchitectureProof> => {
  const engine = await readEngineInfo(programs, signal);
  await withPrivateDocker(programs, async (env, folder) => {
    await writeFile(join(folder, 'Dockerfile'), DOCKERFILE);
    await writeFile(join(folder, 'probe'), probeProgram(architecture), { mode: 0o755 });
    const argv = [
      programs.buildx,
      'build',
      '--platform',
      `linux/${architecture}`,
      '--provenance=false',
    ] as const;
    const result = await runProcess(
      [...argv, '--no-cache', '--progress=plain', '--output', 'type=cacheonly', '--', folder],
      {
        cwd: folder,
        env,
        timeoutMs: 120_000,
        signal,
      },
    );
    if (result.exitCode === 0) return;
    const last = result.tail.trim().split('\n').at(-1) ?? '';
    throw new MissingToolError(
      `this Docker engine (${engine.architecture}) cannot run linux/${architecture}: ${last}`,
      {
        advice:
          architecture === engine.architecture
            ? 'run script/setup, which installs buildx'
            : 'register an emulator (script/setup; Debian: qemu-user-static and binfmt-support), or run this worker on such a machine',
      },
    );
  });
  return { engine, mode: engine.architecture === architecture ? 'native' : 'emulated' };
};
