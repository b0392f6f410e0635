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
}
