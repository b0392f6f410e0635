// Connects to the Docker engine with an API version that both sides know.
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import Docker from 'dockerode';

/** The newest API that this code was written against; newer engines still speak it. */
const newestKnown = [1, 51] as const;

export interface Engine {
  readonly docker: Docker;
  /** By a new connection: one that is going down answers on those it has, and takes no new ones. */
  answers(): Promise<boolean>;
  /** e.g. `1.41` */
  readonly apiVersion: string;
  /** Docker Desktop and its like: the engine runs in a virtual machine, its network is not the host's. */
  readonly inVirtualMachine: boolean;
}

/** `options` as dockerode takes them; none means DOCKER_HOST or the default socket. Throws with what to do. */
export async function connectEngine(options: Docker.DockerOptions = {}): Promise<Engine> {
  const probe = new Docker(options);
  let offered: string;
  try {
    offered = (await probe.version()).ApiVersion;
  } catch (error) {
    throw new Error(
      `No Docker engine answers (${(error as Error).message}). Start Docker, or point DOCKER_HOST at an engine.`,
      { cause: error },
    );
  }
  const apiVersion = older(offered, newestKnown.join('.'));
  const docker = new Docker({ ...options, version: `v${apiVersion}` });
  const info: unknown = await docker.info();
  const system = String((info as { OperatingSystem?: unknown }).OperatingSystem ?? '');
  // Containers are Linux: on any other system, and with Docker Desktop on Linux, the engine has a machine of its own.
  const inVirtualMachine = process.platform !== 'linux' || /docker desktop/i.test(system);
  const answers = (): Promise<boolean> => answersOnNewConnection(options);
  return { docker, answers, apiVersion, inVirtualMachine };
}

async function answersOnNewConnection(options: Docker.DockerOptions): Promise<boolean> {
  const docker = new Docker(options);
  const modem = docker.modem as { protocol?: string; agent?: Agent };
  const agent = new (modem.protocol === 'https' ? SecureAgent : Agent)({ keepAlive: false });
  modem.agent = agent;
  try {
    await docker.ping();
    return true;
  } catch (error) {
    return !isUnreachable(error);
  } finally {
    agent.destroy();
  }
}

export function atLeast(version: string, wanted: string): boolean {
  return older(version, wanted) === wanted;
}

function older(a: string, b: string): string {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor < bMajor || (aMajor === bMajor && aMinor < bMinor) ? a : b;
}

/** HTTP status of an engine's refusal, if it is one. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

/** The engine's own sentence, without dockerode's frame around it: `(HTTP code 500) server error - … `. */
export function messageOf(error: unknown): string {
  const message = (error as { json?: { message?: unknown } } | null)?.json?.message;
  if (typeof message === 'string') return message.trim();
  // Where the answer was to be a stream, dockerode has the sentence in its own message only.
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
}

/** The engine did not answer at all: it is down or restarts, and may be back in a moment. */
export function isUnreachable(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return (
    unreachable.has(String(code)) ||
    (typeof message === 'string' && /socket hang up|ECONNRESET/.test(message))
  );
}

const unreachable = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH']);
