/**
 * The way to Temporal: connected to when somebody needs it, and again after it was away. What does not answer soon is
 * given up, and nothing is kept for later: GitHub keeps its deliveries, and the reconcile looks after what was lost.
 */
import {
  type ConnectSettings,
  connect,
  type ReleaseClient,
  type StartRequest,
  startChecksOnce,
  startReleaseOnce,
  untilAborted,
} from '../client/index.ts';
import type { OnceStarted } from '../client/start-once.ts';
import type { WantedChecks } from './decision.ts';
import { inTime } from './in-time.ts';
import type { Limits } from './limits.ts';
import { createRetention } from './retention.ts';
import { createSlots, NoSlotError } from './slots.ts';

export interface TemporalGate {
  /** Errors: whatever keeps it from Temporal, within `untilMs`. */
  start(request: StartRequest, untilMs: number): Promise<OnceStarted>;
  /** @param atMs when it happened. Errors: as of `start`. */
  startChecks(wanted: WantedChecks, atMs: number, untilMs: number): Promise<OnceStarted>;
  /** How long it remembers runs that have ended. Errors: as of `start`. */
  retentionMs(): Promise<number>;
  /** Whether it answers at this moment. */
  isReachable(): Promise<boolean>;
  /** For longer work, over the same connection, until `signal` or half a minute. Errors: as of `start`. */
  withClient<T>(work: (client: ReleaseClient) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** When whatever it has been asked for has ended. */
  close(): Promise<void>;
}

/** One answer for all who ask in that time. */
const REACHABLE_FOR_MS = 1_000;
const LONGER_WORK_MS = 30_000;

export function createTemporalGate(
  settings: ConnectSettings,
  { starts, temporalMs }: Pick<Limits, 'starts' | 'temporalMs'>,
): TemporalGate {
  const slots = createSlots(starts);
  const closing = new Set<Promise<void>>();
  let current: Promise<Open> | undefined;
  let asked: { readonly atMs: number; readonly answer: Promise<boolean> } | undefined;

  const opened = (): Promise<Open> => {
    if (current === undefined) {
      const opening = open(settings, temporalMs);
      current = opening;
      opening.catch(() => {
        if (current === opening) current = undefined;
      });
    }
    return current;
  };

  const leave = (usable: Open): void => {
    current = undefined;
    const closed = usable.close();
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  };

  /** A connection that has failed is not used again: gRPC would wait ever longer before it looks after it. */
  const on = async <T>(work: (client: ReleaseClient) => Promise<T>): Promise<T> => {
    const connection = opened();
    const usable = await connection;
    try {
      return await usable.use(work);
    } catch (error) {
      if (current === connection) leave(usable);
      throw error;
    }
  };

  const within = <T>(ms: number, work: (client: ReleaseClient) => Promise<T>): Promise<T> =>
    on((client) => client.temporal.withDeadline(Date.now() + ms, () => work(client)));

  const reaches = async (): Promise<boolean> => {
    try {
      await inTime(
        within(temporalMs, ({ temporal }) => temporal.workflowService.getSystemInfo({})),
        temporalMs,
      );
      return true;
    } catch {
      return false;
    }
  };

  const inTurn = <T>(untilMs: number, work: (client: ReleaseClient) => Promise<T>): Promise<T> => {
    const leftMs = (): number => untilMs - Date.now();
    return slots.run(async () => {
      // Nobody waits for it any more, and a connection is not to blame for that.
      if (leftMs() <= 0) throw new NoSlotError('too many at a time');
      return within(Math.min(temporalMs, leftMs()), work);
    }, leftMs());
  };

  return {
    start: (request, untilMs) => inTurn(untilMs, (client) => startReleaseOnce(client, request)),

    startChecks: (wanted, atMs, untilMs) =>
      inTurn(untilMs, (client) => startChecksOnce(client, wanted, atMs)),

    retentionMs: async () => (await opened()).retentionMs(),

    isReachable() {
      const nowMs = Date.now();
      if (asked === undefined || nowMs - asked.atMs > REACHABLE_FOR_MS)
        asked = { atMs: nowMs, answer: reaches() };
      return asked.answer;
    },

    withClient: (work, signal) =>
      within(LONGER_WORK_MS, (client) => untilAborted(client, signal, () => work(client))),

    async close() {
      const last = await current?.catch(() => undefined);
      if (last) leave(last);
      await Promise.all(closing);
    },
  };
}

/** A connection, and how many are still waiting for something from it. */
class Open {
  /** Errors: none. */
  readonly retentionMs: () => Promise<number>;
  readonly #client: ReleaseClient;
  readonly #working = new Set<Promise<unknown>>();

  constructor(client: ReleaseClient, timeoutMs: number) {
    this.#client = client;
    this.retentionMs = createRetention(() => this.use((usable) => retentionOf(usable, timeoutMs)));
  }

  use<T>(work: (client: ReleaseClient) => Promise<T>): Promise<T> {
    const working = work(this.#client);
    this.#working.add(working);
    const done = (): void => void this.#working.delete(working);
    working.then(done, done);
    return working;
  }

  /**
   * Not before everybody has an answer: the SDK tries a call again after a while, also past its deadline, and on a closed
   * connection that ends the process ("Channel has been shut down", out of grpc-retry.js).
   */
  async close(): Promise<void> {
    while (this.#working.size > 0) await Promise.allSettled(this.#working);
    await this.#client.close().catch(() => {});
  }
}

async function open(settings: ConnectSettings, connectTimeoutMs: number): Promise<Open> {
  const usable = new Open(await connect({ ...settings, connectTimeoutMs }), connectTimeoutMs);
  await usable.retentionMs();
  return usable;
}

async function retentionOf({ temporal, namespace }: ReleaseClient, timeoutMs: number): Promise<number> {
  const { config } = await temporal.withDeadline(Date.now() + timeoutMs, () =>
    temporal.workflowService.describeNamespace({ namespace }),
  );
  return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) * 1_000;
}
