/**
 * Finds the programs that the local stack starts: environment variable → PATH → the cache that
 * `script/setup` fills. Nothing is downloaded here.
 */
import { access, constants, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { MissingToolError } from './errors.ts';

export type ToolName = 'temporal' | 'registry' | 'buildx' | 'docker';

export interface Tool {
  readonly variable: string;
  /** File names to look for on PATH and in the cache. */
  readonly programs: readonly string[];
  /** Folders beyond PATH where an installation puts it. */
  readonly folders: readonly string[];
  readonly what: string;
  readonly why: string;
}

/** Where Docker's installers put CLI plugins (docs.docker.com, "CLI plugins"). */
const pluginFolders = [
  join(homedir(), '.docker/cli-plugins'),
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
];

export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  temporal: {
    variable: 'SLIPWAY_TEMPORAL',
    programs: ['temporal'],
    folders: [],
    what: 'the Temporal CLI (temporal)',
    why: 'its dev server keeps the state of every release',
  },
  registry: {
    variable: 'SLIPWAY_REGISTRY',
    programs: ['docker-registry', 'registry'],
    folders: [],
    what: "Docker's registry (docker-registry)",
    why: 'it stores the images that the local ECR hands out',
  },
  buildx: {
    variable: 'SLIPWAY_BUILDX',
    programs: ['docker-buildx', 'buildx'],
    folders: pluginFolders,
    what: 'Docker buildx (docker-buildx)',
    why: 'it builds the images',
  },
  docker: {
    variable: 'SLIPWAY_DOCKER',
    programs: ['docker'],
    folders: [],
    what: 'the Docker CLI (docker)',
    why: 'the local services run as containers',
  },
};

/** Absolute path of the tool. @throws MissingToolError that says what, why, and how to get it */
export async function findTool(name: ToolName, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const tool = TOOLS[name];
  const named = env[tool.variable];
  if (named) {
    if (isAbsolute(named) && (await isProgram(named))) return named;
    throw new MissingToolError(`${tool.variable}=${named} is not a program with an absolute path`, {
      advice: `Unset ${tool.variable}, or let it name ${tool.what}.`,
    });
  }
  const folders = [...(env.PATH ?? '').split(delimiter).filter(isAbsolute), ...tool.folders, toolFolder(env)];
  for (const folder of folders) {
    for (const program of tool.programs) {
      const path = join(folder, program);
      if (await isProgram(path)) return path;
    }
  }
  throw new MissingToolError(`${tool.what} was not found, and ${tool.why}`, {
    advice: `Run script/setup, which gets it, or set ${tool.variable} to its path.`,
  });
}

/** Where `script/setup` puts what it has fetched or built. */
export function toolFolder(env: NodeJS.ProcessEnv = process.env): string {
  const cache =
    env.SLIPWAY_CACHE || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'slipway');
  return join(cache, 'bin');
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
