// The open ports of the load balancers: each listener has one on 127.0.0.1 and ::1.
import { type Listening, listenOn } from '../wire/listen.ts';
import { createForwardingServer } from './proxy-server.ts';
import type { ListenerRecord } from './state.ts';
import type { TargetPools } from './target-pools.ts';

export interface Listeners {
  /** Rejects with PortTakenError. `current` gives the record at each request, so that a change takes effect at once. */
  open(listener: ListenerRecord, current: () => ListenerRecord | undefined): Promise<void>;
  /** Requests under way may end. */
  close(arn: string): Promise<void>;
  closeAll(): Promise<void>;
}

export function createListeners(pools: TargetPools): Listeners {
  const open = new Map<string, Listening>();
  const close = async (arn: string): Promise<void> => {
    const listening = open.get(arn);
    open.delete(arn);
    await listening?.close();
  };
  return {
    async open({ arn, port }, current) {
      const create = () =>
        createForwardingServer(() => {
          const targetGroupArn = current()?.targetGroupArn;
          return targetGroupArn === undefined ? undefined : pools.pool(targetGroupArn);
        });
      open.set(arn, await listenOn(create, port));
    },
    close,
    async closeAll() {
      await Promise.all([...open.keys()].map(close));
    },
  };
}
