import { expect, it } from '@jest/globals';
import { commitOrder } from '../../../src/release/environment/commit-order.ts';
import { commit } from './scenes.ts';

it.each([
  ['the same commit', commit(3), commit(3), 'same'],
  ['a commit that the other contains', commit(2), commit(5), 'older'],
  ['a commit that contains the other', commit(5), commit(2), 'newer'],
  ['two branches', commit(7, 1, 5), commit(7, 2, 5), 'unrelated'],
  ['a branch and what the main line had when it left', commit(7, 1, 5), commit(5), 'newer'],
  ['a branch and what the main line has got since', commit(7, 1, 5), commit(6), 'unrelated'],
  ['one whose ancestors are not known', { ...commit(5), ancestors: [] }, commit(2), 'unrelated'],
])('%s', (_, one, other, order) => {
  expect(commitOrder(one, other)).toBe(order);
});
