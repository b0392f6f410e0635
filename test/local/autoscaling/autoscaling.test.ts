import { expect, it } from '@jest/globals';
import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { createAutoscaling } from '../../../src/local/autoscaling/index.ts';
import { credentials, startWire } from '../wire/start-wire.ts';

it.each([
  ['DescribeScalableTargets', { ScalableTargets: [] }],
  ['DescribeScalingPolicies', { ScalingPolicies: [] }],
])('%s finds nothing, whatever is asked for', async (operation, expected) => {
  const { url } = await startWire([createAutoscaling()]);
  const body = JSON.stringify({ ServiceNamespace: 'ecs', ResourceIds: ['service/c/web'] });
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
  expect([response.status, await response.json()]).toEqual([200, expected]);
});
