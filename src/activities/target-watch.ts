/**
 * What load balancers think of the targets of services that are being waited for. Only for show, so it is asked now and
 * then, for a few services at once, nobody waits for the answer, and trouble leaves it out. What decides is ECS's word.
 */
import type { ServiceView } from '../release/judging/observation.ts';
import type { DeployPorts } from './deploy-ports.ts';

export interface TargetCounts {
  readonly healthy: number;
  readonly total: number;
}

export interface TargetWatch {
  /** Asks for those whose answer is old. */
  look(services: readonly { readonly name: string; readonly view: ServiceView }[]): void;
  of(name: string): TargetCounts | undefined;
}

const ASK_EVERY_MS = 5_000;
/** DescribeTargetHealth is throttled by account and region, for everybody in it. */
const ASKED_AT_ONCE = 5;

export const createTargetWatch = (ports: Pick<DeployPorts, 'loadBalancers' | 'now'>): TargetWatch => {
  const counts = new Map<string, TargetCounts>();
  const askedAtMs = new Map<string, number>();
  let underWay = 0;
  const ask = async (name: string, groups: readonly string[]): Promise<void> => {
    underWay += 1;
    try {
      const targets = (
        await Promise.all(groups.map((group) => ports.loadBalancers.targetHealth(group)))
      ).flat();
      // Those that leave are neither healthy nor awaited any more.
      const staying = targets.filter(({ state }) => state !== 'draining');
      const healthy = staying.filter(({ state }) => state === 'healthy').length;
      // Of none, nothing can be said: the first task is not registered yet.
      if (staying.length === 0) counts.delete(name);
      else counts.set(name, { healthy, total: staying.length });
    } catch {
      counts.delete(name);
    } finally {
      underWay -= 1;
    }
  };
  return {
    look(services) {
      const longestAgo = [...services].sort(
        (one, other) => (askedAtMs.get(one.name) ?? 0) - (askedAtMs.get(other.name) ?? 0),
      );
      for (const { name, view } of longestAgo) {
        if (underWay >= ASKED_AT_ONCE) return;
        const isDue = ports.now() - (askedAtMs.get(name) ?? 0) >= ASK_EVERY_MS;
        if (view.targetGroups.length === 0 || !isDue) continue;
        askedAtMs.set(name, ports.now());
        void ask(name, view.targetGroups);
      }
    },
    of: (name) => counts.get(name),
  };
};
