/** How the services of an environment stand, asked through Temporal. */
import { describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { type ReleaseClient, surveyServices } from '../../src/client/index.ts';
import { RefusedByServiceError } from '../../src/errors.ts';
import { TASK_QUEUE } from '../../src/release/names.ts';
import { FakePools, nextOf } from '../fakes/activities.ts';
import { withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
serverForAll((server) => {
  ({ env, client } = server);
});

let counter = 0;
const place = () => ({ app: 'shop', environment: `production-${++counter}` });

describe('a survey', () => {
  it('holds what a release has left against what the deploy pool sees', async () => {
    const pools = new FakePools();
    const survey = await withPools(env, pools, () => surveyServices(client, place(), 7));
    expect(survey).toMatchObject({
      kind: 'known',
      services: [{ name: 'api', state: 'as-recorded', taskDefinition: nextOf('api') }],
    });
    expect(pools.record()).toEqual(['recallServices 7', 'compareServices api']);
  });

  it('is one where two people ask at the same time', async () => {
    const pools = new FakePools();
    const name = place();
    const both = await withPools(env, pools, () =>
      Promise.all([surveyServices(client, name, 7), surveyServices(client, name, 7)]),
    );
    expect(both.map(({ kind }) => kind)).toEqual(['known', 'known']);
    expect(pools.record('compareServices').length).toBeLessThanOrEqual(2);
  });

  it('says where the release was not kept', async () => {
    const pools = new FakePools().on('recallServices', async () => null);
    expect(await withPools(env, pools, () => surveyServices(client, place(), 7))).toEqual({
      kind: 'unknown',
      why: 'what release 7 has left was not kept',
    });
  });

  it('says where ECS refuses to be read', async () => {
    const pools = new FakePools().on('compareServices', async () => {
      throw new RefusedByServiceError('ecs:DescribeServices: AccessDeniedException');
    });
    expect(await withPools(env, pools, () => surveyServices(client, place(), 7))).toEqual({
      kind: 'unknown',
      why: 'ecs:DescribeServices: AccessDeniedException',
    });
  });

  it('waits for no deploy pool that is not there', async () => {
    const survey = await withPools(env, new FakePools(), () => surveyServices(client, place(), 7, 500), [
      TASK_QUEUE.deploy,
    ]);
    expect(survey).toEqual({ kind: 'unknown', why: 'no deploy worker has looked within 1 s' });
  });
});
