/**
 * Docker and buildx as programs: where they are, and the scrubbed environment they run in. A build sees no
 * credentials; a login lives in a private folder that is gone after the push.
 */
import { MissingToolError, TransientError } from '../errors.ts';
import { cleanEnvironment } from '../process/clean-environment.ts';
import { withRunFolder } from '../process/run-folder.ts';
import { runProcess } from '../process/run-process.ts';

export interface DockerPrograms {
  readonly docker: string;
  /** Run on its own (`docker-buildx build …`), so that no plug-in folder has to be found. */
  readonly buildx: string;
  /** DOCKER_HOST and its kin, as given to this worker; empty for the default socket. */
  readonly engineEnv: Readonly<Record<string, string>>;
  /** Where the private folders are made; those of killed workers are removed with the next use. */
  readonly scratch: string;
}

const ENGINE_VARIABLES = [
  'DOCKER_HOST',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'DOCKER_API_VERSION',
] as const;

const pick = (
  from: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = from[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );

/**
 * How this worker reaches its engine. The person's Docker context counts (Docker Desktop, Colima), though the
 * private configuration that builds and pushes run with knows no contexts.
 */
export async function findEngineEnvironment(
  docker: string,
  from: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Readonly<Record<string, string>>> {
  const given = pick(from, ENGINE_VARIABLES);
  if (given.DOCKER_HOST !== undefined) return given;
  const format = '{{.Endpoints.docker.Host}}';
  const result = await runProcess([docker, 'context', 'inspect', '--format', format], {
    cwd: '/',
    env: pick(from, ['PATH', 'HOME', 'DOCKER_CONFIG', 'DOCKER_CONTEXT']),
    timeoutMs: 20_000,
  });
  const host = result.tail.trim();
  const isHost = result.exitCode === 0 && /^(unix|tcp|ssh|npipe):\/\/\S+$/.test(host);
  return isHost ? { ...given, DOCKER_HOST: host } : given;
}

/** Gives `work` a fresh private folder as HOME, TMPDIR and DOCKER_CONFIG, and removes it whatever happens. */
export const withPrivateDocker = <T>(
  programs: DockerPrograms,
  work: (env: Readonly<Record<string, string>>, folder: string) => Promise<T>,
): Promise<T> =>
  // Readable for this user alone (mode 0700).
  withRunFolder(programs.scratch, (folder) =>
    work(
      {
        ...cleanEnvironment({ home: folder, temporary: folder }),
        ...programs.engineEnv,
        DOCKER_CONFIG: folder,
      },
      folder,
    ),
  );

export interface EngineInfo {
  /** Stable for the life of the engine's data folder. */
  readonly id: string;
  /** As Go spells it: `amd64`, `arm64`. */
  readonly architecture: string;
}

/** @throws MissingToolError (no such program), TransientError (no engine answers) */
export const readEngineInfo = (programs: DockerPrograms, signal?: AbortSignal): Promise<EngineInfo> =>
  withPrivateDocker(programs, async (env, folder) => {
    const format = '{{.ID}}\t{{.Architecture}}';
    const result = await runProcess([programs.docker, 'info', '--format', format], {
      cwd: folder,
      env,
      timeoutMs: 20_000,
      signal,
    });
    const [id, machine] = result.tail.trim().split('\n').at(-1)?.split('\t') ?? [];
    if (result.exitCode === 127 || result.exitCode === 126) {
      throw new MissingToolError(`${programs.docker} cannot be run`, { advice: 'run script/setup' });
    }
    if (result.exitCode !== 0 || !id || !machine) {
      throw new TransientError(`no Docker engine answers: ${result.tail.trim().split('\n').at(-1) ?? ''}`, {
        advice: 'start Docker, or set DOCKER_HOST',
      });
    }
    return { id, architecture: MACHINES[machine] ?? machine };
  });

/** `docker info` says it as `uname -m` does. */
const MACHINES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };
