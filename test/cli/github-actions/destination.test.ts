/** Where a release goes: never where nobody has said it should. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Destination, findDestination } from '../../../src/cli/github-actions/destination.ts';

const TWO = `app: shop
services: { api: { service: shop-api, taskDefinition: ./deploy/api.json }, worker: {}, mail: }
environments:
  staging: { cluster: shop-staging }
  production: { cluster: shop, services: [api, worker] }
`;
const ONE = 'app: shop\nservices: { api: {} }\nenvironments: { live: { cluster: shop } }\n';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-destination-'));
});
afterEach(() => rm(folder, { recursive: true }));

const NOTHING = {
  app: undefined,
  environment: undefined,
  cluster: undefined,
  service: undefined,
  taskDefinition: undefined,
};
const find = async (file: string | undefined, wanted: Record<string, string>): Promise<Destination> => {
  if (file !== undefined) await writeFile(join(folder, 'slipway.yaml'), file);
  return findDestination({ ...NOTHING, ...wanted }, folder);
};

describe('a release goes to', () => {
  it.each<[string, string, Record<string, string>, string]>([
    ['the environment that is named', TWO, { environment: 'staging' }, 'staging'],
    ['the one of the cluster', TWO, { cluster: 'shop' }, 'production'],
    [
      'the one of the cluster, by its ARN',
      TWO,
      { cluster: 'arn:aws:ecs:eu-1:1:cluster/shop-staging' },
      'staging',
    ],
    [
      'the one that both name',
      TWO,
      { environment: 'production', cluster: 'shop', service: 'shop-api' },
      'production',
    ],
    ['the only one', ONE, {}, 'live'],
    ['that of a service by its name here', TWO, { cluster: 'shop', service: 'worker' }, 'production'],
  ])('%s', async (_what, file, wanted, environment) => {
    expect(await find(file, wanted)).toEqual({ app: 'shop', environment, warnings: [] });
  });

  it('both that are given, where no file is checked out; what could not be compared is said', async () => {
    expect(
      await find(undefined, { app: 'shop', environment: 'production', cluster: 'x', service: 'y' }),
    ).toEqual({
      app: 'shop',
      environment: 'production',
      warnings: [expect.stringMatching(/^cluster and service could not be compared/)],
    });
  });
});

describe('nothing is started', () => {
  it.each<[string, string | undefined, Record<string, string>, RegExp]>([
    ['of several environments none is named', TWO, {}, /^which environment\? .*: staging, production$/],
    [
      'no environment has the cluster',
      TWO,
      { cluster: 'other' },
      /^slipway.yaml has no environment with cluster other$/,
    ],
    ['the environment is unknown', TWO, { environment: 'prod' }, /^environment: slipway.yaml has no "prod"$/],
    ['names of objects are no environments', TWO, { environment: 'toString' }, /has no "toString"/],
    [
      'cluster and environment do not fit',
      TWO,
      { environment: 'production', cluster: 'shop-staging' },
      /^cluster: production goes to shop, not to shop-staging$/,
    ],
    [
      'the service is not of it',
      TWO,
      { cluster: 'shop', service: 'mail' },
      /^service: production of shop has no service "mail"$/,
    ],
    [
      'the app is another one',
      TWO,
      { app: 'hello', environment: 'staging' },
      /^app: slipway.yaml is that of shop, not of hello$/,
    ],
    ['no file, no environment', undefined, { app: 'shop' }, /^where to\?/],
    [
      'two environments share the cluster',
      ONE.replace('live:', 'b: { cluster: shop }, live:'),
      { cluster: 'shop' },
      /^which/,
    ],
    ['the file is no YAML', 'app: [', {}, /is not YAML/],
    ['what is merged is no map', 'app: shop\nx: &a 1\nenvironments: { <<: *a }\n', {}, /is not YAML/],
    ['the file is a list', '- app', {}, /does not name the app/],
  ])('where %s', async (_what, file, wanted, message) => {
    await expect(find(file, wanted)).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringMatching(message),
    });
  });
});

describe('a task definition', () => {
  it.each<[string, Record<string, string>, boolean]>([
    [
      'is no news where slipway.yaml names the same',
      { service: 'api', taskDefinition: 'deploy/api.json' },
      false,
    ],
    [
      'is told about where it is another file',
      { service: 'api', taskDefinition: '/tmp/rendered.json' },
      true,
    ],
    ['is told about where only some services have it', { taskDefinition: 'deploy/api.json' }, true],
  ])('%s', async (_what, wanted, isTold) => {
    const { warnings } = await find(TWO, { environment: 'production', ...wanted });
    expect(warnings).toEqual(
      isTold ? [expect.stringMatching(/^task-definition is left aside: Slipway takes/)] : [],
    );
  });
});
