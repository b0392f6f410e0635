// Service Connect's stand-in: a proxy on the Docker network's gateway. Which alias is meant it tells by who calls
// (each namespace has its own names), by the port, and for HTTP by the Host header. Several aliases may share a port;
// a port stays open as long as one alias uses it.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Listening, listenOn } from '../wire/listen.ts';
import { createAliasServer } from './alias-server.ts';
import { hostOf } from './conditions.ts';
import type { Alias, NamespaceOf, ServiceConnect } from './service-connect.ts';
import type { TargetPools } from './target-pools.ts';

export interface AliasProxy extends ServiceConnect {
  close(): Promise<void>;
}

/** Where the gateway cannot be bound, as on Docker Desktop, containers come in through the host's loopback. */
const fallback = '127.0.0.1';

export function createAliasProxy(pools: TargetPools, log: (line: string) => void): AliasProxy {
  /** By their ARN. */
  const aliases = new Map<string, Alias>();
  const ports = new Map<number, Promise<Listening>>();
  const passed = new Set<Socket>();
  let addresses: readonly string[] | undefined;
  let namespaceOf: NamespaceOf = () => undefined;

  /** What the caller may mean on the port: the aliases of its namespace, or of all where it is not known. */
  const meant = (socket: Socket, port: number): Alias[] => {
    const namespace = namespaceOf((socket.remoteAddress ?? '').replace(/^::ffff:/, ''));
    return [...aliases.values()].filter(
      (alias) => alias.port === port && (namespace === undefined || alias.namespace === namespace),
    );
  };

  const byHost = (request: IncomingMessage, port: number) => {
    const name = hostOf(request);
    const [found, ...others] = meant(request.socket, port).filter(
      (alias) => alias.name.toLowerCase() === name,
    );
    if (found === undefined) return undefined;
    if (others.length === 0) return pools.pool(aliasArn(found));
    const namespaces = [found, ...others].map((alias) => alias.namespace).join(', ');
    const from = request.socket.remoteAddress;
    log(`a call of ${name}:${port} from ${from} is refused: it is not known which of ${namespaces} it means`);
    return undefined;
  };

  const byPort = (socket: Socket, port: number) => {
    const [only, ...others] = meant(socket, port);
    return only?.protocol === 'tcp' && others.length === 0 ? pools.pool(aliasArn(only)) : undefined;
  };

  const openPort = (port: number): Promise<Listening> => {
    const known = ports.get(port);
    if (known !== undefined) return known;
    const opened = listenWhereverPossible(port, addresses ?? []);
    ports.set(port, opened);
    opened.catch(() => ports.delete(port));
    return opened;
  };

  const listenWhereverPossible = async (port: number, wanted: readonly string[]): Promise<Listening> => {
    const create = () =>
      createAliasServer({
        http: (request) => byHost(request, port),
        tcp: (socket) => byPort(socket, port),
        passed,
      });
    try {
      return await listenOn(create, port, wanted);
    } catch (error) {
      if ((error as Error).name === 'PortTakenError') throw error;
      log(`aliases on port ${port}: ${(error as Error).message}; listening on ${fallback} instead`);
      return listenOn(create, port, [fallback]);
    }
  };

  const closePort = async (port: number, listening: Listening): Promise<void> => {
    for (const socket of passed) if (socket.localPort === port) socket.destroy();
    await listening.close();
  };

  return {
    openAlias(alias) {
      const arn = aliasArn(alias);
      aliases.set(arn, alias);
      pools.add(arn, () => ({
        healthCheck: undefined,
        readyWithinMs: 30_000,
        deregistrationDelayMs: 30_000,
      }));
      if (addresses !== undefined) {
        openPort(alias.port).catch((error: Error) =>
          log(`alias ${alias.name}:${alias.port} cannot be served: ${error.message}`),
        );
      }
      return arn;
    },
    closeAlias(alias) {
      aliases.delete(aliasArn(alias));
      pools.remove(aliasArn(alias));
      if ([...aliases.values()].some((each) => each.port === alias.port)) return;
      const listening = ports.get(alias.port);
      ports.delete(alias.port);
      listening?.then((each) => closePort(alias.port, each)).catch(() => undefined);
    },
    async listenAt(wanted, tellNamespace) {
      addresses = wanted;
      if (tellNamespace !== undefined) namespaceOf = tellNamespace;
      await Promise.all([...aliases.values()].map((alias) => openPort(alias.port)));
    },
    async close() {
      const open = await Promise.allSettled(ports.values());
      ports.clear();
      for (const socket of passed) socket.destroy();
      await Promise.all(open.map((each) => (each.status === 'fulfilled' ? each.value.close() : undefined)));
    },
  };
}

/** Of no AWS service: it only has to be unlike any target group's. */
function aliasArn({ namespace, name, port }: Omit<Alias, 'protocol'>): string {
  return `arn:local:service-connect:::alias/${namespace}/${name.toLowerCase()}:${port}`;
}
