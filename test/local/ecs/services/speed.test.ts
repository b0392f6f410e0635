// With 100 services of 3 tasks: a pass over all of them is cheap, and the end of a container is answered at once.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { behindBalancer, type Harness, startHarness } from '../harness.ts';

let ecs: Harness;
let taskIds: string[];
beforeEach(async () => {
  ecs = await startHarness();
  await ecs.register();
  const names = Array.from({ length: 100 }, (_, index) => `web-${index}`);
  await Promise.all(
    names.map((serviceName) => ecs.createService({ serviceName, desiredCount: 3, ...behindBalancer })),
  );
  for (const name of names) await ecs.stable(name);
  taskIds = [...ecs.balancer.registered.values()].map(({ id }) => id);
  expect(taskIds).toHaveLength(300);
}, 60_000);
afterEach(() => ecs.close());

describe('the controller', () => {
  it('reconciles them in under 50 ms a pass', async () => {
    // A pass asks for the health of every task's target: so it is seen to have looked at all of them, once.
    let looks = 0;
    const { health } = ecs.balancer;
    ecs.balancer.health = (...given) => {
      looks += 1;
      return health.apply(ecs.balancer, given);
    };
    const passes: number[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      looks = 0;
      for (const id of taskIds) ecs.balancer.setHealth(id, { state: 'healthy' });
      const atMs = performance.now();
      // The pass was queued before this, and runs in one piece.
      await new Promise((resolve) => setImmediate(resolve));
      passes.push(performance.now() - atMs);
      expect(looks).toBe(300);
    }
    // 3 to 9 ms on a busy machine of two cores; the best of ten, because the others that run there are not ours.
    expect(Math.min(...passes)).toBeLessThan(50);
  });

  type Cause = (service: string, runtimeId: string) => Promise<unknown> | unknown;
  it.each<[string, Cause]>([
    ['one that crashed', (_service, runtimeId) => ecs.runtime.exit(runtimeId, 1)],
    ['a service that is scaled out', (service) => ecs.call('UpdateService', { service, desiredCount: 4 })],
    ['an update', (service) => ecs.call('UpdateService', { service, forceNewDeployment: true })],
  ])('starts a container for %s in under 250 ms', async (_what, cause) => {
    const reactions: number[] = [];
    const { run } = ecs.runtime;
    for (let turn = 0; turn < 5; turn += 1) {
      const runtimeId = ecs.runtime.running()[turn]?.observation.runtimeId ?? '';
      const started = new Promise<number>((resolve) => {
        ecs.runtime.run = (...given) => {
          resolve(performance.now());
          return run.apply(ecs.runtime, given);
        };
      });
      const atMs = performance.now();
      await cause(`web-${turn}`, runtimeId);
      reactions.push((await started) - atMs);
    }
    expect(Math.min(...reactions)).toBeLessThan(250);
  });
});
