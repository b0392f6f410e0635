// The scheduler under thousands of random histories. The seeds are fixed; a failing one is printed.
// SLIPWAY_SEED=<seed> replays one; SLIPWAY_HUNT=<count> tries that many seeds that no one has tried.
import { describe, expect, it } from '@jest/globals';
import { deploymentWindow } from '../../../../src/local/ecs/scheduler/window.ts';
import { World } from './simulated-world.ts';
import { Rules } from './world-rules.ts';

const histories = 2000;
const steps = 40;

/** A broken update must not wear the service down: of what served before, as much is kept up as the window asks for. */
function isWornDown(world: World): boolean {
  const { desiredCount, deploymentConfiguration, deployments, lastCompleted } = world.service;
  const [primary, ...others] = deployments;
  const source = others.find(({ id, rolloutState }) => id === lastCompleted?.id && rolloutState !== 'FAILED');
  if (!source || world.qualities.get(source.taskDefinitionArn) !== 'good') return false;
  const healthy = world.healthyIds();
  const isNew = world.live().filter((task) => task.deploymentId === primary?.id && healthy.has(task.id));
  const serving = world.live().filter((task) => task.deploymentId !== primary?.id);
  const { lower } = deploymentWindow(desiredCount, deploymentConfiguration);
  return serving.length < Math.min(lower, source.wantedTasks ?? lower) - isNew.length;
}

/** At rest as wanted, or it says why not; undefined is neither. */
function ending(world: World): string | undefined {
  const { service } = world;
  if (service.status === 'INACTIVE') return 'deleted';
  const [primary, ...others] = service.deployments;
  const live = world.live();
  const healthy = world.healthyIds().size;
  const stable = others.length === 0 && live.length === service.desiredCount && healthy === live.length;
  if (stable && primary?.rolloutState === 'COMPLETED') return 'steady';
  const says = (text: string): boolean =>
    service.events.some(
      ({ message, createdAtMs }) => message.includes(text) && createdAtMs >= (primary?.createdAtMs ?? 0),
    );
  if (says('no container instance met all of its requirements') && world.isFull()) return 'no room';
  if (isWornDown(world)) return undefined;
  if (primary?.rolloutState === 'FAILED') return says('deployment failed') ? 'failed' : undefined;
  if (says('because of the service deployment configuration')) return 'stuck';
  const good = world.qualities.get(primary?.taskDefinitionArn ?? '') === 'good';
  return !good && (primary?.failedTasks ?? 0) > 0 ? 'keeps failing' : undefined;
}

function live(seed: number): string {
  const world = new World(seed);
  const rules = new Rules(world);
  rules.pass();
  for (let step = 0; step < steps; step += 1) {
    world.disturb();
    world.progress(false);
    rules.pass();
    if (step % 4 === 0) rules.answers();
  }
  // Then the world is left alone, and the scheduler is called only when something happened or as it asked to be.
  let wakeAtMs = rules.pass();
  for (let step = 0; step < 120 && ending(world) !== 'steady'; step += 1) {
    if (!world.progress(true)) {
      if (wakeAtMs === undefined) break;
      world.nowMs = Math.max(world.nowMs, wakeAtMs);
    }
    wakeAtMs = rules.pass();
  }
  rules.answers();
  const end = ending(world);
  if (end !== undefined) return end;
  const { status, deployments, desiredCount, deploymentConfiguration, events } = world.service;
  const left = world.tasks().filter((task) => task.lastStatus !== 'STOPPED');
  const facts = {
    status,
    wakeAtMs,
    nowMs: world.nowMs,
    deployments,
    desiredCount,
    deploymentConfiguration,
    events: events.slice(0, 5),
    left,
  };
  throw new Error(`does not converge: ${JSON.stringify(facts, null, 1)}`);
}

function seeds(): { readonly first: number; readonly count: number } {
  const { SLIPWAY_SEED, SLIPWAY_HUNT } = process.env;
  if (SLIPWAY_SEED !== undefined) return { first: Number(SLIPWAY_SEED), count: 1 };
  if (SLIPWAY_HUNT !== undefined) return { first: Date.now() % 1_000_000_000, count: Number(SLIPWAY_HUNT) };
  return { first: 1, count: histories };
}

describe('the scheduler', () => {
  const { first, count } = seeds();
  it(`keeps its rules and converges in ${count} random histories`, () => {
    const ends: Record<string, number> = {};
    for (let seed = first; seed < first + count; seed += 1) {
      try {
        const end = live(seed);
        ends[end] = (ends[end] ?? 0) + 1;
      } catch (error) {
        throw new Error(`SLIPWAY_SEED=${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    process.stdout.write(`scheduler simulation: seeds ${first}.. ended ${JSON.stringify(ends)}\n`);
    if (count < histories) return;
    const all = ['deleted', 'failed', 'keeps failing', 'no room', 'steady', 'stuck'];
    expect(Object.keys(ends).sort()).toEqual(all);
  }, 3_600_000);
});
