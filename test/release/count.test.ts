/** Numbers of things, as steps tell of them. */
import { expect, it } from '@jest/globals';
import { count } from '../../src/release/count.ts';

it.each([
  [0, '0 images'],
  [1, '1 image'],
  [2, '2 images'],
])('%i: %s', (number, text) => {
  expect(count(number, 'image')).toBe(text);
});
