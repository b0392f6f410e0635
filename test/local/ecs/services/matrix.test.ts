// Every way an update can go, for each setting of the circuit breaker and each size: what a client sees at the end.
// The tables are the specification; what is below them only reads them.
import type { Service, ServiceDeploymentBrief } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, startHarness } from '../harness.ts';
import { badImages, breakers, definition, deploymentsOf, newEvents, taskEnds } from './matrix-words.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
  for (const [name, { behaviour }] of Object.entries(badImages)) {
    ecs.runtime.behaviours[`localhost:5000/${name}:`] = behaviour;
  }
});
afterEach(() => ecs.close());

type Breaker = keyof typeof breakers;
/** Deployments: status, whose, rolloutState, running of desired. Service deployment: the update's. */
type Row = readonly [Breaker, number, readonly string[], string, readonly string[]];

const good: readonly Row[] = [
  // breaker, desired, deployments, service deployment, events in order of first appearance
  ['off', 0, ['PRIMARY new COMPLETED 0/0'], 'SUCCESSFUL', ['completed', 'steady']],
  ['off', 1, ['PRIMARY new COMPLETED 1/1'], 'SUCCESSFUL', ['started', 'stopped', 'completed', 'steady']],
  ['off', 3, ['PRIMARY new COMPLETED 3/3'], 'SUCCESSFUL', ['started', 'stopped', 'completed', 'steady']],
  ['fail', 0, ['PRIMARY new COMPLETED 0/0'], 'SUCCESSFUL', ['completed', 'steady']],
  ['fail', 1, ['PRIMARY new COMPLETED 1/1'], 'SUCCESSFUL', ['started', 'stopped', 'completed', 'steady']],
  ['fail', 3, ['PRIMARY new COMPLETED 3/3'], 'SUCCESSFUL', ['started', 'stopped', 'completed', 'steady']],
  ['rollback', 0, ['PRIMARY new COMPLETED 0/0'], 'SUCCESSFUL', ['completed', 'steady']],
  ['rollback', 1, ['PRIMARY new COMPLETED 1/1'], 'SUCCESSFUL', ['started', 'stopped', 'completed', 'steady']],
  ['rollback', 3, ['PRIMARY new COMPLETED 3/3'], 'SUCCESSFUL', ['started', 'stopped', 'completed', 'steady']],
];

/** Of every bad image alike. "tries": what each of its tasks leaves in the events, see `badImages`. */
const bad: readonly Row[] = [
  ['off', 0, ['PRIMARY new COMPLETED 0/0'], 'SUCCESSFUL', ['completed', 'steady']],
  ['off', 1, ['PRIMARY new IN_PROGRESS ?/1', 'ACTIVE old COMPLETED 1/1'], 'IN_PROGRESS', ['tries']],
  ['off', 3, ['PRIMARY new IN_PROGRESS ?/3', 'ACTIVE old COMPLETED 3/3'], 'IN_PROGRESS', ['tries']],
  ['fail', 0, ['PRIMARY new COMPLETED 0/0'], 'SUCCESSFUL', ['completed', 'steady']],
  ['fail', 1, ['PRIMARY new FAILED 0/1', 'ACTIVE old COMPLETED 1/1'], 'STOPPED', ['tries', 'failed']],
  ['fail', 3, ['PRIMARY new FAILED 0/3', 'ACTIVE old COMPLETED 3/3'], 'STOPPED', ['tries', 'failed']],
  ['rollback', 0, ['PRIMARY new COMPLETED 0/0'], 'SUCCESSFUL', ['completed', 'steady']],
  [
    'rollback',
    1,
    ['PRIMARY old COMPLETED 1/1'],
    'ROLLBACK_SUCCESSFUL',
    ['tries', 'failed', 'rolling back', 'completed', 'steady'],
  ],
  [
    'rollback',
    3,
    ['PRIMARY old COMPLETED 3/3'],
    'ROLLBACK_SUCCESSFUL',
    ['tries', 'failed', 'rolling back', 'completed', 'steady'],
  ],
];

/** The first deployment ever, of a bad image: nothing serves, and there is nothing to go back to. */
const firstEver: readonly Row[] = [
  ['off', 0, ['PRIMARY new COMPLETED 0/0'], 'SUCCESSFUL', ['completed', 'steady']],
  ['off', 1, ['PRIMARY new IN_PROGRESS ?/1'], 'IN_PROGRESS', ['tries']],
  ['off', 3, ['PRIMARY new IN_PROGRESS ?/3'], 'IN_PROGRESS', ['tries']],
  ['fail', 1, ['PRIMARY new FAILED 0/1'], 'STOPPED', ['tries', 'failed']],
  ['fail', 3, ['PRIMARY new FAILED 0/3'], 'STOPPED', ['tries', 'failed']],
  ['rollback', 1, ['PRIMARY new FAILED 0/1'], 'ROLLBACK_FAILED', ['tries', 'failed']],
  ['rollback', 3, ['PRIMARY new FAILED 0/3'], 'ROLLBACK_FAILED', ['tries', 'failed']],
];

/** A good update after a bad one has got as far as it gets. */
const superseding: readonly (readonly [Breaker, readonly string[]])[] = [
  // breaker, service deployments, newest first
  ['off', ['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']],
  ['fail', ['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']],
  ['rollback', ['SUCCESSFUL', 'ROLLBACK_SUCCESSFUL', 'SUCCESSFUL']],
];

/** Updates to a good image: how few tasks run meanwhile, and how many are RUNNING or PENDING. */
const windows: readonly (readonly [number, number, number, number, number, 'done' | 'stuck'])[] = [
  // desired, minimumHealthyPercent, maximumPercent, fewest, most, outcome
  [1, 0, 100, 0, 1, 'done'],
  [3, 0, 100, 0, 3, 'done'],
  [2, 50, 100, 1, 2, 'done'],
  [4, 50, 100, 2, 4, 'done'],
  [2, 100, 150, 2, 3, 'done'],
  [1, 100, 200, 1, 2, 'done'],
  [3, 100, 200, 3, 6, 'done'],
  [1, 100, 100, 1, 1, 'stuck'],
  [1, 50, 100, 1, 1, 'stuck'],
  [1, 100, 150, 1, 1, 'stuck'],
  [2, 75, 100, 2, 2, 'stuck'],
  [3, 100, 125, 3, 3, 'stuck'],
];

const badNames = Object.keys(badImages);
const badCases = (rows: readonly Row[]) =>
  badNames.flatMap((name) => rows.map((row) => [name, ...row] as const));

async function atRest(breaker: Breaker, desiredCount: number): Promise<Service> {
  await ecs.register();
  const deploymentConfiguration = { deploymentCircuitBreaker: breakers[breaker] };
  await ecs.createService({ desiredCount, deploymentConfiguration });
  return ecs.stable();
}

async function update(image: string): Promise<string> {
  const arn = await ecs.register(definition(image));
  await ecs.call('UpdateService', { service: 'web', taskDefinition: arn });
  return arn;
}

async function serviceDeployments(): Promise<ServiceDeploymentBrief[]> {
  const answer = await ecs.call<{ serviceDeployments: ServiceDeploymentBrief[] }>('ListServiceDeployments', {
    service: 'web',
  });
  return answer.serviceDeployments;
}

/** What the row says has come about, and nothing else is on its way. */
async function expectRow(
  row: Row,
  newest: string,
  before: Service | undefined,
  name?: string,
): Promise<void> {
  const [, , deployments, status, says] = row;
  const tries = name === undefined ? [] : (badImages[name]?.events ?? []);
  const failures = async (): Promise<number> => (await ecs.service()).deployments?.[0]?.failedTasks ?? 0;
  await ecs.until(`${status}, as the table has it`, async () => {
    const [run] = await serviceDeployments();
    const open = status === 'IN_PROGRESS';
    const shown = deploymentsOf(await ecs.service(), newest);
    const same =
      shown.length === deployments.length && shown.every((line, index) => matches(line, deployments[index]));
    return run?.status === status && same && (!open || (await failures()) > 3);
  });
  const service = await ecs.service();
  expect(newEvents(service, before, name !== undefined)).toEqual(
    says.flatMap((word) => (word === 'tries' ? tries : [word])),
  );
  if (name === undefined || row[1] === 0) return;
  const ends = taskEnds(await ecs.tasks({ desiredStatus: 'STOPPED' }), newest);
  expect(ends.length).toBeGreaterThanOrEqual(3);
  expect(new Set(ends)).toEqual(new Set([badImages[name]?.ends]));
}

const matches = (shown: string, expected = ''): boolean =>
  shown === expected || (expected.includes('?/') && shown.replace(/\d+\//, '?/') === expected);

describe('an update to a good image', () => {
  it.each(good)('breaker %s, %i wanted', async (...row) => {
    const before = await atRest(row[0], row[1]);
    await expectRow(row, await update('web:2'), before);
  });
});

describe('an update to an image that', () => {
  it.each(badCases(bad))('%s, breaker %s, %i wanted', async (name, ...row) => {
    const before = await atRest(row[0], row[1]);
    await expectRow(row, await update(`${name}:1`), before, name);
    // Users of the service never saw the bad image.
    const old = (await ecs.tasks()).filter(
      ({ taskDefinitionArn }) => taskDefinitionArn === before.taskDefinition,
    );
    expect(old.filter(({ lastStatus }) => lastStatus === 'RUNNING')).toHaveLength(row[1]);
  });

  it.each(badNames.flatMap((name) => superseding.map((row) => [name, ...row] as const)))(
    '%s, breaker %s, then to a good one',
    async (name, breaker, statuses) => {
      await atRest(breaker, 1);
      await update(`${name}:1`);
      const [, , , end] = bad.find((row) => row[0] === breaker && row[1] === 1) ?? [];
      await ecs.until('it got as far as it gets', async () => {
        const [run] = await serviceDeployments();
        return (
          run?.status === end &&
          ((await ecs.tasks({ desiredStatus: 'STOPPED' })).length > 3 || end !== 'IN_PROGRESS')
        );
      });
      const fixed = await update('web:2');
      await ecs.until(
        'recovered',
        async () => deploymentsOf(await ecs.service(), fixed)[0] === 'PRIMARY new COMPLETED 1/1',
      );
      expect((await serviceDeployments()).map(({ status }) => status)).toEqual(statuses);
    },
  );
});

describe('a first deployment ever of an image that', () => {
  it.each(badCases(firstEver))('%s, breaker %s, %i wanted', async (name, ...row) => {
    const newest = await ecs.register(definition(`${name}:1`));
    await ecs.createService({
      desiredCount: row[1],
      deploymentConfiguration: { deploymentCircuitBreaker: breakers[row[0]] },
    });
    await expectRow(row, newest, undefined, name);
  });
});

describe('a window', () => {
  it.each(windows)(
    'of %i tasks with %i..%i %%: never fewer than %i, never more than %i, %s',
    async (desiredCount, minimumHealthyPercent, maximumPercent, fewest, most, outcome) => {
      await ecs.register();
      await ecs.createService({
        desiredCount,
        deploymentConfiguration: { minimumHealthyPercent, maximumPercent },
      });
      const before = await ecs.stable();
      const seen = { fewest: desiredCount, most: 0 };
      const look = async (): Promise<Service> => {
        const service = await ecs.service();
        const { runningCount = 0, pendingCount = 0 } = service;
        seen.fewest = Math.min(seen.fewest, runningCount);
        seen.most = Math.max(seen.most, runningCount + pendingCount);
        return service;
      };
      // Whenever the engine is told to do something: no moment is too short to be seen.
      const { pull, stop } = ecs.runtime;
      ecs.runtime.pull = async (...given) => {
        await look();
        return pull.apply(ecs.runtime, given);
      };
      ecs.runtime.stop = async (...given) => {
        await look();
        await stop.apply(ecs.runtime, given);
      };
      const newest = await update('web:2');
      const stuck = (service: Service): number =>
        newEvents(service, before).filter((word) => word === 'stuck').length;
      await ecs.until(outcome, async () => {
        const service = await look();
        const [only, ...others] = deploymentsOf(service, newest);
        return outcome === 'stuck'
          ? stuck(service) > 0
          : others.length === 0 && only?.includes('new COMPLETED');
      });
      expect(seen).toEqual({ fewest, most });
      if (outcome === 'done') return;
      // It says so once, and nothing moves.
      await new Promise((resolve) => setTimeout(resolve, 30));
      const service = await ecs.service();
      expect(stuck(service)).toBe(1);
      expect(deploymentsOf(service, newest)).toEqual([
        `PRIMARY new IN_PROGRESS 0/${desiredCount}`,
        `ACTIVE old COMPLETED ${desiredCount}/${desiredCount}`,
      ]);
    },
  );
});
