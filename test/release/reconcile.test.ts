import { expect, it } from '@jest/globals';
import { asksNotToBeDeployed } from '../../src/release/reconcile.ts';

it.each([
  ['fix: typo [skip deploy]', true],
  ['docs\n\nmore\n[Skip Deploy]', true],
  ['feat: skip deploy', false],
  ['feat: [skip ci]', false],
  ['', false],
])('a commit that says %j is left alone: %s', (message, is) => {
  expect(asksNotToBeDeployed(message)).toBe(is);
});
