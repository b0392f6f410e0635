/**
 * One connection to Temporal, with the settings that Temporal's own CLI reads
 * (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TLS, API key, `temporal.toml`).
 */
import { Client, Connection, type ConnectionOptions, isGrpcServiceError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { UnreachableError } from './errors.ts';

export interface ConnectOptions {
  /** `host:port`; default: the environment, then Temporal's configuration file, then `localhost:7233`. */
  readonly address?: string;
  readonly namespace?: string;
  /** Default 10 s. */
  readonly connectTimeoutMs?: number;
}

export interface ReleaseClient {
  readonly temporal: Client;
  readonly address: string;
  readonly namespace: string;
  close(): Promise<void>;
}

/** @throws UnreachableError when no Temporal server answers there. */
export async function connect(options: ConnectOptions = {}): Promise<ReleaseClient> {
  const settings = loadClientConnectConfig();
  const address = options.address ?? settings.connectionOptions.address ?? 'localhost:7233';
  const namespace = options.namespace ?? settings.namespace ?? 'default';
  const connection = await open({
    ...(settings.connectionOptions as ConnectionOptions),
    address,
    connectTimeout: options.connectTimeoutMs ?? 10_000,
  });
  return {
    temporal: new Client({ connection, namespace }),
    address,
    namespace,
    close: () => connection.close(),
  };
}

async function open(options: ConnectionOptions): Promise<Connection> {
  const connection = Connection.lazy(options);
  try {
    await connection.ensureConnected();
    return connection;
  } catch (error) {
    // Else it would go on trying, for whoever connects again and again.
    await connection.close();
    throw unreachable(options.address ?? '', error);
  }
}

/** A request that failed because Temporal is away or refused us becomes one error; others stay as they are. */
export function unreachable(address: string, error: unknown): UnreachableError {
  const reason = isGrpcServiceError(error) ? error.details : firstLine(error);
  return new UnreachableError(`Temporal does not answer at ${address}: ${reason}`, {
    cause: error,
    advice: 'Start it (`slipway local up`), or point TEMPORAL_ADDRESS at one that runs.',
  });
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
