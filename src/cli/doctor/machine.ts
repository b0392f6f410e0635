/**
 * This machine: Node, git, Docker, buildx, and whether programs of both architectures run here.
 */
import { readFileSync } from 'node:fs';
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
import { shellWord } from '../../client/shell-word.ts';
import { SlipwayError } from '../../errors.ts';
import type { Architecture } from '../../release/plan.ts';
import { findTool, type ToolName } from '../../tools.ts';
import { broken, type Check, type Finding, ok, warning } from './finding.ts';

const GET_DOCKER =
  'start Docker (`sudo systemctl start docker`, or Docker Desktop), or: export DOCKER_HOST=<address of an engine>';

export function nodeCheck(version = process.version): Check {
  const about = { id: 'machine.node', what: 'Node' } as const;
  const wanted = wantedNode();
  const fix = `install Node ${wanted}, for example: nvm install 22`;
  return {
    ...about,
    fix,
    run: async () => {
      const needed = wanted.replace(/^\D+/, '');
      return [
        isAtLeast(version.slice(1), needed)
          ? ok(about, version)
          : broken(about, `${version}; ${wanted} is needed`, fix),
      ];
    },
  };
}

function wantedNode(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { engines: { node: string } }).engines.node;
}

function isAtLeast(version: string, needed: string): boolean {
  const [have, want] = [version, needed].map((text) => text.split('.').map(Number));
  for (const [index, number] of (want ?? []).entries()) {
    const own = have?.[index] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}

export function gitCheck(): Check {
  const about = { id: 'machine.git', what: 'git' } as const;
  const fix = 'install git, for example: apt-get install git';
  return {
    ...about,
    fix,
    run: async (signal) => {
      const { exitCode, stdout } = await execa('git', ['--version'], { reject: false, cancelSignal: signal });
      return [
        exitCode === 0
          ? ok(about, stdout.replace('git version ', ''))
          : broken(about, 'git cannot be run', fix),
      ];
    },
  };
}

/** Where the workers fetch commits from. A warning: they may have an address of their own. */
export function remoteCheck(top: string | undefined): Check {
  const about = { id: 'machine.remote', what: 'git remote' } as const;
  const fix = 'git push --set-upstream origin HEAD   (after `git remote add origin <address>`)';
  return {
    ...about,
    fix,
    run: async (signal) => {
      if (top === undefined)
        return [
          warning(about, 'there is no git repository here', 'run it inside the repository of your app'),
        ];
      const env = { GIT_TERMINAL_PROMPT: '0', GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=8' };
      const git = (args: readonly string[]) =>
        execa('git', args, { cwd: top, env, reject: false, cancelSignal: signal, stdin: 'ignore' });
      const [head, remote] = [
        await git(['rev-parse', 'HEAD']),
        await git(['ls-remote', '--heads', '--tags', 'origin']),
      ];
      if (head.exitCode !== 0)
        return [warning(about, 'there is no commit yet', 'git add --all && git commit')];
      if (remote.exitCode !== 0) {
        return [
          warning(
            about,
            'there is no remote `origin` that answers; `slipway local` needs none, workers elsewhere do',
            fix,
          ),
        ];
      }
      const sha = head.stdout.trim();
      const contains = await git(['branch', '--remotes', '--contains', sha]);
      const isThere = remote.stdout.includes(sha) || contains.stdout.trim() !== '';
      return [
        isThere
          ? ok(about, `origin has ${sha.slice(0, 12)}`)
          : warning(
              about,
              `origin does not have ${sha.slice(0, 12)}: workers elsewhere cannot fetch it`,
              'git push',
            ),
      ];
    },
  };
}

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

/** Tests of the repository run there, and a control worker holds the git credential: neither may hold one of AWS. */
export function noCredentialsCheck(role: 'control' | 'checks', env: NodeJS.ProcessEnv): Check {
  const about = { id: 'machine.credentials', what: 'no AWS credentials' } as const;
  const names = Object.keys(env).filter((name) =>
    /^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|PROFILE|WEB_IDENTITY_TOKEN_FILE|CONTAINER_CREDENTIALS_.*)$/.test(
      name,
    ),
  );
  const fix = `unset ${names.map(shellWord).join(' ')}`;
  return {
    ...about,
    fix,
    run: async () => [
      names.length === 0
        ? ok(about, 'none in the environment, as it should be')
        : warning(
            about,
            `${names.join(', ')} set: a ${role} worker needs no AWS rights, and should have none`,
            fix,
          ),
    ],
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
