import { expect, it } from '@jest/globals';
import { buildQueue, deployWorkflowId, engineQueue } from '../../src/release/names.ts';

it('names the same release, pool and engine the same way everywhere', () => {
  expect(deployWorkflowId('shop', 'production', 'abc')).toBe('deploy/shop/production/abc');
  expect(buildQueue('arm64')).toBe('slipway-build-arm64');
  expect(engineQueue('7UQP:ZZ 3_x')).toBe('slipway-engine-7uqp-zz-3-x');
});
