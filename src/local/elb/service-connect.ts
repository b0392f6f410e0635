// The port through which ECS gives a service a name that other containers of its namespace can call:
// `http://<alias>:<port>`. A proxy on the Docker network's gateway passes calls on to the live tasks of the service.

export interface Alias {
  /** The DNS name that clients put into their URL, e.g. `api`; its case does not matter. */
  readonly name: string;
  readonly port: number;
  /** Two namespaces may have the same names: each caller gets those of its own. */
  readonly namespace: string;
  /** What the port mapping's `appProtocol` says. `http`: each request is balanced; else each connection may be. */
  readonly protocol: 'http' | 'tcp';
}

export interface ServiceConnect {
  /** Returns an ARN to use with `TargetGroups`. No health checks: registered is healthy. Opening twice is a no-op. */
  openAlias(alias: Alias): string;
  closeAlias(alias: Omit<Alias, 'protocol'>): void;
  /**
   * Says where the proxy is to listen: the gateway addresses of the Docker network, as soon as it exists.
   * An address that cannot be bound here (Docker Desktop's gateway lies in its VM) is replaced by 127.0.0.1.
   * `namespaceOf` tells by a caller's address whose names it means; undefined where that is not known.
   * Aliases may be opened before and after. Rejects when an alias's port is taken.
   */
  listenAt(addresses: readonly string[], namespaceOf?: NamespaceOf): Promise<void>;
}

export type NamespaceOf = (callerAddress: string) => string | undefined;
