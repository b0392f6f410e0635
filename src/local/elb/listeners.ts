// The open ports of the load balancers: each listener has one on 127.0.0.1 and ::1.
import { type Listening, listenOn } from '../wire/listen.ts';
import { createForwardingServer } from './proxy-server.ts';
import { answerOf, chooseAction } from './routing.ts';
import type { ElbState, ListenerRecord } from './state.ts';
import type { TargetPools } from './target-pools.ts';
import { WeightedTurns } from './weighted-turns.ts';

export interface Listeners {
  /**
   * Rejects with PortTakenError. What is done with a request is read from the state at each one, so that a change
   * takes effect at once. Opening a listener that is open moves it to the port.
   */
  open(listener: Pick<ListenerRecord, 'arn' | 'port'>): Promise<void>;
  /** Requests under way may end. */
  close(arn: string): Promise<void>;
  closeAll(): Promise<void>;
}

export function createListeners(pools: TargetPools, state: ElbState): Listeners {
  const open = new Map<string, Listening>();
  const turns = new WeightedTurns();
  const close = async (arn: string): Promise<void> => {
    const listening = open.get(arn);
    open.delete(arn);
    await listening?.close();
  };
  return {
    async open({ arn, port }) {
      const create = () =>
        createForwardingServer((request) => {
          const listener = state.listeners[arn];
          if (listener === undefined) return undefined;
          const { action, arn: owner } = chooseAction(state, listener, request);
          if (action.type !== 'forward') return answerOf(action, request, port);
          return pools.pool(turns.next(owner, action.targetGroups) ?? '');
        });
      const opened = await listenOn(create, port);
      const before = open.get(arn);
      open.set(arn, opened);
      await before?.close();
    },
    close,
    async closeAll() {
      await Promise.all([...open.keys()].map(close));
    },
  };
}
