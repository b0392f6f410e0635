/** Two instances as two accounts: what one of them lets the other read. */
import {
  CreateRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createImageCopies } from '../../../src/aws/image-copies.ts';
import { type RealRegistry, startRealRegistry } from './real-registry.ts';
import { basicAuth, type Pusher, pusher, type StartedEcr, startEcr } from './start-ecr.ts';

let registries: RealRegistry[];
let staging: StartedEcr;
let production: StartedEcr;
/** Logged in at staging, with the password of production. */
let visitor: Pusher;
let digest: string;

beforeAll(async () => {
  registries = await Promise.all([startRealRegistry(), startRealRegistry()]);
  const [one, two] = registries as [RealRegistry, RealRegistry];
  production = await startEcr(two, undefined, { accountId: '222222222222' });
  const otherAccounts = {
    '111111111111': 'http://localhost:1',
    '222222222222': `http://${production.host}`,
  };
  staging = await startEcr(one, undefined, { otherAccounts });
  await staging.client.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  await production.client.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  ({ digest } = await pusher(staging.host, await basicAuth(staging.client)).image('app', 'one'));
  visitor = pusher(staging.host, await basicAuth(production.client));
});
afterAll(async () => {
  await staging?.close();
  await production?.close();
  await Promise.all((registries ?? []).map((registry) => registry.close()));
});

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Condition?: unknown;
}

const READING = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const ROLE = { AWS: 'arn:aws:iam::222222222222:role/deploy' };

const setPolicy = (...statements: readonly Statement[]): Promise<unknown> =>
  staging.client.send(
    new SetRepositoryPolicyCommand({
      repositoryName: 'app',
      policyText: JSON.stringify({
        Version: '2012-10-17',
        Statement: statements.map((each) => ({ Effect: 'Allow', Principal: ROLE, Action: READING, ...each })),
      }),
    }),
  );

const statusOf = async (path: string, init?: RequestInit): Promise<number> =>
  (await visitor.fetch(path, init)).status;

describe('the password of another account', () => {
  it('opens the door, and nothing behind it where no policy says so', async () => {
    expect(await statusOf('/v2/')).toBe(200);
    const refused = await visitor.fetch('/v2/app/manifests/one');
    expect(refused.status).toBe(403);
    expect(await refused.text()).toMatch(/DENIED.*222222222222.*ecr:BatchGetImage.*no resource-based policy/);
    expect(await statusOf('/v2/_catalog')).toBe(403);
  });

  it.each<[string, readonly Statement[], number]>([
    ['its role', [{}], 200],
    ['its account', [{ Principal: { AWS: ['333333333333', '222222222222'] } }], 200],
    ['everybody', [{ Principal: '*', Action: 'ecr:*' }], 200],
    ['another account', [{ Principal: { AWS: 'arn:aws:iam::333333333333:root' } }], 403],
    ['another action', [{ Action: 'ecr:DescribeImages' }], 403],
    ['it under a condition', [{ Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }], 403],
    ['it, and denies it', [{}, { Effect: 'Deny', Action: ['ecr:Batch*'] }], 403],
  ])('reads where the policy names %s', async (_what, statements, status) => {
    await setPolicy(...statements);
    expect(await statusOf('/v2/app/manifests/one')).toBe(status);
    await staging.client.send(new DeleteRepositoryPolicyCommand({ repositoryName: 'app' }));
  });

  it('never writes', async () => {
    await setPolicy({ Action: 'ecr:*' });
    expect(await statusOf('/v2/app/blobs/uploads/', { method: 'POST' })).toBe(403);
    expect(await statusOf('/v2/app/manifests/one', { method: 'DELETE' })).toBe(403);
    expect(await statusOf('/v2/app/tags/list')).toBe(403);
  });

  it('is no password where the account is not known', async () => {
    const back = pusher(production.host, await basicAuth(staging.client));
    expect((await back.fetch('/v2/')).status).toBe(401);
  });
});

describe('a copy into the other account', () => {
  const copy = async () => {
    const login = async () => {
      const [username = '', password = ''] = Buffer.from(
        (await basicAuth(production.client)).slice(6),
        'base64',
      )
        .toString()
        .split(':');
      return { username, password };
    };
    const [from, to] = [`${staging.host}/app`, `${production.host}/app`];
    return createImageCopies(login).copy({ from, to, digest, tag: 'c0ffee' });
  };

  it('says which policy is missing', async () => {
    await staging.client
      .send(new DeleteRepositoryPolicyCommand({ repositoryName: 'app' }))
      .catch(() => undefined);
    await expect(copy()).rejects.toMatchObject({
      type: 'RefusedByService',
      advice: expect.stringContaining('a repository policy there that allows it ecr:BatchGetImage'),
    });
  });

  it('arrives under the same digest and the name of the commit, with one token for both', async () => {
    await setPolicy({});
    expect(await copy()).toEqual({ uploaded: 3 });
    const theirs = pusher(production.host, await basicAuth(production.client));
    const answer = await theirs.fetch('/v2/app/manifests/c0ffee');
    expect(answer.headers.get('docker-content-digest')).toBe(digest);
    expect(await copy()).toEqual({ uploaded: 0 });
  });
});
