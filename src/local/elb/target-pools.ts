// All pools by target group ARN, those of real target groups and those behind Service Connect aliases alike.
import type { TargetGroups } from './target-groups.ts';
import { type PoolSettings, TargetPool } from './target-pool.ts';

export interface TargetPools extends Omit<TargetGroups, 'isUsed'> {
  /** Adding a known one keeps its targets. */
  add(arn: string, settings: () => PoolSettings): void;
  remove(arn: string): void;
  pool(arn: string): TargetPool | undefined;
  /** To be called after listeners or rules have changed: which groups are in use. */
  noticeUse(): void;
  close(): void;
}

export function createTargetPools(newTargetCheckMs?: number): TargetPools {
  const pools = new Map<string, TargetPool>();
  const listeners = new Set<(arn: string, targetId: string) => void>();
  const changed = (arn: string, targetId: string): void => {
    for (const listener of listeners) listener(arn, targetId);
  };
  return {
    add(arn, settings) {
      if (!pools.has(arn))
        pools.set(arn, new TargetPool(settings, (targetId) => changed(arn, targetId), newTargetCheckMs));
    },
    remove(arn) {
      const pool = pools.get(arn);
      if (pool === undefined) return;
      pools.delete(arn);
      const ids = pool.targets().map(({ id }) => id);
      pool.close();
      // Whoever waits for a target of a deleted group to be `unused` must hear of it.
      for (const id of ids) changed(arn, id);
    },
    pool: (arn) => pools.get(arn),
    noticeUse() {
      for (const pool of pools.values()) pool.noticeUse();
    },
    exists: (arn) => pools.has(arn),
    register: (arn, target) => pools.get(arn)?.register(target),
    deregister: (arn, targetId) => pools.get(arn)?.deregister(targetId),
    health: (arn, targetId) => pools.get(arn)?.health(targetId) ?? groupGone,
    targets: (arn) =>
      pools
        .get(arn)
        ?.targets()
        .map(({ id }) => id) ?? [],
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      for (const pool of pools.values()) pool.close();
      pools.clear();
      listeners.clear();
    },
  };
}

const groupGone = {
  state: 'unused',
  reason: 'Target.NotRegistered',
  description: 'Target is not registered to the target group',
} as const;
