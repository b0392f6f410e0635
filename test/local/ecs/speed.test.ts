// Passes are cheap and happen only when something changed.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { behindBalancer, type Harness, startHarness } from './harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

describe('the controller', () => {
  it('reconciles 100 services with 3 tasks each in under 50 ms a pass', async () => {
    await ecs.register();
    const names = Array.from({ length: 100 }, (_, index) => `web-${index}`);
    await Promise.all(
      names.map((serviceName) => ecs.createService({ serviceName, desiredCount: 3, ...behindBalancer })),
    );
    for (const name of names) await ecs.stable(name);
    const ids = [...ecs.balancer.registered.values()].map(({ id }) => id);
    expect(ids).toHaveLength(300);
    const passes: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const atMs = performance.now();
      for (const id of ids) ecs.balancer.setHealth(id, { state: 'healthy' });
      // The pass was queued before this, and runs in one piece.
      await new Promise((resolve) => setImmediate(resolve));
      passes.push(performance.now() - atMs);
    }
    expect(Math.min(...passes)).toBeLessThan(50);
  });
});
