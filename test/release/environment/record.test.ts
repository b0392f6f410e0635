import { expect, it } from '@jest/globals';
import { specToGoBack } from '../../../src/release/environment/record.ts';
import { planFor } from '../../fakes/activities.ts';

const SHA = 'a'.repeat(40);

it('what a release has brought is brought again where it was, by the same workers, and is nobody else’s word', () => {
  const promotion = { environment: 'staging', number: 12, images: [] };
  const plan = { ...planFor({ environment: 'production', sha: SHA }), deployQueue: 'production', promotion };
  const taskDefinitions = { api: 'arn:api:2', worker: 'arn:worker:2' };
  const spec = specToGoBack({ number: 3, releaseId: 'deploy/x/run', plan, images: [], taskDefinitions });
  expect(spec).toMatchObject({
    cluster: 'shop',
    deployQueue: 'production',
    checks: [],
    services: [
      { name: 'api', taskDefinition: 'arn:api:2' },
      { name: 'worker', taskDefinition: 'arn:worker:2' },
    ],
  });
  expect(spec).not.toHaveProperty('promotion');
});
