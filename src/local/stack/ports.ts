/**
 * Loopback ports: is one free, which ones are.
 */
import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { ConfigurationError } from '../../errors.ts';

export interface PortUse {
  readonly port: number;
  /** E.g. "Temporal's UI". */
  readonly purpose: string;
  /** The option that chooses another, e.g. `--ui-port`. */
  readonly flag: string;
}

/** @throws ConfigurationError that names every taken port, what it is for, and the option to choose another */
export async function assertPortsFree(uses: readonly PortUse[]): Promise<void> {
  const twice = uses.find((use, index) => uses.findIndex((other) => other.port === use.port) !== index);
  if (twice) throw new ConfigurationError(`port ${twice.port} is asked for twice (${twice.flag})`);
  const free = await Promise.all(uses.map(({ port }) => isFree(port)));
  const taken = uses.filter((_use, index) => !free[index]);
  if (taken.length === 0) return;
  const list = taken.map(({ port, purpose }) => `port ${port} (${purpose})`).join(', ');
  throw new ConfigurationError(`${list} ${taken.length === 1 ? 'is' : 'are'} taken by another program`, {
    advice: `Choose another with ${taken.map(({ flag }) => `${flag} <port>`).join(', ')}; 0 takes any free one.`,
  });
}

/** Below the ports that systems give to whoever asks for any one (Linux: from 32768, macOS: from 49152). */
const LOWEST = 20_000;
const HIGHEST = 31_999;

/**
 * `count` different ports that nothing listens on now. A port that the system would choose may be another program's
 * before it is listened on: of a connection of its own, for example.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries > 100 * count) throw new ConfigurationError(`no ${count} free ports were found`);
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

async function isFree(port: number): Promise<boolean> {
  try {
    await close(await listen(port));
    return true;
  } catch {
    return false;
  }
}

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
