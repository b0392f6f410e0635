/**
 * One connection to Temporal. Where it is and how to get in is handed in: the environment is read by
 * src/temporal-settings.ts, so that a script which knows its server needs nothing but `@temporalio/client`.
 */
import { Client, Connection, type ConnectionOptions, isGrpcServiceError } from '@temporalio/client';
import { UnreachableError } from './errors.ts';

/** What is left out: `localhost:7233`, namespace `default`, no TLS. */
export interface ConnectSettings {
  /** `host:port` */
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  /** Goes with TLS, which it turns on. */
  readonly apiKey?: string | undefined;
  readonly tls?: ConnectionOptions['tls'];
  /** Headers of every request. */
  readonly metadata?: ConnectionOptions['metadata'];
  /** Default 10 s. */
  readonly connectTimeoutMs?: number | undefined;
}

export interface ReleaseClient {
  readonly temporal: Client;
  readonly address: string;
  readonly namespace: string;
  close(): Promise<void>;
}

/** @throws UnreachableError when no Temporal server answers there. */
export async function connect(settings: ConnectSettings): Promise<ReleaseClient> {
  const { address = 'localhost:7233', namespace = 'default', apiKey, tls, metadata } = settings;
  const connection = await open({
    address,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(tls === undefined ? {} : { tls }),
    ...(metadata === undefined ? {} : { metadata }),
    connectTimeout: settings.connectTimeoutMs ?? 10_000,
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
  return new UnreachableError(`Temporal does not answer at ${address}: ${reasonOf(error)}`, {
    cause: error,
    advice: 'Start it (`slipway local up`), or point TEMPORAL_ADDRESS at one that runs.',
  });
}

/** Of a refusal (a wrong key, no such namespace) the server's own words, which Temporal's client keeps as a cause. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined;
  if (isGrpcServiceError(error)) return error.details;
  return isGrpcServiceError(cause) ? `${firstLine(error)}: ${cause.details}` : firstLine(error);
};

const firstLine = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  // gRPC quotes a header that it cannot send, and that is the API key.
  if (message.startsWith('Metadata string value')) return BAD_HEADER;
  return message.split('\n', 1)[0] ?? '';
};

const BAD_HEADER =
  'the API key (or another header) holds characters that cannot be sent, such as the end of a line';
