/**
 * The way to Temporal: connected to when somebody needs it, and again after it was away. What does not answer soon is
 * given up, and nothing is kept for later: GitHub keeps its deliveries, and the reconcile looks after what was lost.
 */
import { connect, type ReleaseClient, type StartRequest, startReleaseOnce } from '../client/index.ts';
import type { OnceStarted } from '../client/start-once.ts';
import type { Limits } from './limits.ts';
import { createSlots } from './slots.ts';

export interface TemporalGate {
  /** Errors: whatever keeps it from Temporal, within `untilMs`. */
  start(request: StartRequest, untilMs: number): Promise<OnceStarted>;
  /** How long it remembers runs that have ended. Errors: as of `start`. */
  retentionMs(): Promise<number>;
  /** Whether it answers at this moment. */
  isReachable(): Promise<boolean>;
  /** For longer work; the same connection. Errors: as of `start`. */
  withClient<T>(work: (client: ReleaseClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface GateOptions {
  readonly address?: string;
  readonly namespace?: string;
}

interface Open {
  readonly client: ReleaseClient;
  readonly retentionMs: number;
}

/** Temporal's own least, where it does not tell. */
const LEAST_RETENTION_MS = 24 * 3_600_000;
/** One answer for all who ask in that time. */
const REACHABLE_FOR_MS = 1_000;

export function createTemporalGate(
  options: GateOptions,
  { starts, temporalMs, answerMs }: Pick<Limits, 'starts' | 'temporalMs' | 'answerMs'>,
): TemporalGate {
  const slots = createSlots(starts);
  let current: Promise<Open> | undefined;
  let asked: { readonly atMs: number; readonly answer: Promise<boolean> } | undefined;

  const opened = (): Promise<Open> => {
    if (current === undefined) {
      const opening = open(options, temporalMs);
      current = opening;
      opening.catch(() => forget(opening));
    }
    return current;
  };

  const forget = (failed: Promise<Open>): void => {
    if (current === failed) current = undefined;
  };

  /** A connection that has failed is not used again: gRPC would wait ever longer before it looks after it. */
  const on = async <T>(work: (open: Open) => Promise<T>): Promise<T> => {
    const connection = opened();
    const usable = await connection;
    try {
      return await work(usable);
    } catch (error) {
      if (current === connection) {
        forget(connection);
        // Others may still be waiting for their answers.
        setTimeout(() => void usable.client.close().catch(() => {}), answerMs).unref();
      }
      throw error;
    }
  };

  const within = <T>({ client }: Open, ms: number, work: () => Promise<T>): Promise<T> =>
    client.temporal.withDeadline(Date.now() + ms, work);

  return {
    start: (request, untilMs) =>
      slots.run(
        () => {
          const leftMs = Math.min(temporalMs, untilMs - Date.now());
          return on((usable) => within(usable, leftMs, () => startReleaseOnce(usable.client, request)));
        },
        Math.max(0, untilMs - Date.now()),
      ),

    retentionMs: async () => (await opened()).retentionMs,

    isReachable() {
      const nowMs = Date.now();
      if (asked === undefined || nowMs - asked.atMs > REACHABLE_FOR_MS) {
        const answer = on((usable) =>
          within(usable, temporalMs, () => usable.client.temporal.workflowService.getSystemInfo({})),
        ).then(
          () => true,
          () => false,
        );
        asked = { atMs: nowMs, answer };
      }
      return asked.answer;
    },

    withClient: (work) => on(({ client }) => work(client)),

    async close() {
      const last = await current?.catch(() => undefined);
      current = undefined;
      await last?.client.close();
    },
  };
}

async function open(options: GateOptions, connectTimeoutMs: number): Promise<Open> {
  const client = await connect({ ...options, connectTimeoutMs });
  return { client, retentionMs: await retentionOf(client, connectTimeoutMs) };
}

/** Not everybody may ask; whoever does not know assumes the least. */
async function retentionOf({ temporal, namespace }: ReleaseClient, timeoutMs: number): Promise<number> {
  try {
    const { config } = await temporal.withDeadline(Date.now() + timeoutMs, () =>
      temporal.workflowService.describeNamespace({ namespace }),
    );
    const seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
    return seconds > 0 ? seconds * 1_000 : LEAST_RETENTION_MS;
  } catch {
    return LEAST_RETENTION_MS;
  }
}
