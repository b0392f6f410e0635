// A failed deployment that is alone: the service shows nothing that completed, its history does.
import type { ECSClient, UpdateServiceCommandInput } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { knowBaseline } from '../../../../src/activities/known-baseline.ts';
import { createEcs } from '../../../../src/aws/ecs.ts';
import { toServiceView } from '../../../../src/aws/ecs-views.ts';
import { findBaseline } from '../../../../src/release/judging/baseline.ts';
import { type Harness, image, startHarness } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
  ecs.runtime.behaviours = { 'localhost:5000/crash': { exitsWith: 1 } };
});
afterEach(() => ecs.close());

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: unknown;
}
const client = {
  send: ({ constructor: { name }, input }: Command) => ecs.call(name.replace(/Command$/, ''), input),
} as unknown as ECSClient;

const baseline = async () => {
  const service = await ecs.service();
  const finding = findBaseline(toServiceView(service), Date.now(), 300_000);
  if (finding.kind === 'busy') throw new Error('somebody is at work');
  return { finding, known: await knowBaseline(createEcs(client), 'default', service, finding) };
};

const failed = () =>
  ecs.until('it has failed, alone', async () => {
    const deployments = (await ecs.service()).deployments ?? [];
    return deployments.length === 1 && deployments[0]?.rolloutState === 'FAILED';
  });

const worn: Omit<UpdateServiceCommandInput, 'service'> = {
  deploymentConfiguration: {
    minimumHealthyPercent: 0,
    maximumPercent: 100,
    deploymentCircuitBreaker: { enable: true, rollback: false },
  },
};

describe('a failed deployment that is alone', () => {
  it('is gone back from to what completed last, by its history', async () => {
    await ecs.register();
    await ecs.createService({ ...worn, desiredCount: 1 });
    await ecs.stable();
    const last = await ecs.register(image('web:2'));
    await ecs.call('UpdateService', { service: 'web', taskDefinition: last });
    await ecs.stable();
    await ecs.call('UpdateService', { service: 'web', taskDefinition: await ecs.register(image('crash:1')) });
    await failed();
    const { finding, known } = await baseline();
    expect(finding).toEqual({ kind: 'none' });
    expect(known).toMatchObject({ kind: 'completed', taskDefinition: last });
  });

  it('is the only one there ever was', async () => {
    await ecs.register(image('crash:1'));
    await ecs.createService({ ...worn, desiredCount: 1 });
    await failed();
    expect((await baseline()).known).toEqual({
      kind: 'none',
      why: 'its only deployment, of web:1, has failed',
    });
  });
});
