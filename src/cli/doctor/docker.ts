/**
 * Docker, the programs beside it, and whether programs of both architectures run here.
 */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import {
  type DockerPrograms,
  type EngineInfo,
  findEngineEnvironment,
  readEngineInfo,
} from '../../build/docker-cli.ts';
import { proveArchitecture } from '../../build/prove-architecture.ts';
import { SlipwayError } from '../../errors.ts';
import type { Architecture } from '../../release/plan.ts';
import { findTool, type ToolName } from '../../tools.ts';
import { broken, type Check, type Finding, ok, warning } from './finding.ts';

const GET_DOCKER =
  'start Docker (`sudo systemctl start docker`, or Docker Desktop), or: export DOCKER_HOST=<address of an engine>';

/** What the checks of Docker share: each is asked for once. */
export interface Engine {
  readonly programs: () => Promise<DockerPrograms>;
  readonly info: () => Promise<EngineInfo>;
  /** Removes what was put on the disk for it. */
  readonly close: () => Promise<void>;
}

export function openEngine(env: NodeJS.ProcessEnv): Engine {
  const scratch = join(tmpdir(), `slipway-doctor-${process.pid}`);
  const cli = once(async (): Promise<DockerPrograms> => {
    const docker = await findTool('docker', env);
    return { docker, buildx: '', engineEnv: await findEngineEnvironment(docker, env), scratch };
  });
  return {
    info: once(async () => readEngineInfo(await cli())),
    programs: once(async () => ({ ...(await cli()), buildx: await findTool('buildx', env) })),
    close: () => rm(scratch, { recursive: true, force: true }),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export function dockerCheck(engine: Engine, env: NodeJS.ProcessEnv): Check {
  const about = { id: 'machine.docker', what: 'Docker' } as const;
  return {
    ...about,
    fix: GET_DOCKER,
    run: async (signal) => {
      try {
        const { architecture } = await engine.info();
        const docker = await findTool('docker', env);
        const args = ['version', '--format', '{{.Server.Version}}'];
        const { stdout } = await execa(docker, args, { env, reject: false, cancelSignal: signal });
        return [ok(about, `engine ${stdout.trim()}, ${architecture}`)];
      } catch (error) {
        return [
          broken(
            about,
            messageOf(error),
            error instanceof SlipwayError && error.type === 'MissingTool'
              ? (error.advice ?? GET_DOCKER)
              : GET_DOCKER,
          ),
        ];
      }
    },
  };
}

export function toolCheck(name: ToolName, isNeeded: boolean, env: NodeJS.ProcessEnv): Check {
  const about = { id: `machine.${name}`, what: name } as const;
  const fix = `script/setup   (or: export SLIPWAY_${name.toUpperCase()}=<path>)`;
  return {
    ...about,
    fix,
    run: async (signal) => {
      try {
        const path = await findTool(name, env);
        const { stdout } = await execa(path, [name === 'buildx' ? 'version' : '--version'], {
          env,
          reject: false,
          cancelSignal: signal,
        });
        return [ok(about, stdout.split('\n', 1)[0]?.trim() || path)];
      } catch (error) {
        const says = messageOf(error);
        return [
          isNeeded
            ? broken(about, says, fix)
            : warning(about, `${says}; only \`slipway local\` needs it`, fix),
        ];
      }
    },
  };
}

/** Builds and runs the smallest of programs. */
export function architectureCheck(architecture: Architecture, engine: Engine, isNeeded: boolean): Check {
  const about = { id: `machine.architecture.${architecture}`, what: `runs ${architecture}` } as const;
  const emulate = `docker run --privileged --rm tonistiigi/binfmt --install ${architecture}   (or script/setup)`;
  return {
    ...about,
    fix: emulate,
    run: async (signal): Promise<readonly Finding[]> => {
      try {
        const { mode } = await proveArchitecture(await engine.programs(), architecture, signal);
        return [ok(about, mode === 'native' ? 'native' : 'emulated: builds take several times as long')];
      } catch (error) {
        const { architecture: own } = await engine.info().catch(() => ({ architecture: undefined }));
        if (own === undefined)
          return [{ ...about, state: 'not-asked', says: 'no Docker engine answers', fix: undefined }];
        const says = messageOf(error);
        if (own === architecture) return [broken(about, says, 'script/setup')];
        return [isNeeded ? broken(about, says, emulate) : warning(about, says, emulate)];
      }
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
