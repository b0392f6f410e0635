/**
 * What the looks at services have seen beside failures: which have a task to run, and which passed a health check.
 * The latest look counts, as people scale services while a release is under way.
 */
import type { Rollout, RolloutTarget, StabilityResult } from '../../activities/contracts/rollout.ts';

export class Looks {
  readonly #empty = new Set<string>();
  readonly #everWithTasks = new Set<string>();
  readonly #healthy = new Set<string>();

  noteStable(rollouts: readonly Rollout[], { failures, empty = [] }: StabilityResult): void {
    for (const { name } of rollouts) {
      if (empty.includes(name)) this.#empty.add(name);
      else this.#empty.delete(name);
      const isStable = !empty.includes(name) && failures.length === 0;
      if (isStable) this.#everWithTasks.add(name);
    }
  }

  noteHealthy(names: readonly string[]): void {
    for (const name of names) this.#healthy.add(name);
  }

  isEmpty(name: string): boolean {
    return this.#empty.has(name);
  }

  isHealthy(name: string): boolean {
    return this.#healthy.has(name);
  }

  /** What a success does not say of services that are scaled to zero. */
  warnings(targets: readonly RolloutTarget[]): readonly string[] {
    return targets
      .filter(({ name }) => this.isEmpty(name))
      .map(({ name, desired }) => {
        const hasRun = desired > 0 || this.#everWithTasks.has(name);
        return `${name} is scaled to zero: nothing of this commit ${hasRun ? 'runs there now' : 'has run there'}`;
      });
  }
}
