// Service Connect's stand-in: a proxy on the Docker network's gateway that routes by Host header.
// Several aliases may share a port; a port stays open as long as one alias uses it.
import type { IncomingMessage } from 'node:http';
import { type Listening, listenOn } from '../wire/listen.ts';
import { createForwardingServer } from './proxy-server.ts';
import type { Alias, ServiceConnect } from './service-connect.ts';
import type { TargetPools } from './target-pools.ts';

export interface AliasProxy extends ServiceConnect {
  close(): Promise<void>;
}

/** Where the gateway cannot be bound, as on Docker Desktop, containers come in through the host's loopback. */
const fallback = '127.0.0.1';

export function createAliasProxy(pools: TargetPools, log: (line: string) => void): AliasProxy {
  const aliases = new Map<string, Alias>();
  const ports = new Map<number, Promise<Listening>>();
  let addresses: readonly string[] | undefined;

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
      createForwardingServer((request) => {
        const alias = aliases.get(aliasKey({ name: hostName(request), port }));
        return alias === undefined ? undefined : pools.pool(aliasArn(alias));
      });
    try {
      return await listenOn(create, port, wanted);
    } catch (error) {
      if ((error as Error).name === 'PortTakenError') throw error;
      log(`aliases on port ${port}: ${(error as Error).message}; listening on ${fallback} instead`);
      return listenOn(create, port, [fallback]);
    }
  };

  return {
    openAlias(alias) {
      const arn = aliasArn(alias);
      aliases.set(aliasKey(alias), alias);
      pools.add(arn, () => ({
        healthCheck: undefined,
        readyWithinMs: 30_000,
        deregistrationDelayMs: 30_000,
      }));
      if (addresses !== undefined) {
        openPort(alias.port).catch((error: Error) =>
          log(`alias ${aliasKey(alias)} cannot be served: ${error.message}`),
        );
      }
      return arn;
    },
    closeAlias(alias) {
      aliases.delete(aliasKey(alias));
      pools.remove(aliasArn(alias));
      if ([...aliases.values()].some((each) => each.port === alias.port)) return;
      const listening = ports.get(alias.port);
      ports.delete(alias.port);
      listening?.then((each) => each.close()).catch(() => undefined);
    },
    async listenAt(wanted) {
      addresses = wanted;
      await Promise.all([...aliases.values()].map((alias) => openPort(alias.port)));
    },
    async close() {
      const open = await Promise.allSettled(ports.values());
      ports.clear();
      await Promise.all(open.map((each) => (each.status === 'fulfilled' ? each.value.close() : undefined)));
    },
  };
}

function aliasKey({ name, port }: Alias): string {
  return `${name.toLowerCase()}:${port}`;
}

/** Of no AWS service: it only has to be unlike any target group's. */
function aliasArn(alias: Alias): string {
  return `arn:local:service-connect:::alias/${aliasKey(alias)}`;
}

function hostName(request: IncomingMessage): string {
  return (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
}
