import { describe, expect, it } from '@jest/globals';
import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { createAutoscaling } from '../../../src/local/autoscaling/index.ts';
import { credentials, startWire } from '../wire/start-wire.ts';

/** Status and body of the answer, as a client without our schemas sees them. */
async function ask(operation: string, input: object): Promise<[number, unknown]> {
  const { url } = await startWire([createAutoscaling()]);
  const body = JSON.stringify(input);
  const signer = new SignatureV4({
    credentials,
    region: 'us-east-1',
    service: 'application-autoscaling',
    sha256: Hash.bind(null, 'sha256'),
  });
  const { headers } = await signer.sign(
    new HttpRequest({
      method: 'POST',
      path: '/',
      headers: {
        host: new URL(url).host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AnyScaleFrontendService.${operation}`,
      },
      body,
    }),
  );
  const response = await fetch(url, { method: 'POST', headers, body });
  return [response.status, await response.json()];
}

describe('Application Auto Scaling', () => {
  it.each([
    ['DescribeScalableTargets', { ScalableTargets: [] }],
    ['DescribeScalingPolicies', { ScalingPolicies: [] }],
    ['DescribeScalingActivities', { ScalingActivities: [] }],
    ['DescribeScheduledActions', { ScheduledActions: [] }],
  ])('%s finds nothing, whatever is asked for', async (operation, expected) => {
    const input = { ServiceNamespace: 'ecs', ResourceIds: ['service/c/web'], MaxResults: 5 };
    expect(await ask(operation, input)).toEqual([200, expected]);
  });

  it('wants to know of which service', async () => {
    expect(await ask('DescribeScalableTargets', {})).toEqual([
      400,
      {
        __type: 'ValidationException',
        message:
          "1 validation error detected: Value null at 'ServiceNamespace' failed to satisfy constraint: Member must not be null",
      },
    ]);
  });

  it.each(['RegisterScalableTarget', 'DeregisterScalableTarget', 'PutScalingPolicy'])(
    '%s is unknown: nothing would scale',
    async (operation) => {
      const input = { ServiceNamespace: 'ecs', ResourceId: 'service/c/web' };
      expect(await ask(operation, input)).toEqual([
        400,
        { __type: 'UnknownOperationException', message: expect.stringContaining(operation) },
      ]);
    },
  );
});
