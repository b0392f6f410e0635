// The port through which ECS gives a service a name that other containers can call: `http://<alias>:<port>`.
// A proxy on the Docker network's gateway routes by Host header to the live tasks of the service.

export interface Alias {
  /** The DNS name that clients put into their URL, lower case, e.g. `api`. */
  readonly name: string;
  readonly port: number;
}

export interface ServiceConnect {
  /** Returns an ARN to use with `TargetGroups`. No health checks: registered is healthy. Opening twice is a no-op. */
  openAlias(alias: Alias): string;
  closeAlias(alias: Alias): void;
  /**
   * Says where the proxy is to listen: the gateway addresses of the Docker network, as soon as it exists.
   * An address that cannot be bound here (Docker Desktop's gateway lies in its VM) is replaced by 127.0.0.1.
   * Aliases may be opened before and after. Rejects when an alias's port is taken.
   */
  listenAt(addresses: readonly string[]): Promise<void>;
}
