// The open ports of the load balancers: each listener has one on 127.0.0.1 and ::1.
import { type Listening, listenOn } from '../wire/listen.ts';
import { createForwardingServer } from './proxy-server.ts';
import { answerOf, chooseAction } from './routing.ts';
import type { ElbState, ListenerRecord } from './state.ts';
import type { TargetPools } from './target-pools.ts';
import { WeightedTurns } from './weighted-turns.ts';

type Place = Pick<ListenerRecord, 'arn' | 'port'>;

export interface Listeners {
  /**
   * Rejects with PortTakenError. What is done with a request is read from the state at each one, so that a change
   * takes effect at once. Opening a listener that is open moves it to the port.
   */
  open(listener: Place): Promise<void>;
  /** Resolves after the first try; while the port cannot be had, tries again until it can, or the listener closes. */
  openWhenFree(listener: ListenerRecord): Promise<void>;
  /** Why the listener that shall be open is not. */
  problem(arn: string): string | undefined;
  /** Requests under way may end. */
  close(arn: string): Promise<void>;
  closeAll(): Promise<void>;
}

export interface ListenerOptions {
  readonly log: (line: string) => void;
  /** Between two tries to open a listener whose port another program has. */
  readonly retryMs: number;
}

interface Attempts {
  problem: string | undefined;
  timer: NodeJS.Timeout | undefined;
  underWay: Promise<void>;
}

export function createListeners(
  pools: TargetPools,
  state: ElbState,
  { log, retryMs }: ListenerOptions,
): Listeners {
  const open = new Map<string, Listening>();
  /** Of listeners that shall be open and are not yet. */
  const attempts = new Map<string, Attempts>();
  const turns = new WeightedTurns();
  const listen = ({ arn, port }: Place): Promise<Listening> =>
    listenOn(
      () =>
        createForwardingServer((request) => {
          const listener = state.listeners[arn];
          if (listener === undefined) return undefined;
          const { action, arn: owner } = chooseAction(state, listener, request);
          if (action.type !== 'forward') return answerOf(action, request, port);
          return pools.pool(turns.next(owner, action.targetGroups) ?? '');
        }),
      port,
    );
  const giveUp = async (arn: string): Promise<void> => {
    const attempt = attempts.get(arn);
    attempts.delete(arn);
    clearTimeout(attempt?.timer);
    await attempt?.underWay;
  };
  const close = async (arn: string): Promise<void> => {
    await giveUp(arn);
    const listening = open.get(arn);
    open.delete(arn);
    await listening?.close();
  };
  const attempt = async (listener: ListenerRecord, own: Attempts): Promise<void> => {
    const { arn, port } = listener;
    const owner = `load balancer ${state.loadBalancers[listener.loadBalancerArn]?.name ?? ''}`;
    try {
      const opened = await listen(listener);
      // Deleted, moved or closed meanwhile.
      if (attempts.get(arn) !== own) return await opened.close();
      attempts.delete(arn);
      open.set(arn, opened);
      if (own.problem !== undefined) log(`${owner}: port ${port} is free again, its listener is open`);
    } catch (error) {
      if (attempts.get(arn) !== own) return;
      if (own.problem === undefined) {
        log(
          `${owner}: a listener is not open: ${(error as Error).message}. It opens as soon as the port is free`,
        );
      }
      own.problem = (error as Error).message;
      own.timer = setTimeout(() => {
        own.underWay = attempt(listener, own);
      }, retryMs);
    }
  };
  return {
    async open(listener) {
      const opened = await listen(listener);
      await giveUp(listener.arn);
      const before = open.get(listener.arn);
      open.set(listener.arn, opened);
      await before?.close();
    },
    async openWhenFree(listener) {
      const own: Attempts = { problem: undefined, timer: undefined, underWay: Promise.resolve() };
      attempts.set(listener.arn, own);
      own.underWay = attempt(listener, own);
      await own.underWay;
    },
    problem: (arn) => attempts.get(arn)?.problem,
    close,
    async closeAll() {
      await Promise.all([...new Set([...open.keys(), ...attempts.keys()])].map(close));
    },
  };
}
