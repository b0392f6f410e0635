import { expect, it } from '@jest/globals';
import { createDeployActivities } from '../../src/activities/deploy.ts';
import { attempt, createWorld } from './world.ts';

it('says in one look what runs in each service, also of one that is gone, and changes nothing', async () => {
  const { ecs, ports } = createWorld();
  const old = ecs.addTaskDefinition('api', { app: 'old' });
  const fresh = ecs.addTaskDefinition('api', { app: 'new' });
  ecs.addService('api', fresh);
  ecs.updateByOther('api', old);
  ecs.addService('web', ecs.addTaskDefinition('web', { app: 'web' }), { desiredCount: 1 });
  const { describeServing } = createDeployActivities(ports);
  expect(await attempt().run(describeServing, { cluster: 'shop', services: ['api', 'gone', 'web'] })).toEqual(
    {
      services: [
        { service: 'api', now: '2 tasks of api:2 serve; ECS still tries api:1 (0 of 2 running)' },
        { service: 'gone', now: 'the service is gone' },
        { service: 'web', now: '1 task of web:1 serves' },
      ],
    },
  );
  expect(ecs.calls.map(({ operation }) => operation)).toEqual(['describeServices']);
});
