/** One receiver: listens, answers, keeps the schedules of the reconcile, and stops when it is told to. */
import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectSettings } from '../client/index.ts';
import { ConfigurationError } from '../errors.ts';
import { createApp } from './app.ts';
import type { ServeConfiguration } from './configuration.ts';
import { createHttpServer } from './http-server.ts';
import { keepSchedules } from './keep-schedules.ts';
import { LIMITS, type Limits } from './limits.ts';
import { reasonOf, type ServerLog } from './server-log.ts';
import { createTemporalGate, type TemporalGate } from './temporal-gate.ts';

export interface ServeOptions {
  readonly temporal: ConnectSettings;
  readonly configuration: ServeConfiguration;
  readonly secrets: readonly Buffer[];
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: ServerLog;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<Limits>;
  readonly onListening?: (address: AddressInfo) => void;
}

/** Resolves when it has stopped. Errors: `ConfigurationError` where it cannot listen there. */
export async function serve(options: ServeOptions): Promise<void> {
  const { configuration, secrets, log, signal } = options;
  // Many may listen to it at once: each work of `keepSchedules`, while it lasts.
  setMaxListeners(0, signal);
  const limits = { ...LIMITS, ...options.limits };
  const gate = createTemporalGate(options.temporal, limits);
  const app = createApp({ configuration, secrets, limits, gate, log, now: Date.now });
  const server = createHttpServer(app, limits);
  await listen(server, options);
  server.on('error', (error) => log.error({ cause: reasonOf(error) }, 'the server has had an error'));
  options.onListening?.(server.address() as AddressInfo);
  const scheduling = keepTrying(gate, configuration, log, signal);
  await aborted(signal);
  log.info({ waitsMs: limits.stopMs }, 'stopping: no new deliveries are taken');
  await stop(server, limits.stopMs);
  await scheduling;
  await gate.close();
}

function listen(server: Server, { host, port }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void =>
      reject(
        new ConfigurationError(`cannot listen on ${host}:${port}: ${error.code ?? error.message}`, {
          cause: error,
          advice: 'Name another address: --listen 127.0.0.1:8080',
        }),
      );
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/** Temporal may come later than we do. */
async function keepTrying(
  gate: TemporalGate,
  configuration: ServeConfiguration,
  log: ServerLog,
  signal: AbortSignal,
): Promise<void> {
  for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(2 * waitMs, LONGEST_RETRY_MS)) {
    try {
      const schedules = await gate.withClient((client) => keepSchedules(client, configuration), signal);
      log.info(schedules, 'reconcile schedules');
      return;
    } catch (error) {
      log.warn({ cause: reasonOf(error), againInMs: waitMs }, 'the reconcile schedules could not be kept');
      await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Idle connections are closed at once, the others when they are answered, or when it has taken too long. */
function stop(server: Server, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
