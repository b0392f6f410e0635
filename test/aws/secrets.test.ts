// What AWS answers where the local endpoint cannot: no permission, deleted secrets, empty pages, no way there.
// The rest is in test/local/secrets, against real answers.
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type SecretReference, secretReferencesIn } from '../../src/aws/secret-references.ts';
import { createSecretReferences, type SecretState } from '../../src/aws/secrets.ts';
import { type HttpFixture, serve } from './http-fixture.ts';

const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf';

let answers: object[];
let asked: { readonly target: string; readonly body: unknown; readonly region: string }[];
let server: HttpFixture;
beforeEach(async () => {
  answers = [];
  asked = [];
  server = await serve(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const [, region = ''] = /Credential=[^/]+\/\d+\/([^/]+)/.exec(request.headers.authorization ?? '') ?? [];
    asked.push({ target: String(request.headers['x-amz-target']), body: JSON.parse(text), region });
    const answer = answers.shift() ?? { __type: 'InternalServiceError' };
    response.writeHead('__type' in answer ? 400 : 200).end(JSON.stringify(answer));
  });
});
afterEach(() => server.close());

const look = async (valueFrom: string, port = server.port): Promise<SecretState> => {
  const settings = (region = 'eu-central-1') => ({
    endpoint: `http://127.0.0.1:${port}`,
    region,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  const references = createSecretReferences({
    secretsIn: (region) => new SecretsManagerClient(settings(region)),
    parametersIn: (region) => new SSMClient(settings(region)),
  });
  const store = valueFrom.includes(':secretsmanager:') ? 'secrets-manager' : 'parameter-store';
  return references.state({ valueFrom, store, container: 'app' }, '123456789012');
};

describe('createSecretReferences', () => {
  it('asks in the region that the ARN names, by the bare ARN', async () => {
    answers = [{ ARN: secret }];
    expect(await look(`${secret}:user::`)).toEqual({ kind: 'there' });
    expect(asked).toEqual([
      { target: 'secretsmanager.DescribeSecret', body: { SecretId: secret }, region: 'eu-west-1' },
    ]);
  });

  it('asks for a parameter by name where this worker is at home, and reads no value', async () => {
    answers = [{ Parameters: [{ Name: '/app/password' }] }];
    expect(await look('/app/password')).toEqual({ kind: 'there' });
    expect(asked).toEqual([
      {
        target: 'AmazonSSM.DescribeParameters',
        body: { ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: ['/app/password'] }] },
        region: 'eu-central-1',
      },
    ]);
  });

  it('goes on after pages that are empty', async () => {
    answers = [{ Parameters: [], NextToken: 'more' }, { Parameters: [{ Name: '/app/password' }] }];
    expect(await look('/app/password')).toEqual({ kind: 'there' });
    expect(asked[1]?.body).toMatchObject({ NextToken: 'more' });
  });

  it.each<[string, string, object, SecretState['kind'], RegExp]>([
    ['a secret that was deleted', secret, { DeletedDate: 1_700_000_000 }, 'missing', /deleted on 2023-11-14/],
    [
      'no permission',
      secret,
      { __type: 'AccessDeniedException' },
      'unknown',
      /secretsmanager:DescribeSecret: AccessDenied/,
    ],
    [
      'no permission',
      '/app/x',
      { __type: 'AccessDeniedException' },
      'unknown',
      /ssm:DescribeParameters: AccessDenied/,
    ],
    ['throttling', '/app/x', { __type: 'ThrottlingException' }, 'unknown', /Throttling/],
    ['no such secret', secret, { __type: 'ResourceNotFoundException' }, 'missing', /there is none/],
    ['no such parameter', '/app/x', { Parameters: [] }, 'missing', /there is none/],
  ])('%s (%s)', async (_what, valueFrom, answer, kind, why) => {
    answers = [answer];
    expect(await look(valueFrom)).toEqual({ kind, why: expect.stringMatching(why) });
  });

  it('is no obstacle where there is no way to the service', async () => {
    await server.close();
    expect(await look(secret)).toMatchObject({ kind: 'unknown' });
    server = await serve(() => undefined);
  });
});

describe('secretReferencesIn', () => {
  it('finds what containers, their logs and their registries need, each name once', () => {
    const found: readonly SecretReference[] = secretReferencesIn({
      containerDefinitions: [
        {
          name: 'app',
          secrets: [
            { name: 'A', valueFrom: secret },
            { name: 'B', valueFrom: '/b' },
          ],
          logConfiguration: { logDriver: 'splunk', secretOptions: [{ name: 'token', valueFrom: '/token' }] },
        },
        {
          name: 'proxy',
          secrets: [{ name: 'B', valueFrom: '/b' }],
          repositoryCredentials: { credentialsParameter: 'hub' },
        },
      ],
    });
    expect(found.map(({ store, valueFrom }) => [store, valueFrom])).toEqual([
      ['secrets-manager', secret],
      ['parameter-store', '/b'],
      ['parameter-store', '/token'],
      ['secrets-manager', 'hub'],
    ]);
  });

  it('finds nothing in a task definition without any', () => {
    expect(secretReferencesIn({ containerDefinitions: [{ name: 'app' }] })).toEqual([]);
  });
});
