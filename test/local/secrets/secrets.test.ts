// With the SDK's own clients, and with the port that releases look through.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { DescribeParametersCommand, GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSecretReferences, type SecretReferences } from '../../../src/aws/secrets.ts';
import { createSecrets } from '../../../src/local/secrets/index.ts';
import { startWire } from '../wire/start-wire.ts';

const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:app/db-AbCdEf';
const short = arn.slice(0, -7);
const parameters = 'arn:aws:ssm:us-east-1:000000000000:parameter';

let folder: string;
let file: string;
let secrets: SecretsManagerClient;
let parameterStore: SSMClient;
let references: SecretReferences;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-secrets-'));
  file = join(folder, 'secrets.json');
  const { client } = await startWire(createSecrets(file));
  secrets = new SecretsManagerClient(client);
  parameterStore = new SSMClient(client);
  references = createSecretReferences({ secretsIn: () => secrets, parametersIn: () => parameterStore });
});
afterEach(async () => {
  secrets.destroy();
  parameterStore.destroy();
  await rm(folder, { recursive: true, force: true });
});

const store = (content: object): Promise<void> => writeFile(file, JSON.stringify(content));

describe('DescribeSecret', () => {
  it.each([
    ['its ARN', arn, { [arn]: 'v3ry-s3cret' }],
    ['its ARN without the random characters', short, { [arn]: 'v3ry-s3cret' }],
    ['its ARN, stored without them', arn, { [short]: 'v3ry-s3cret' }],
    ['its name', 'app/db', { [arn]: 'v3ry-s3cret' }],
  ])('finds a secret by %s, and does not give it away', async (_what, SecretId, content) => {
    await store(content);
    const { $metadata: _metadata, ...answer } = await secrets.send(new DescribeSecretCommand({ SecretId }));
    expect(answer).toMatchObject({ ARN: Object.keys(content)[0], Name: 'app/db' });
    expect(Object.values(answer.VersionIdsToStages ?? {})).toEqual([['AWSCURRENT']]);
    expect(JSON.stringify(answer)).not.toContain('v3ry-s3cret');
  });

  it('names the labels of the versions that are there', async () => {
    await store({ [arn]: 'new', [`${arn}::AWSPREVIOUS:`]: 'old' });
    const { VersionIdsToStages } = await secrets.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(Object.values(VersionIdsToStages ?? {})).toEqual([['AWSCURRENT'], ['AWSPREVIOUS']]);
  });

  it('says of one that is not there what AWS says', async () => {
    await expect(secrets.send(new DescribeSecretCommand({ SecretId: arn }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
  });

  it('reads the file anew each time', async () => {
    await expect(secrets.send(new DescribeSecretCommand({ SecretId: arn }))).rejects.toThrow();
    await store({ [arn]: 'x' });
    await expect(secrets.send(new DescribeSecretCommand({ SecretId: arn }))).resolves.toMatchObject({
      ARN: arn,
    });
  });
});

describe('DescribeParameters', () => {
  const namesBy = async (Option: string, ...Values: string[]) => {
    const ParameterFilters = [{ Key: 'Name', Option, Values }];
    const answer = await parameterStore.send(new DescribeParametersCommand({ ParameterFilters }));
    return answer.Parameters?.map(({ Name }) => Name);
  };

  beforeEach(() =>
    store({ '/app/password': 'x', [`${parameters}/app/key`]: 'y', plain: 'z', [arn]: 'secret' }),
  );

  it.each([
    ['Equals', ['/app/password', 'plain'], ['/app/password', 'plain']],
    ['Equals', ['/app/pass'], []],
    ['BeginsWith', ['/app/'], ['/app/key', '/app/password']],
    ['Contains', ['pass'], ['/app/password']],
  ])('filters by name: %s %j', async (option, values, expected) => {
    expect(await namesBy(option, ...values)).toEqual(expected);
  });

  it('gives all of them in pages, secrets left out, values never', async () => {
    const first = await parameterStore.send(new DescribeParametersCommand({ MaxResults: 2 }));
    const second = await parameterStore.send(
      new DescribeParametersCommand({ MaxResults: 2, NextToken: first.NextToken }),
    );
    expect([first, second].map(({ Parameters }) => Parameters?.map(({ ARN }) => ARN))).toEqual([
      [`${parameters}/app/key`, `${parameters}/app/password`],
      [`${parameters}/plain`],
    ]);
    expect(second.NextToken).toBeUndefined();
    expect(first.Parameters?.[0]).not.toHaveProperty('Value');
  });

  it.each([
    ['another key', { Key: 'Type', Values: ['String'] }, 'InvalidFilterKey'],
    [
      'an option that does not exist',
      { Key: 'Name', Option: 'Roughly', Values: ['x'] },
      'InvalidFilterOption',
    ],
  ])('refuses %s', async (_what, filter, name) => {
    const asked = parameterStore.send(new DescribeParametersCommand({ ParameterFilters: [filter] }));
    await expect(asked).rejects.toMatchObject({ name });
  });
});

it.each([
  [{ NextToken: 'made up' }, 'InvalidNextToken'],
  [{ MaxResults: 0 }, 'ValidationException'],
  [{ MaxResults: 51 }, 'ValidationException'],
])('DescribeParameters refuses %j', async (input, name) => {
  await expect(parameterStore.send(new DescribeParametersCommand(input))).rejects.toMatchObject({ name });
});

it('no operation gives a value away', async () => {
  await store({ [arn]: 'v3ry-s3cret', plain: 'v3ry-s3cret' });
  await expect(secrets.send(new GetSecretValueCommand({ SecretId: arn }))).rejects.toMatchObject({
    name: 'UnknownOperationException',
  });
  await expect(parameterStore.send(new GetParametersCommand({ Names: ['plain'] }))).rejects.toMatchObject({
    name: 'UnknownOperationException',
  });
});

it('a file that is no JSON is an error without its content', async () => {
  await writeFile(file, 'v3ry-s3cret');
  await expect(secrets.send(new DescribeSecretCommand({ SecretId: arn }))).rejects.toMatchObject({
    message: `${file} is not a JSON object`,
    $metadata: { httpStatusCode: 500 },
  });
});

describe('what a release sees of it', () => {
  const stateOf = (valueFrom: string) =>
    references.state(
      {
        valueFrom,
        store: valueFrom.includes(':secretsmanager:') ? 'secrets-manager' : 'parameter-store',
        container: 'app',
      },
      '000000000000',
    );

  beforeEach(() => store({ [arn]: '{"user":"me"}', '/app/password': 'x', plain: 'y', '/flat': 'z' }));

  it.each<[string, 'there' | 'missing' | 'unknown']>([
    [arn, 'there'],
    [short, 'there'],
    [`${arn}:user::`, 'there'],
    [`${arn}:user:AWSCURRENT:`, 'there'],
    [`${arn}:user:AWSPREVIOUS:`, 'missing'],
    [`${arn}:user::0123`, 'unknown'],
    [`${short}-other`, 'missing'],
    ['/app/password', 'there'],
    ['plain', 'there'],
    [`${parameters}/app/password`, 'there'],
    [`${parameters}/plain`, 'there'],
    [`${parameters}/flat`, 'there'],
    ['/aws/reference/secretsmanager/app/db', 'unknown'],
    ['/app/none', 'missing'],
    [`${parameters}/none`, 'missing'],
    ['arn:aws:ssm:us-east-1:111111111111:parameter/plain', 'unknown'],
  ])('%s: %s', async (valueFrom, kind) => {
    expect(await stateOf(valueFrom)).toMatchObject({ kind });
  });
});
