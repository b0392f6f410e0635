import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { describe, expect, it } from '@jest/globals';
import { callAws, mapAwsError } from '../../src/aws/errors.ts';
import { SlipwayError, TransientError } from '../../src/errors.ts';

function awsError(name: string, httpStatusCode: number, message = 'said AWS'): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode }, $fault: 'client' });
}

const networkError = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

describe('mapAwsError', () => {
  it.each([
    ['throttling (HTTP 400)', awsError('ThrottlingException', 400)],
    ['a server error', awsError('ServerException', 500)],
    ['an unknown 503', awsError('Whatever', 503)],
    ['too many requests', awsError('Whatever', 429)],
    ['an expired token', awsError('ExpiredTokenException', 403)],
    ['an expired signature', awsError('InvalidSignatureException', 403, 'Signature expired: now later')],
    [
      'two registrations of one family',
      awsError('ClientException', 400, 'Too many concurrent attempts to create'),
    ],
    ['a refused connection', networkError('ECONNREFUSED')],
    ['a name that does not resolve', networkError('ENOTFOUND')],
    ['a broken connection below fetch', new TypeError('fetch failed', { cause: networkError('ECONNRESET') })],
    ['a time-out', Object.assign(new Error('too slow'), { name: 'TimeoutError' })],
    ['no credentials yet', Object.assign(new Error('none'), { name: 'CredentialsProviderError' })],
  ])('says that %s is worth another try', (_what, error) => {
    expect(mapAwsError(error, 'ecs:UpdateService')).toMatchObject({
      type: 'Transient',
      retryable: true,
      cause: error,
    });
  });

  it.each([
    ['AccessDenied', awsError('AccessDeniedException', 400), /permission for ecs:UpdateService/],
    ['a wrong key', awsError('UnrecognizedClientException', 400), /credentials/],
    ['a validation error', awsError('InvalidParameterException', 400), /trying again changes nothing/],
    ['a missing repository', awsError('RepositoryNotFoundException', 400), /create it first/],
    ['an inactive service', awsError('ServiceNotActiveException', 400), /create it first/],
    ['a quota', awsError('LimitExceededException', 400), /quota/],
  ])('says that %s is final, with advice', (_what, error, advice) => {
    expect(mapAwsError(error, 'ecs:UpdateService')).toMatchObject({
      type: 'RefusedByService',
      retryable: false,
      message: `ecs:UpdateService: ${error.name}: said AWS`,
      advice: expect.stringMatching(advice),
    });
  });

  it.each([
    ['an abort, which Temporal must recognise', new DOMException('stop', 'AbortError')],
    ['an error of our own', new TransientError('mine')],
    ['a bug', new TypeError('x is not a function')],
  ])('leaves %s as it is', (_what, error) => {
    expect(mapAwsError(error, 'ecs:UpdateService')).toBe(error);
  });
});

describe('callAws with a real client', () => {
  const ask = async (port: number, signal?: AbortSignal): Promise<unknown> => {
    const client = new ECRClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    try {
      return await callAws('ecr:DescribeRepositories', () =>
        client.send(new DescribeRepositoriesCommand({}), signal === undefined ? {} : { abortSignal: signal }),
      ).catch((error: unknown) => error);
    } finally {
      client.destroy();
    }
  };

  const answering = async (
    status: number,
    body: string,
    run: (port: number) => Promise<void>,
  ): Promise<void> => {
    const server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await run((server.address() as AddressInfo).port);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  it.each([
    [400, '{"__type":"ThrottlingException","message":"Rate exceeded"}', true],
    [400, '{"__type":"AccessDeniedException","message":"no"}', false],
    [400, '{"__type":"RepositoryNotFoundException","message":"no"}', false],
    [500, '{"__type":"ServerException","message":"oops"}', true],
    [502, '<html>Bad gateway</html>', true],
    [200, '<html>Log in to this network</html>', true],
  ])('maps HTTP %i %s', async (status, body, retryable) => {
    await answering(status, body, async (port) => {
      const error = await ask(port);
      expect(error).toBeInstanceOf(SlipwayError);
      expect(error).toMatchObject({ retryable });
    });
  });

  it('maps a port where nobody listens', async () => {
    expect(await ask(1)).toMatchObject({ type: 'Transient' });
  });

  it('lets an abort through', async () => {
    expect(await ask(1, AbortSignal.abort())).toMatchObject({ name: 'AbortError' });
  });
});
