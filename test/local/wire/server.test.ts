import * as ecr from '@aws-sdk/client-ecr';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from '@jest/globals';
import { createSts } from '../../../src/local/sts/index.ts';
import { AwsError } from '../../../src/local/wire/aws-error.ts';
import type { JsonService, Operations } from '../../../src/local/wire/operations.ts';
import { credentials, startWire } from './start-wire.ts';

const target = 'AmazonEC2ContainerRegistry_V20150921';

function ecrWith(operations: Operations): JsonService {
  return { name: 'ecr', protocol: 'json', targetPrefix: target, schemas: ecr, operations };
}

async function post(url: string, headers: Record<string, string>, body: string | Buffer) {
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('a JSON call', () => {
  it('reaches the operation with typed input and brings its answer back, dates and all', async () => {
    const createdAt = new Date('2026-11-23T14:05:00.250Z');
    const { client } = await startWire([
      ecrWith({
        CreateRepository: async (input: ecr.CreateRepositoryCommandInput) => ({
          repository: { repositoryName: input.repositoryName, createdAt },
        }),
      }),
    ]);
    const answer = await new ecr.ECRClient(client).send(
      new ecr.CreateRepositoryCommand({ repositoryName: 'api' }),
    );
    expect(answer.repository).toEqual({ repositoryName: 'api', createdAt });
    expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('brings an AwsError back as the SDK class of that name', async () => {
    const { client } = await startWire([
      ecrWith({
        DescribeRepositories: async () => {
          throw new AwsError('RepositoryNotFoundException', 'no such repository');
        },
      }),
    ]);
    const call = new ecr.ECRClient(client).send(new ecr.DescribeRepositoriesCommand({}));
    await expect(call).rejects.toThrow(ecr.RepositoryNotFoundException);
    await expect(call).rejects.toMatchObject({ message: 'no such repository' });
  });

  it.each([
    ['an unknown member', { repositories: [{ repositoryName: 'a', nonsense: 1 }] }, 'nonsense'],
    ['a wrong type', { repositories: [{ repositoryName: 7 }] }, 'expected String, found number'],
    ['a date that is not a Date', { repositories: [{ createdAt: 1 }] }, 'expected Timestamp'],
  ])('fails in tests when the response has %s', async (_what, response, told) => {
    const { client, logged } = await startWire([ecrWith({ DescribeRepositories: async () => response })]);
    const call = new ecr.ECRClient(client).send(new ecr.DescribeRepositoriesCommand({}));
    await expect(call).rejects.toThrow(told);
    expect(logged.join()).toContain('ecr:DescribeRepositories');
  });

  it('hides what an unexpected error said and logs it', async () => {
    const { client, logged } = await startWire([
      ecrWith({
        DescribeRepositories: async () => {
          throw new Error('internal detail');
        },
      }),
    ]);
    const call = new ecr.ECRClient(client).send(new ecr.DescribeRepositoriesCommand({}));
    await expect(call).rejects.toMatchObject({ name: 'ServerException', $metadata: { httpStatusCode: 500 } });
    await expect(call).rejects.not.toThrow('internal detail');
    expect(logged.join()).toContain('internal detail');
  });
});

describe('bad input', () => {
  const operations: Operations = {
    CreateRepository: async (input: ecr.CreateRepositoryCommandInput) => ({
      repository: { repositoryName: input.repositoryName },
    }),
  };

  /** Signs like any client, then sends the given body under that very signature's rules. */
  async function send(url: string, body: string, operation = 'CreateRepository') {
    return post(url, await signedHeaders(url, `${target}.${operation}`, body), body);
  }

  it.each([
    ['malformed JSON', '{"repositoryName":', 'SerializationException'],
    ['a wrong type', '{"repositoryName":5}', 'SerializationException'],
    ['a list where a structure belongs', '[]', 'SerializationException'],
    ['a missing member', '{}', 'InvalidParameterException'],
  ])('%s is answered as AWS does', async (_what, body, code) => {
    const { url } = await startWire([ecrWith(operations)]);
    const { status, text, headers } = await send(url, body);
    expect(status).toBe(400);
    expect(JSON.parse(text).__type).toBe(code);
    expect(headers.get('x-amzn-requestid')).toBeTruthy();
    expect(text).not.toContain('.ts');
  });

  it('members that this model does not know are let pass', async () => {
    const { url } = await startWire([ecrWith(operations)]);
    const { status } = await send(url, '{"repositoryName":"a","fromTheFuture":{"x":1}}');
    expect(status).toBe(200);
  });

  it('an operation that nobody knows and one that is not implemented are both told so', async () => {
    const { url } = await startWire([ecrWith(operations)]);
    for (const operation of ['Frobnicate', 'PutImage', 'toString']) {
      const { status, text } = await send(url, '{}', operation);
      expect(status).toBe(400);
      expect(JSON.parse(text)).toMatchObject({ __type: 'UnknownOperationException' });
    }
  });

  it('an unknown target is told so', async () => {
    const { url } = await startWire([ecrWith(operations)]);
    const { status, text } = await post(url, { 'x-amz-target': 'DynamoDB_20120810.ListTables' }, '{}');
    expect(status).toBe(400);
    expect(JSON.parse(text).__type).toBe('UnknownOperationException');
  });

  it('a body over 5 MB is refused', async () => {
    const { url } = await startWire([ecrWith(operations)]);
    const body = Buffer.alloc(5 * 1024 * 1024 + 1, 0x20);
    const { status, text } = await post(url, { 'x-amz-target': `${target}.CreateRepository` }, body);
    expect(status).toBe(413);
    expect(JSON.parse(text).__type).toBe('RequestEntityTooLarge');
  });

  it('another protocol is refused with what is spoken here', async () => {
    const { url } = await startWire([ecrWith(operations)]);
    const headers = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' };
    const { status, text } = await post(`${url}/service/ECR/operation/PutImage`, headers, 'x');
    expect(status).toBe(404);
    expect(text).toContain('awsJson');
  });
});

describe('the caller', () => {
  it.each([
    ['no key at all', {}, 'MissingAuthenticationTokenException'],
    ['a header of another scheme', { authorization: 'Bearer x' }, 'IncompleteSignatureException'],
  ])('%s is refused', async (_what, headers, code) => {
    const { url } = await startWire([ecrWith({ PutImage: async () => ({}) })]);
    const { status, text } = await post(url, { ...headers, 'x-amz-target': `${target}.PutImage` }, '{}');
    expect(status).toBe(400);
    expect(JSON.parse(text).__type).toBe(code);
  });

  it.each([
    ['another access key', { ...credentials, accessKeyId: 'AKIAOTHER' }, 'UnrecognizedClientException'],
    ['a wrong secret', { ...credentials, secretAccessKey: 'guess' }, 'InvalidSignatureException'],
  ])('%s is refused', async (_what, wrong, code) => {
    const { client } = await startWire([ecrWith({ DescribeRepositories: async () => ({}) })]);
    const call = new ecr.ECRClient({ ...client, credentials: wrong }).send(
      new ecr.DescribeRepositoriesCommand({}),
    );
    await expect(call).rejects.toMatchObject({ name: code });
  });

  it('a good signature over another body is refused', async () => {
    const { url } = await startWire([ecrWith({ DescribeRepositories: async () => ({}) })]);
    const headers = await signedHeaders(url, `${target}.DescribeRepositories`, '{}');
    expect((await post(url, headers, '{}')).status).toBe(200);
    const forged = await post(url, headers, '{"maxResults":1}');
    expect(JSON.parse(forged.text).__type).toBe('InvalidSignatureException');
  });

  it('a signature of an hour ago is refused', async () => {
    const { url } = await startWire([ecrWith({ DescribeRepositories: async () => ({}) })]);
    const anHourAgo = new Date(Date.now() - 3_600_000);
    const headers = await signedHeaders(url, `${target}.DescribeRepositories`, '{}', anHourAgo);
    const { text } = await post(url, headers, '{}');
    expect(JSON.parse(text)).toMatchObject({ __type: 'InvalidSignatureException' });
    expect(text).toContain('expired');
  });
});

describe('the query protocol', () => {
  it('answers GetCallerIdentity in XML that the SDK reads', async () => {
    const { client } = await startWire([createSts()]);
    const { $metadata, ...identity } = await new STSClient(client).send(new GetCallerIdentityCommand({}));
    expect(identity).toEqual({
      UserId: '000000000000',
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:root',
    });
    expect($metadata.httpStatusCode).toBe(200);
  });

  it('refuses a wrong key with 403 and its own code', async () => {
    const { client } = await startWire([createSts()]);
    const wrong = { ...credentials, accessKeyId: 'AKIAOTHER' };
    const call = new STSClient({ ...client, credentials: wrong }).send(new GetCallerIdentityCommand({}));
    await expect(call).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      $metadata: { httpStatusCode: 403 },
    });
  });
});

/** What an SDK client would send for this body, made by the SDK's signer. */
async function signedHeaders(url: string, amzTarget: string, body: string, signingDate = new Date()) {
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const { Hash } = await import('@smithy/core/serde');
  const { HttpRequest } = await import('@smithy/core/protocols');
  const signer = new SignatureV4({
    credentials,
    region: 'us-east-1',
    service: 'ecr',
    sha256: Hash.bind(null, 'sha256'),
  });
  const { host } = new URL(url);
  const headers = { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': amzTarget };
  const request = new HttpRequest({ method: 'POST', path: '/', headers, body });
  return (await signer.sign(request, { signingDate })).headers;
}
